package io.cardume.api.link;

import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import java.util.List;

/**
 * Who has come to a network, is otherwise, or has left it. Whoever had an address of one that came has left.
 *
 * @param id the network
 * @param endpoints tasks that are new on it or otherwise
 * @param hosts nodes that are
 * @param services services that are
 * @param gone the addresses that nobody has any more
 */
public record NetworkChange(
        NetworkId id,
        List<NetworkOnNode.Endpoint> endpoints,
        List<NetworkOnNode.Host> hosts,
        List<NetworkOnNode.VirtualAddress> services,
        List<Ipv4> gone) {
    public NetworkChange {
        endpoints = Copies.list(endpoints);
        hosts = Copies.list(hosts);
        services = Copies.list(services);
        gone = Copies.list(gone);
    }

    /** Whether it says nothing. */
    public boolean saysNothing() {
        return endpoints.isEmpty() && hosts.isEmpty() && services.isEmpty() && gone.isEmpty();
    }
}
