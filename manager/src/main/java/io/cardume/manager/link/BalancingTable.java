package io.cardume.manager.link;

import io.cardume.api.Copies;
import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceLabels;
import io.cardume.api.ServiceSpec;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The services that are reached from a node by an address or a port of their own, each with the tasks that take requests.
 *
 * @param services the services by id
 */
record BalancingTable(SortedMap<ServiceId, BalancedService> services) {
    BalancingTable {
        services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
    }

    static BalancingTable nothing() {
        return new BalancingTable(Collections.emptySortedMap());
    }

    /** What the balancers of a node lead to, which is on these networks. */
    static BalancingTable of(ClusterState state, NodeId node, Set<NetworkId> networks) {
        var services = new TreeMap<ServiceId, BalancedService>();
        boolean everywhere = state.ingress().map(Network::id).flatMap(id -> state.hostAddress(node, id)).isPresent();
        for (Endpoint endpoint : state.endpoints().values()) {
            var service = state.services().get(endpoint.service());
            var addresses = on(endpoint.virtual(), networks);
            boolean published = everywhere && service.spec().onIngress();
            if (!addresses.isEmpty() || published) services.put(service.id(), of(state, service, endpoint, addresses, published, networks));
        }
        return new BalancingTable(services);
    }

    /** One that is going has an address still, and nobody new is led to it. */
    private static BalancedService of(
            ClusterState state, Service service, Endpoint endpoint, SortedMap<NetworkId, Ipv4> addresses, boolean published, Set<NetworkId> networks) {
        var ports = published && !service.removed() ? endpoint.ingressPorts() : List.<PortConfig>of();
        var backends = new ArrayList<BalancedService.Backend>();
        if (!service.removed())
            for (Task task : state.tasksOf(service.id()))
                if (task.isBackend()) backend(state, service, endpoint, task, ports, networks).ifPresent(backends::add);
        return new BalancedService(service.id(), service.name(), addresses, ports, ServiceLabels.of(Copies.labels(service.spec().labels())), backends);
    }

    private static Optional<BalancedService.Backend> backend(
            ClusterState state, Service service, Endpoint endpoint, Task task, List<PortConfig> ports, Set<NetworkId> networks) {
        var addresses = on(state.addresses(task.id()).map(Addresses::byNetwork).orElse(Collections.emptySortedMap()), networks);
        if (addresses.isEmpty() || task.node().isEmpty()) return Optional.empty();
        return Optional.of(new BalancedService.Backend(task.id(), task.node().get(), addresses, targets(service, endpoint, task, ports)));
    }

    /** A task that an update has not replaced yet answers where it did before, and nowhere else. */
    private static SortedMap<String, Integer> targets(Service service, Endpoint endpoint, Task task, List<PortConfig> ports) {
        var targets = new TreeMap<String, Integer>();
        if (service.isCurrent(task)) return targets;
        var then = service.lastOf(task).spec();
        for (PortConfig now : ports) {
            int target = target(then, endpoint, now);
            if (target != now.targetPort()) targets.put(now.key(), target);
        }
        HttpLabels.of(Copies.labels(service.spec().labels())).ifPresent(now -> {
            int target = HttpLabels.of(Copies.labels(then.labels())).map(HttpLabels::port).orElseGet(() -> ifKnown(then, now.port(), now.port() + "/tcp"));
            if (target != now.port()) targets.put(HttpLabels.PORT, target);
        });
        return targets;
    }

    /** Where tasks of an older form answer what comes to a port now: as they were asked for it, else there if they know that target. */
    private static int target(ServiceSpec then, Endpoint endpoint, PortConfig now) {
        for (PortConfig port : then.ingressPorts()) {
            var number = port.publishedPort() == 0 ? endpoint.chosenBefore(port) : Optional.of(port);
            if (number.filter(known -> known.key().equals(now.key())).isPresent()) return port.targetPort();
        }
        return ifKnown(then, now.targetPort(), now.target());
    }

    private static int ifKnown(ServiceSpec then, int port, String target) {
        return then.ports().stream().anyMatch(known -> known.target().equals(target)) ? port : BalancedService.Backend.NOWHERE;
    }

    private static SortedMap<NetworkId, Ipv4> on(SortedMap<NetworkId, Ipv4> addresses, Set<NetworkId> networks) {
        var on = new TreeMap<>(addresses);
        on.keySet().retainAll(networks);
        return on;
    }

    /** Everything, for an agent that was told nothing yet. */
    ToAgent.Balancing whole(long generation) {
        return new ToAgent.Balancing(generation, true, List.copyOf(services.values()), List.of());
    }

    /** The difference to what the agent was told before. */
    ToAgent.Balancing since(BalancingTable told, long generation) {
        var changed = services.values().stream().filter(service -> !service.equals(told.services.get(service.id()))).toList();
        var removed = told.services.keySet().stream().filter(id -> !services.containsKey(id)).toList();
        return new ToAgent.Balancing(generation, false, changed, removed);
    }
}
