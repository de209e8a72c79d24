package io.cardume.manager.cluster;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.TreePMap;

/**
 * An index: whose each address of a network is. A network without any is not in it.
 *
 * @param byNetwork the owners by address, for each network
 */
record Owners<O>(TreePMap<NetworkId, TreePMap<Ipv4, O>> byNetwork) {
    /** No address is anybody's. */
    static <O> Owners<O> none() {
        return new Owners<>(TreePMap.empty());
    }

    /** These owners of these addresses. */
    static <O> Owners<O> of(Map<NetworkId, ? extends SortedMap<Ipv4, O>> owners) {
        var byNetwork = new TreeMap<NetworkId, TreePMap<Ipv4, O>>();
        owners.forEach((network, byAddress) -> byNetwork.put(network, TreePMap.fromSortedMap(byAddress)));
        return new Owners<>(TreePMap.fromSortedMap(byNetwork));
    }

    /** The owners on a network, by address. */
    TreePMap<Ipv4, O> on(NetworkId network) {
        return byNetwork.getOrDefault(network, TreePMap.empty());
    }

    /** With an address of each of these networks given to an owner. */
    Owners<O> plus(Map<NetworkId, Ipv4> given, O owner) {
        var all = byNetwork;
        for (var each : given.entrySet())
            all = all.plus(each.getKey(), all.getOrDefault(each.getKey(), TreePMap.empty()).plus(each.getValue(), owner));
        return new Owners<>(all);
    }

    /** Without those of these addresses that are still the owner's, and not another's by now. */
    Owners<O> minus(Map<NetworkId, Ipv4> given, O owner) {
        var all = byNetwork;
        for (var each : given.entrySet()) {
            var owners = all.getOrDefault(each.getKey(), TreePMap.empty());
            if (!owner.equals(owners.get(each.getValue()))) continue;
            var others = owners.minus(each.getValue());
            all = others.isEmpty() ? all.minus(each.getKey()) : all.plus(each.getKey(), others);
        }
        return new Owners<>(all);
    }
}
