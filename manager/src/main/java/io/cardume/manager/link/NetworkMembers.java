package io.cardume.manager.link;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.link.NetworkChange;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.pcollections.TreePMap;

/**
 * A network and everyone who is on it, as all agents that are on it are told. The next one shares all that did not change.
 *
 * @param network the network
 * @param endpoints the living tasks
 * @param hosts the nodes
 * @param services the services
 * @param recent the addresses whose owner is another, or otherwise, than before
 */
record NetworkMembers(
        Network network,
        TreePMap<Ipv4, NetworkOnNode.Endpoint> endpoints,
        TreePMap<Ipv4, NetworkOnNode.Host> hosts,
        TreePMap<Ipv4, NetworkOnNode.VirtualAddress> services,
        Recent<Ipv4> recent) {

    /** Of a network as it is in a state. */
    static NetworkMembers of(ClusterState state, Network network) {
        var endpoints = TreePMap.<Ipv4, NetworkOnNode.Endpoint>empty();
        for (Ipv4 address : state.addressesOn(network.id()).keySet()) endpoints = put(endpoints, address, endpoint(state, network, address));
        var hosts = TreePMap.<Ipv4, NetworkOnNode.Host>empty();
        for (Ipv4 address : state.hostsOn(network.id()).keySet()) hosts = put(hosts, address, host(state, network, address));
        var services = TreePMap.<Ipv4, NetworkOnNode.VirtualAddress>empty();
        for (Ipv4 address : state.virtualOn(network.id()).keySet()) services = put(services, address, service(state, network, address));
        return new NetworkMembers(network, endpoints, hosts, services, Recent.nothing(state.version()));
    }

    /**
     * As it is in a later state; this very one, if nothing is different.
     *
     * @param touched the addresses whose owner may be otherwise
     */
    NetworkMembers after(ClusterState state, Network now, Collection<Ipv4> touched) {
        var next = isSame(now) ? this : new NetworkMembers(now, endpoints, hosts, services, recent);
        for (Ipv4 address : touched) next = next.after(state, address);
        return next;
    }

    private boolean isSame(Network now) {
        return now.name().equals(network.name()) && now.subnet().equals(network.subnet()) && now.gateway().equals(network.gateway())
                && now.vni() == network.vni() && now.spec().mtu().equals(network.spec().mtu()) && now.spec().internal() == network.spec().internal();
    }

    private NetworkMembers after(ClusterState state, Ipv4 address) {
        var endpoint = endpoint(state, network, address);
        var host = host(state, network, address);
        var service = service(state, network, address);
        boolean same = endpoint.equals(Optional.ofNullable(endpoints.get(address))) && host.equals(Optional.ofNullable(hosts.get(address)))
                && service.equals(Optional.ofNullable(services.get(address)));
        return same ? this : new NetworkMembers(network, put(endpoints, address, endpoint), put(hosts, address, host),
                put(services, address, service), recent.plus(state.version(), address));
    }

    private static <T> TreePMap<Ipv4, T> put(TreePMap<Ipv4, T> all, Ipv4 address, Optional<T> owner) {
        return owner.isPresent() ? all.plus(address, owner.get()) : all.minus(address);
    }

    private static Optional<NetworkOnNode.Endpoint> endpoint(ClusterState state, Network network, Ipv4 address) {
        var task = Optional.ofNullable(state.addressesOn(network.id()).get(address)).map(state.tasks()::get).filter(owner -> !owner.isDead());
        var node = task.flatMap(Task::node).flatMap(state::node);
        return node.map(where -> {
            var own = task.get();
            var service = state.services().get(own.service());
            var revision = service.revisions().get(own.revision());
            return new NetworkOnNode.Endpoint(own.id(), service.name() + "." + service.slotName(own) + "." + own.id(),
                    service.name(), aliases(revision, network), address, where.id(), where.address(), own.isBackend(),
                    revision.template().containerSpec().dnsConfig().filter(dns -> !dns.nameservers().isEmpty()).isPresent());
        });
    }

    private static Optional<NetworkOnNode.Host> host(ClusterState state, Network network, Ipv4 address) {
        return Optional.ofNullable(state.hostsOn(network.id()).get(address)).flatMap(state::node)
                .map(node -> new NetworkOnNode.Host(node.id(), address, node.address()));
    }

    /** One too that goes with the service or its older tasks, so that its connections go on; but nobody finds it by its name. */
    private static Optional<NetworkOnNode.VirtualAddress> service(ClusterState state, Network network, Ipv4 address) {
        return Optional.ofNullable(state.virtualOn(network.id()).get(address)).map(state.services()::get)
                .map(service -> service.removed() || !service.spec().hasVirtualAddresses()
                        ? new NetworkOnNode.VirtualAddress(service.id(), "", List.of(), address)
                        : new NetworkOnNode.VirtualAddress(service.id(), service.name(), aliases(service.current(), network), address));
    }

    private static List<String> aliases(Revision revision, Network network) {
        return revision.template().networks().stream()
                .filter(attachment -> attachment.target().equals(network.id().value()))
                .map(NetworkAttachment::aliases).findFirst().orElse(List.of());
    }

    /** For an agent that was not told of it yet. */
    NetworkOnNode whole() {
        return new NetworkOnNode(network.id(), network.name(), network.subnet(), network.gateway(), network.vni(), network.spec().mtu(),
                network.spec().internal(), List.copyOf(endpoints.values()), List.copyOf(hosts.values()), List.copyOf(services.values()));
    }

    /**
     * Who came and left since an agent was told; empty if that is not all that is different.
     *
     * @param told as it was told
     * @param version the version that was of
     */
    Optional<NetworkChange> since(NetworkMembers told, long version) {
        if (told == this) return Optional.of(new NetworkChange(network.id(), List.of(), List.of(), List.of(), List.of()));
        if (!told.isSame(network)) return Optional.empty();
        var come = new ArrayList<NetworkOnNode.Endpoint>();
        var comeHosts = new ArrayList<NetworkOnNode.Host>();
        var comeServices = new ArrayList<NetworkOnNode.VirtualAddress>();
        var gone = new ArrayList<Ipv4>();
        for (Ipv4 address : recent.after(version).orElseGet(() -> union(told))) {
            if (told.ownerOf(address).equals(ownerOf(address))) continue;
            if (ownerOf(address).isEmpty()) gone.add(address);
            if (endpoints.containsKey(address)) come.add(endpoints.get(address));
            if (hosts.containsKey(address)) comeHosts.add(hosts.get(address));
            if (services.containsKey(address)) comeServices.add(services.get(address));
        }
        return Optional.of(new NetworkChange(network.id(), come, comeHosts, comeServices, gone));
    }

    private List<Object> ownerOf(Ipv4 address) {
        var owner = new ArrayList<Object>(1);
        for (TreePMap<Ipv4, ?> all : List.of(endpoints, hosts, services)) if (all.containsKey(address)) owner.add(all.get(address));
        return owner;
    }

    private TreeSet<Ipv4> union(NetworkMembers other) {
        var all = new TreeSet<>(endpoints.keySet());
        all.addAll(hosts.keySet());
        all.addAll(services.keySet());
        all.addAll(other.endpoints.keySet());
        all.addAll(other.hosts.keySet());
        all.addAll(other.services.keySet());
        return all;
    }

    /** Whether agents are told the same. */
    boolean tellsAs(NetworkMembers other) {
        return other.isSame(network) && Objects.equals(endpoints, other.endpoints) && hosts.equals(other.hosts) && services.equals(other.services);
    }
}
