package io.cardume.agent.balance;

import io.cardume.agent.net.Overlay;
import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.PublishLabels;
import io.cardume.api.Subnet;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.NetworkOnNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a host's balancers are to do, worked out of what the manager said: which addresses and ports lead where.
 *
 * @param links the networks that this host has an address of its own on
 * @param virtual where each virtual address leads
 * @param ports where each published port leads; by way of the link named ingress
 */
public record Balances(List<Link> links, List<Virtual> virtual, SortedMap<Published, Port> ports) {
    /** The network that published ports lead into, by its name. */
    public static final String INGRESS = "ingress";

    /**
     * A network on this host.
     *
     * @param vni its number
     * @param bridge the bridge it is on
     * @param ingress whether published ports lead into it
     * @param internal whether its containers reach only each other
     * @param subnet its addresses
     * @param own this host's address on it
     */
    public record Link(int vni, String bridge, boolean ingress, boolean internal, Subnet subnet, Ipv4 own) {}

    /**
     * A service's address on a network.
     *
     * @param service the service's id
     * @param vni the network's number
     * @param address the address
     * @param backends the addresses it leads to, in turn
     */
    public record Virtual(String service, int vni, Ipv4 address, List<Ipv4> backends) {
        public Virtual {
            backends = Copies.list(backends);
        }
    }

    /**
     * Where a published port leads.
     *
     * @param backends the addresses it leads to, in turn
     * @param target the port there
     * @param near those of the addresses that see the client's own address
     */
    public record Port(List<Ipv4> backends, int target, List<Ipv4> near) {
        public Port {
            backends = Copies.list(backends);
            near = Copies.list(near);
        }
    }

    public Balances {
        links = Copies.list(links);
        virtual = Copies.list(virtual);
        ports = Collections.unmodifiableSortedMap(new TreeMap<>(ports));
    }

    /** Of a host that leads nothing anywhere. */
    public static Balances none() {
        return new Balances(List.of(), List.of(), new TreeMap<>());
    }

    /**
     * What is to be done on a node.
     *
     * @param networks those the node is on
     * @param services those that are reached from it
     * @param node the node
     */
    public static Balances of(Collection<NetworkOnNode> networks, Collection<BalancedService> services, NodeId node) {
        var links = new TreeMap<NetworkId, Link>();
        for (NetworkOnNode network : networks)
            network.hosts().stream().filter(host -> host.node().equals(node)).findFirst().ifPresent(own -> links.put(network.id(),
                    new Link(network.vni(), Overlay.bridge(network.vni()), network.name().equals(INGRESS), network.internal(), network.subnet(), own.address())));
        var ingress = links.entrySet().stream().filter(link -> link.getValue().ingress()).map(Map.Entry::getKey).findFirst();
        var virtual = new ArrayList<Virtual>();
        var ports = new TreeMap<Published, Port>();
        for (BalancedService service : services) {
            service.addresses().forEach((network, address) -> {
                var link = links.get(network);
                if (link != null) virtual.add(new Virtual(service.id().value(), link.vni(), address, turned(addresses(service.backends(), network), service, node)));
            });
            ingress.ifPresent(network -> {
                for (PortConfig port : service.ports()) ports.put(Published.of(port), port(service, port.targetPort(), network, node));
            });
        }
        return new Balances(List.copyOf(links.values()), virtual, ports);
    }

    private static Port port(BalancedService service, int target, NetworkId ingress, NodeId node) {
        var all = turned(addresses(service.backends(), ingress), service, node);
        var here = turned(addresses(service.backends().stream().filter(backend -> backend.node().equals(node)).toList(), ingress), service, node);
        return switch (PublishLabels.local(service.labels())) {
            case EVERYWHERE -> new Port(all, target, List.of());
            case PREFER -> new Port(here.isEmpty() ? all : here, target, here);
            case ONLY -> new Port(here, target, here);
        };
    }

    private static List<Ipv4> addresses(List<BalancedService.Backend> backends, NetworkId network) {
        var addresses = new TreeSet<Ipv4>();
        for (BalancedService.Backend backend : backends) Optional.ofNullable(backend.addresses().get(network)).ifPresent(addresses::add);
        return List.copyOf(addresses);
    }

    /** Every host begins with another one, so that the first request on each does not go to the same. */
    private static List<Ipv4> turned(List<Ipv4> addresses, BalancedService service, NodeId node) {
        if (addresses.size() < 2) return addresses;
        int first = Math.floorMod(31 * service.id().value().hashCode() + node.value().hashCode(), addresses.size());
        var turned = new ArrayList<>(addresses.subList(first, addresses.size()));
        turned.addAll(addresses.subList(0, first));
        return turned;
    }

    /** The same without some ports. */
    public Balances without(Collection<Published> left) {
        var ports = new TreeMap<>(this.ports);
        ports.keySet().removeAll(left);
        return new Balances(links, virtual, ports);
    }

    /** Whether there is nothing to do. */
    public boolean isEmpty() {
        return virtual.isEmpty() && ports.isEmpty();
    }

    /** The network that published ports lead into, if this host is on it. */
    Optional<Link> ingress() {
        return links.stream().filter(Link::ingress).findFirst();
    }
}
