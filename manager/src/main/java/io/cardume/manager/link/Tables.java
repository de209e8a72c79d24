package io.cardume.manager.link;

import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Committed;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pcollections.TreePMap;

/**
 * Who is on each network and where each service leads, for the agents of all nodes. Kept once, and made from the one before and
 * what a transaction changed: the next one shares all that it did not change, so that who knows an older one sees at a glance
 * what is the same.
 *
 * @param state the state it is of
 * @param networks who is on each network
 * @param services where each service leads that is reached by an address or a port of its own
 * @param recent the services that lead elsewhere than before
 * @param certificates what hosts show that answer for services
 * @param concerned the nodes for which the last transaction may have changed something
 */
record Tables(
        ClusterState state,
        TreePMap<NetworkId, NetworkMembers> networks,
        TreePMap<ServiceId, ServiceBackends> services,
        Recent<ServiceId> recent,
        Certificates certificates,
        SortedSet<NodeId> concerned) {

    /** Of nothing. */
    static Tables nothing() {
        return of(ClusterState.empty());
    }

    /** Of a state. */
    static Tables of(ClusterState state) {
        var networks = TreePMap.<NetworkId, NetworkMembers>empty();
        for (Network network : state.networks().values()) networks = networks.plus(network.id(), NetworkMembers.of(state, network));
        var services = TreePMap.<ServiceId, ServiceBackends>empty();
        for (Endpoint endpoint : state.endpoints().values())
            services = services.plus(endpoint.service(), ServiceBackends.of(state, state.services().get(endpoint.service()), endpoint));
        return new Tables(state, networks, services, Recent.nothing(state.version()), Certificates.of(state),
                Collections.unmodifiableSortedSet(new TreeSet<>(state.nodes().keySet())));
    }

    /** After a transaction. */
    Tables after(Committed committed) {
        boolean follows = committed.before().version() == state.version();
        boolean ended = committed.transaction().changes().stream().anyMatch(change -> change instanceof Change.ClusterEnded);
        return follows && !ended ? new Touched(committed).after(this) : of(committed.after());
    }

    /** What a transaction may have changed. */
    private static final class Touched {
        private final ClusterState before;
        private final ClusterState after;
        private final SortedMap<NetworkId, SortedSet<Ipv4>> addresses = new TreeMap<>();
        private final SortedSet<ServiceId> services = new TreeSet<>();
        private final SortedMap<ServiceId, SortedSet<TaskId>> tasks = new TreeMap<>();
        private boolean certificates;

        Touched(Committed committed) {
            this.before = committed.before();
            this.after = committed.after();
            committed.transaction().changes().forEach(this::look);
        }

        private void look(Change change) {
            switch (change) {
                case Change.TaskPut(var task) -> task(task.id());
                case Change.TaskRemoved(var id) -> task(id);
                case Change.AddressesPut(var given) -> task(given.task());
                case Change.EndpointPut(var endpoint) -> service(endpoint.service());
                case Change.ServicePut(var service) -> service(before.service(service.id()), service);
                case Change.ServiceRemoved(var id) -> {
                    service(id);
                    certificates |= before.onIngress().contains(id);
                }
                case Change.HostAddressesPut(var given) -> host(given.node());
                case Change.NodeRemoved(var id) -> node(id);
                case Change.NodePut(var node) -> {
                    if (!before.node(node.id()).map(Node::address).equals(Optional.of(node.address()))) node(node.id());
                }
                case Change.NetworkPut(var network) -> network(network.id());
                case Change.NetworkRemoved(var id) -> network(id);
                case Change.BlobPut(_), Change.BlobRemoved(_) -> certificates = true;
                case Change.ClusterPut(_), Change.ClusterEnded(_), Change.AuthorityPut(_), Change.UserPut(_), Change.UserRemoved(_),
                        Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _), Change.LoginPut(_, _), Change.PortTroublesPut(_), Change.MovesAsked(_, _),
                        Change.MovesEnded(_), Change.NodeHeard(_, _), Change.NodeBalanced(_, _), Change.NodeFenced(_, _) -> {}
            }
        }

        private SortedSet<Ipv4> network(NetworkId id) {
            return addresses.computeIfAbsent(id, _ -> new TreeSet<>());
        }

        private void task(TaskId id) {
            for (ClusterState state : List.of(before, after)) {
                state.addresses(id).map(Addresses::byNetwork).ifPresent(own -> own.forEach((network, address) -> network(network).add(address)));
                state.task(id).ifPresent(task -> tasks.computeIfAbsent(task.service(), _ -> new TreeSet<>()).add(id));
            }
        }

        private void service(ServiceId id) {
            services.add(id);
            for (ClusterState state : List.of(before, after))
                state.endpoint(id).map(Endpoint::virtual).ifPresent(own -> own.forEach((network, address) -> network(network).add(address)));
        }

        private void service(Optional<Service> was, Service is) {
            certificates |= was.map(Service::spec).filter(spec -> isShown(spec)).isPresent() || isShown(is.spec());
            boolean onIngress = is.spec().onIngress() || was.filter(service -> service.spec().onIngress()).isPresent();
            if (was.filter(service -> isSame(service, is)).isPresent()) return;
            service(is.id());
            if (onIngress) after.ingress().map(Network::id).ifPresent(this::network);
            for (Task task : after.tasksOf(is.id())) task(task.id());
        }

        private static boolean isShown(ServiceSpec spec) {
            return spec.labels().containsKey(HttpLabels.TLS);
        }

        /** Whether nothing is different that agents are told; how its update goes they are not. */
        private static boolean isSame(Service was, Service is) {
            return was.removed() == is.removed() && was.revision() == is.revision() && was.spec().equals(is.spec()) && was.revisions().equals(is.revisions());
        }

        private void host(NodeId id) {
            for (ClusterState state : List.of(before, after))
                Optional.ofNullable(state.hostAddresses().get(id)).ifPresent(own ->
                        own.byNetwork().forEach((network, address) -> network(network).add(address)));
        }

        private void node(NodeId id) {
            host(id);
            for (ClusterState state : List.of(before, after)) state.tasksOn(id).forEach(task -> task(task.id()));
        }

        Tables after(Tables was) {
            var networks = was.networks();
            for (var touched : addresses.entrySet()) {
                var id = touched.getKey();
                var known = networks.get(id);
                var network = after.network(id);
                if (network.isEmpty()) networks = networks.minus(id);
                else if (known == null) networks = networks.plus(id, NetworkMembers.of(after, network.get()));
                else {
                    var next = known.after(after, network.get(), touched.getValue());
                    if (next != known) networks = networks.plus(id, next);
                }
            }
            var leads = was.services();
            var recent = was.recent();
            var all = new TreeSet<>(services);
            all.addAll(tasks.keySet());
            for (ServiceId id : all) {
                var known = leads.get(id);
                var next = next(id, Optional.ofNullable(known));
                if (known == null ? next.isEmpty() : next.filter(one -> one == known).isPresent()) continue;
                leads = next.isPresent() ? leads.plus(id, next.get()) : leads.minus(id);
                recent = recent.plus(after.version(), id);
            }
            var shown = certificates ? Certificates.of(after) : was.certificates();
            return new Tables(after, networks, leads, recent, shown.equals(was.certificates()) ? was.certificates() : shown, nodes());
        }

        private Optional<ServiceBackends> next(ServiceId id, Optional<ServiceBackends> known) {
            var service = after.service(id);
            var endpoint = after.endpoint(id);
            if (service.isEmpty() || endpoint.isEmpty()) return Optional.empty();
            if (known.isEmpty()) return Optional.of(ServiceBackends.of(after, service.get(), endpoint.get()));
            return Optional.of(services.contains(id)
                    ? known.get().after(after, service.get(), endpoint.get())
                    : known.get().after(after, service.get(), endpoint.get(), tasks.get(id)));
        }

        /** Those that are on a network something may have changed on. */
        private SortedSet<NodeId> nodes() {
            var nodes = new TreeSet<NodeId>();
            for (NetworkId network : addresses.keySet())
                for (ClusterState state : List.of(before, after)) {
                    nodes.addAll(state.population(network).keySet());
                    nodes.addAll(state.hostsOn(network).values());
                }
            return Collections.unmodifiableSortedSet(nodes);
        }
    }

    /** Whether agents are told the same. */
    boolean tellsAs(Tables other) {
        return networks.keySet().equals(other.networks.keySet()) && services.keySet().equals(other.services.keySet())
                && networks.values().stream().allMatch(members -> members.tellsAs(other.networks.get(members.network().id())))
                && services.values().stream().allMatch(service -> service.tellsAs(other.services.get(service.said().id())))
                && certificates.equals(other.certificates);
    }
}
