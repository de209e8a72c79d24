package io.cardume.api.link;

import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A network that spans the hosts, as the agent of a node with tasks on it is told of it.
 *
 * @param id the network
 * @param name its name
 * @param subnet its addresses
 * @param gateway the address every host has on it
 * @param vni by which hosts tell its packets from those of other networks
 * @param mtu bytes of its largest packet; empty = what the host's link leaves
 * @param internal whether its containers reach only each other
 * @param endpoints the living tasks on it, on this node and on others, by address
 * @param hosts the nodes that have an address of their own on it, this one included, by address
 * @param services the services that have a virtual address on it, by address
 */
public record NetworkOnNode(
        NetworkId id,
        String name,
        Subnet subnet,
        Ipv4 gateway,
        int vni,
        Optional<Integer> mtu,
        boolean internal,
        List<Endpoint> endpoints,
        List<Host> hosts,
        List<VirtualAddress> services) {
    public NetworkOnNode {
        mtu = Copies.optional(mtu);
        endpoints = Copies.list(endpoints);
        hosts = Copies.list(hosts);
        services = Copies.list(services);
    }

    /** The same with who has come and without who has left. */
    public NetworkOnNode with(NetworkChange change) {
        var left = new HashSet<>(change.gone());
        change.endpoints().forEach(endpoint -> left.add(endpoint.address()));
        change.hosts().forEach(host -> left.add(host.address()));
        change.services().forEach(service -> left.add(service.address()));
        return new NetworkOnNode(id, name, subnet, gateway, vni, mtu, internal,
                changed(endpoints, left, change.endpoints(), Endpoint::address),
                changed(hosts, left, change.hosts(), Host::address),
                changed(services, left, change.services(), VirtualAddress::address));
    }

    private static <T> List<T> changed(List<T> before, Set<Ipv4> left, List<T> come, Function<T, Ipv4> address) {
        return Stream.concat(before.stream().filter(one -> !left.contains(address.apply(one))), come.stream())
                .sorted(Comparator.comparing(address)).toList();
    }

    /**
     * A node on it. Requests that its balancers pass on to other nodes come from this address, so that the answers find back.
     *
     * @param node the node
     * @param address its address on the network; its bridge has {@link Ipv4#mac()} of it
     * @param host the address other nodes reach it at
     */
    public record Host(NodeId node, Ipv4 address, String host) {}

    /**
     * A service that has one address for all its tasks.
     *
     * @param service the service
     * @param name its name; "" if nobody is to find it by one
     * @param aliases further names of it on this network
     * @param address the address
     */
    public record VirtualAddress(ServiceId service, String name, List<String> aliases, Ipv4 address) {
        public VirtualAddress {
            name = Copies.text(name);
            aliases = Copies.list(aliases);
        }
    }

    /**
     * A task on it.
     *
     * @param task the task
     * @param name its name, as its container's
     * @param service its service's name
     * @param aliases further names of its service on this network
     * @param address its address
     * @param node where it runs
     * @param host the address of that node
     * @param serving whether it takes requests, so that names lead to it
     * @param ownResolvers whether it was given name servers of its own
     */
    public record Endpoint(
            TaskId task, String name, String service, List<String> aliases, Ipv4 address, NodeId node, String host, boolean serving,
            boolean ownResolvers) {
        public Endpoint {
            aliases = Copies.list(aliases);
        }
    }
}
