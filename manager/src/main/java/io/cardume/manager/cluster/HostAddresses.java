package io.cardume.manager.cluster;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The addresses of a node itself: what its balancers pass on to other nodes comes from them.
 *
 * @param node whose they are
 * @param byNetwork one on each network that it has tasks on, or that requests come in by
 */
public record HostAddresses(NodeId node, SortedMap<NetworkId, Ipv4> byNetwork) {
    public HostAddresses {
        byNetwork = Collections.unmodifiableSortedMap(byNetwork == null ? new TreeMap<>() : new TreeMap<>(byNetwork));
    }

    /** With an address on one more network. */
    public HostAddresses with(NetworkId network, Ipv4 address) {
        var more = new TreeMap<>(byNetwork);
        more.put(network, address);
        return new HostAddresses(node, more);
    }

    /** Without the one on a network. */
    public HostAddresses without(NetworkId network) {
        var fewer = new TreeMap<>(byNetwork);
        fewer.remove(network);
        return new HostAddresses(node, fewer);
    }
}
