package io.cardume.manager.link;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Committed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The networks a node has tasks on, the dead that are remembered among them, or an address of its own, with everyone who
 * is on them.
 *
 * @param networks the networks by id
 */
record NetworkTable(SortedMap<NetworkId, NetworkOnNode> networks) {
    NetworkTable {
        networks = Collections.unmodifiableSortedMap(new TreeMap<>(networks));
    }

    static NetworkTable nothing() {
        return new NetworkTable(Collections.emptySortedMap());
    }

    /** What a node is to build. */
    static NetworkTable of(ClusterState state, NodeId node) {
        var networks = new TreeMap<NetworkId, NetworkOnNode>();
        for (Task task : state.tasksOn(node))
            state.addresses(task.id()).map(Addresses::byNetwork).ifPresent(addresses -> addresses.keySet().forEach(id ->
                    state.network(id).ifPresent(network -> networks.computeIfAbsent(id, _ -> of(state, network)))));
        var own = state.hostAddresses().get(node);
        if (own != null) own.byNetwork().keySet().forEach(id ->
                state.network(id).ifPresent(network -> networks.computeIfAbsent(id, _ -> of(state, network))));
        return new NetworkTable(networks);
    }

    private static NetworkOnNode of(ClusterState state, Network network) {
        var endpoints = new ArrayList<NetworkOnNode.Endpoint>();
        state.addressesOn(network.id()).forEach((address, id) -> endpoint(state, network, address, state.tasks().get(id)).ifPresent(endpoints::add));
        return new NetworkOnNode(network.id(), network.name(), network.subnet(), network.gateway(), network.vni(),
                network.spec().mtu(), network.spec().internal(), endpoints, hosts(state, network), services(state, network));
    }

    private static List<NetworkOnNode.Host> hosts(ClusterState state, Network network) {
        var hosts = new ArrayList<NetworkOnNode.Host>();
        state.hostsOn(network.id()).forEach((address, id) -> state.node(id).ifPresent(node ->
                hosts.add(new NetworkOnNode.Host(id, address, node.address()))));
        return hosts;
    }

    /** Those too that go with the service or its older tasks, so that their connections go on; but nobody finds them by their name. */
    private static List<NetworkOnNode.VirtualAddress> services(ClusterState state, Network network) {
        var services = new ArrayList<NetworkOnNode.VirtualAddress>();
        state.virtualOn(network.id()).forEach((address, id) -> {
            var service = state.services().get(id);
            services.add(service.removed() || !service.spec().hasVirtualAddresses()
                    ? new NetworkOnNode.VirtualAddress(id, "", List.of(), address)
                    : new NetworkOnNode.VirtualAddress(id, service.name(), aliases(service.current(), network), address));
        });
        return services;
    }

    private static List<String> aliases(Revision revision, Network network) {
        return revision.template().networks().stream()
                .filter(attachment -> attachment.target().equals(network.id().value()))
                .map(NetworkAttachment::aliases).findFirst().orElse(List.of());
    }

    private static Optional<NetworkOnNode.Endpoint> endpoint(ClusterState state, Network network, Ipv4 address, Task task) {
        var node = task.node().flatMap(state::node);
        if (task.isDead() || node.isEmpty()) return Optional.empty();
        var service = state.services().get(task.service());
        var revision = service.revisions().get(task.revision());
        return Optional.of(new NetworkOnNode.Endpoint(task.id(), service.name() + "." + service.slotName(task) + "." + task.id(),
                service.name(), aliases(revision, network), address, node.get().id(), node.get().address(), task.isBackend(),
                revision.template().containerSpec().dnsConfig().filter(dns -> !dns.nameservers().isEmpty()).isPresent()));
    }

    /** Everything, for an agent that was told nothing yet. */
    ToAgent.Networks whole() {
        return new ToAgent.Networks(true, List.copyOf(networks.values()), List.of());
    }

    /** The difference to what the agent was told before. */
    ToAgent.Networks since(NetworkTable told) {
        var changed = networks.values().stream().filter(network -> !network.equals(told.networks.get(network.id()))).toList();
        var removed = told.networks.keySet().stream().filter(id -> !networks.containsKey(id)).toList();
        return new ToAgent.Networks(false, changed, removed);
    }

    /** The nodes whose table a transaction may have changed. */
    static SortedSet<NodeId> touched(Committed committed) {
        var networks = new TreeSet<NetworkId>();
        for (Change change : committed.transaction().changes()) {
            switch (change) {
                case Change.TaskPut(var task) -> networks.addAll(networks(committed.after(), task.id()));
                case Change.AddressesPut(var addresses) -> networks.addAll(addresses.byNetwork().keySet());
                case Change.TaskRemoved(var id) -> networks.addAll(networks(committed.before(), id));
                case Change.EndpointPut(var endpoint) -> {
                    networks.addAll(endpoint.virtual().keySet());
                    networks.addAll(networks(committed.before(), endpoint.service()));
                }
                case Change.ServicePut(var service) -> {
                    networks.addAll(networks(committed.after(), service.id()));
                    if (service.spec().onIngress()) committed.after().ingress().ifPresent(ingress -> networks.add(ingress.id()));
                }
                case Change.ServiceRemoved(var id) -> networks.addAll(networks(committed.before(), id));
                case Change.HostAddressesPut(var addresses) -> {
                    networks.addAll(addresses.byNetwork().keySet());
                    networks.addAll(networks(committed.before(), addresses.node()));
                }
                case Change.NodeRemoved(var id) -> networks.addAll(networks(committed.before(), id));
                case Change.NetworkPut(var network) -> networks.add(network.id());
                case Change.NetworkRemoved(var id) -> networks.add(id);
                case Change.NodePut(var node) -> {
                    if (!committed.before().node(node.id()).map(Node::address).equals(Optional.of(node.address()))) {
                        committed.after().tasksOn(node.id()).forEach(task -> networks.addAll(networks(committed.after(), task.id())));
                        networks.addAll(networks(committed.after(), node.id()));
                    }
                }
                default -> {}
            }
        }
        var nodes = new TreeSet<NodeId>();
        for (NetworkId network : networks) {
            nodes(nodes, committed.before(), network);
            nodes(nodes, committed.after(), network);
        }
        return nodes;
    }

    private static Collection<NetworkId> networks(ClusterState state, TaskId task) {
        return state.addresses(task).map(addresses -> (Collection<NetworkId>) addresses.byNetwork().keySet()).orElse(List.of());
    }

    private static Collection<NetworkId> networks(ClusterState state, ServiceId service) {
        return state.endpoint(service).map(endpoint -> (Collection<NetworkId>) endpoint.virtual().keySet()).orElse(List.of());
    }

    private static Collection<NetworkId> networks(ClusterState state, NodeId node) {
        return Optional.ofNullable(state.hostAddresses().get(node))
                .map(addresses -> (Collection<NetworkId>) addresses.byNetwork().keySet()).orElse(List.of());
    }

    private static void nodes(SortedSet<NodeId> into, ClusterState state, NetworkId network) {
        into.addAll(state.hostsOn(network).values());
        for (TaskId task : state.addressesOn(network).values()) state.tasks().get(task).node().ifPresent(into::add);
    }
}
