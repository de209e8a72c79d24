package io.cardume.manager.cluster;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
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

    /** The owners on a network, by address. */
    TreePMap<Ipv4, O> on(NetworkId network) {
        return byNetwork.getOrDefault(network, TreePMap.empty());
    }

    Owners<O> plus(NetworkId network, Ipv4 address, O owner) {
        return new Owners<>(byNetwork.plus(network, on(network).plus(address, owner)));
    }

    /** Without the address, unless it is another's by now. */
    Owners<O> minus(NetworkId network, Ipv4 address, O owner) {
        var owners = on(network);
        if (!owner.equals(owners.get(address))) return this;
        var others = owners.minus(address);
        return new Owners<>(others.isEmpty() ? byNetwork.minus(network) : byNetwork.plus(network, others));
    }
}
