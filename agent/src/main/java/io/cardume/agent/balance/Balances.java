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
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

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
     * @param backends where it leads, in turn
     * @param near those of them that see the client's own address
     */
    public record Port(List<Target> backends, List<Target> near) {
        public Port {
            backends = Copies.list(backends);
            near = Copies.list(near);
        }
    }

    /** A task's address and one of its ports. */
    public record Target(Ipv4 address, int port) implements Comparable<Target> {
        private static final Comparator<Target> ORDER = Comparator.comparing(Target::address).thenComparing(Target::port);

        @Override
        public int compareTo(Target other) {
            return ORDER.compare(this, other);
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
                if (link != null) virtual.add(new Virtual(service.id().value(), link.vni(), address, turned(addresses(service, network), service, node)));
            });
            ingress.ifPresent(network -> {
                for (PortConfig port : service.ports()) ports.put(Published.of(port), port(service, port, network, node));
            });
        }
        return new Balances(List.copyOf(links.values()), virtual, ports);
    }

    private static Port port(BalancedService service, PortConfig port, NetworkId ingress, NodeId node) {
        var all = targets(service, port, ingress, node, _ -> true);
        var here = targets(service, port, ingress, node, backend -> backend.node().equals(node));
        return switch (PublishLabels.local(service.labels())) {
            case EVERYWHERE -> new Port(all, List.of());
            case PREFER -> new Port(here.isEmpty() ? all : here, here);
            case ONLY -> new Port(here, here);
        };
    }

    private static List<Target> targets(
            BalancedService service, PortConfig port, NetworkId ingress, NodeId node, Predicate<BalancedService.Backend> who) {
        var targets = new TreeSet<Target>();
        for (BalancedService.Backend backend : service.backends())
            if (who.test(backend) && backend.addresses().containsKey(ingress))
                backend.target(port).ifPresent(target -> targets.add(new Target(backend.addresses().get(ingress), target)));
        return turned(List.copyOf(targets), service, node);
    }

    private static List<Ipv4> addresses(BalancedService service, NetworkId network) {
        var addresses = new TreeSet<Ipv4>();
        for (BalancedService.Backend backend : service.backends()) Optional.ofNullable(backend.addresses().get(network)).ifPresent(addresses::add);
        return List.copyOf(addresses);
    }

    /** Every host begins with another one, so that the first request on each does not go to the same. */
    private static <T> List<T> turned(List<T> backends, BalancedService service, NodeId node) {
        if (backends.size() < 2) return backends;
        int first = Math.floorMod(31 * service.id().value().hashCode() + node.value().hashCode(), backends.size());
        var turned = new ArrayList<>(backends.subList(first, backends.size()));
        turned.addAll(backends.subList(0, first));
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

    /** Whether something leads to someone here that it does not lead to in the other. */
    boolean leadsBeyond(Balances other) {
        return !other.ways().containsAll(ways());
    }

    /** Whether conversations over UDP may be led at all. */
    boolean leadUdp() {
        return !virtual.isEmpty() || ports.keySet().stream().anyMatch(Published::isUdp);
    }

    /** Whether it leads from a UDP port that the other does not lead from, so that the host itself may have been spoken to. */
    boolean beginUdp(Balances other) {
        return ports.keySet().stream().anyMatch(published -> published.isUdp() && !other.ports.containsKey(published));
    }

    /** The filters of conversations over UDP that were begun as the other says and do not lead so any more. */
    SortedSet<String> lostUdp(Balances other) {
        var before = other.udp();
        // Before there was such an address, it may have been the host that was spoken to.
        for (Virtual one : virtual) before.add(Flow.led(one.address(), one.address()));
        for (Virtual one : other.virtual) before.remove(Flow.led(one.address(), one.address()));
        before.removeAll(udp());
        return before;
    }

    private SortedSet<String> udp() {
        var ways = new TreeSet<String>();
        for (Virtual one : virtual) for (Ipv4 backend : one.backends()) ways.add(Flow.led(one.address(), backend));
        ports.forEach((published, port) -> {
            if (published.isUdp()) port.backends().forEach(backend -> ways.add(Flow.led(published.port(), backend)));
        });
        return ways;
    }

    private Set<Way> ways() {
        var ways = new HashSet<Way>();
        for (Virtual one : virtual) for (Ipv4 backend : one.backends()) ways.add(new Way(one.address().toString(), new Target(backend, 0)));
        ports.forEach((published, port) -> port.backends().forEach(backend -> ways.add(new Way(published.toString(), backend))));
        return ways;
    }

    private record Way(String from, Target to) {}

    /** The network that published ports lead into, if this host is on it. */
    Optional<Link> ingress() {
        return links.stream().filter(Link::ingress).findFirst();
    }
}
