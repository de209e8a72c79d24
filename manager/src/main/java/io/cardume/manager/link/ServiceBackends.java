package io.cardume.manager.link;

import io.cardume.api.Copies;
import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceLabels;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskId;
import io.cardume.api.link.BackendsChange;
import io.cardume.api.link.BalancedService;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pcollections.TreePMap;

/**
 * A service that is reached by an address or a port of its own, with the tasks that take requests, wherever it is reached from.
 * The next one shares all that did not change.
 *
 * @param said the service without its tasks
 * @param onIngress whether requests from outside may come in for it on any node
 * @param backends the tasks
 * @param recent the tasks that take requests, or take them otherwise, or do not any more, other than before
 */
record ServiceBackends(
        BalancedService said, boolean onIngress, TreePMap<TaskId, BalancedService.Backend> backends, Recent<TaskId> recent) {

    /** The networks on which an agent may reach services, and whether it answers for services at all. */
    record Reach(Set<NetworkId> networks, boolean everywhere) {
        private SortedMap<NetworkId, Ipv4> of(SortedMap<NetworkId, Ipv4> addresses) {
            if (networks.containsAll(addresses.keySet())) return addresses;
            var on = new TreeMap<>(addresses);
            on.keySet().retainAll(networks);
            return on;
        }
    }

    /** Of a service as it is in a state. */
    static ServiceBackends of(ClusterState state, Service service, Endpoint endpoint) {
        var backends = TreePMap.<TaskId, BalancedService.Backend>empty();
        for (Task task : state.tasksOf(service.id())) {
            var backend = backend(state, service, endpoint, task);
            if (backend.isPresent()) backends = backends.plus(task.id(), backend.get());
        }
        return new ServiceBackends(said(service, endpoint), service.spec().onIngress(), backends, Recent.nothing(state.version()));
    }

    /** As it is in a later state, whatever happened to it; this very one, if nothing is different. */
    ServiceBackends after(ClusterState state, Service service, Endpoint endpoint) {
        var said = said(service, endpoint);
        boolean same = said.equals(this.said) && service.spec().onIngress() == onIngress;
        var touched = new TreeSet<>(backends.keySet());
        state.tasksOf(service.id()).forEach(task -> touched.add(task.id()));
        return (same ? this : new ServiceBackends(said, service.spec().onIngress(), backends, recent)).after(state, service, endpoint, touched);
    }

    /** As it is in a later state, where only some of its tasks may be otherwise; this very one, if nothing is different. */
    ServiceBackends after(ClusterState state, Service service, Endpoint endpoint, Collection<TaskId> touched) {
        var next = backends;
        var changes = recent;
        for (TaskId id : touched) {
            var now = state.task(id).flatMap(task -> backend(state, service, endpoint, task));
            if (now.equals(Optional.ofNullable(backends.get(id)))) continue;
            next = now.isPresent() ? next.plus(id, now.get()) : next.minus(id);
            changes = changes.plus(state.version(), id);
        }
        return next == backends ? this : new ServiceBackends(said, onIngress, next, changes);
    }

    /** One that is going has an address still, and nobody new is led to it. */
    private static BalancedService said(Service service, Endpoint endpoint) {
        return new BalancedService(service.id(), service.name(), endpoint.virtual(), ports(service, endpoint),
                ServiceLabels.of(Copies.labels(service.spec().labels())), List.of());
    }

    private static List<PortConfig> ports(Service service, Endpoint endpoint) {
        return service.spec().onIngress() && !service.removed() ? endpoint.ingressPorts() : List.of();
    }

    private static Optional<BalancedService.Backend> backend(ClusterState state, Service service, Endpoint endpoint, Task task) {
        if (service.removed() || !task.isBackend() || task.node().isEmpty()) return Optional.empty();
        var addresses = state.addresses(task.id()).map(Addresses::byNetwork).orElse(Collections.emptySortedMap());
        return addresses.isEmpty() ? Optional.empty()
                : Optional.of(new BalancedService.Backend(task.id(), task.node().get(), addresses, targets(service, endpoint, task)));
    }

    /** A task that an update has not replaced yet answers where it did before, and nowhere else. */
    private static SortedMap<String, Integer> targets(Service service, Endpoint endpoint, Task task) {
        var targets = new TreeMap<String, Integer>();
        if (service.isCurrent(task)) return targets;
        var then = service.lastOf(task).spec();
        for (PortConfig now : ports(service, endpoint)) {
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

    /** The service as an agent sees it that was not told of it yet; empty if it does not reach it. */
    Optional<BalancedService> whole(Reach reach) {
        return head(reach).map(head -> {
            var seen = new ArrayList<BalancedService.Backend>();
            backends.values().forEach(backend -> seen(backend, reach).ifPresent(seen::add));
            return new BalancedService(head.id(), head.name(), head.addresses(), head.ports(), head.labels(), seen);
        });
    }

    private Optional<BalancedService> head(Reach reach) {
        var addresses = reach.of(said.addresses());
        boolean published = reach.everywhere() && onIngress;
        if (addresses.isEmpty() && !published) return Optional.empty();
        boolean all = addresses == said.addresses() && (published || said.ports().isEmpty());
        return Optional.of(all ? said
                : new BalancedService(said.id(), said.name(), addresses, published ? said.ports() : List.of(), said.labels(), List.of()));
    }

    private static Optional<BalancedService.Backend> seen(BalancedService.Backend backend, Reach reach) {
        var addresses = reach.of(backend.addresses());
        if (addresses.isEmpty()) return Optional.empty();
        return Optional.of(addresses == backend.addresses() ? backend
                : new BalancedService.Backend(backend.task(), backend.node(), addresses, backend.targets()));
    }

    /**
     * What its tasks do otherwise since an agent was told; empty if that is not all that is different.
     *
     * @param told as it was told
     * @param version the version that was of
     * @param reach what the agent reaches, then and now
     */
    Optional<BackendsChange> since(ServiceBackends told, long version, Reach reach) {
        if (told != this && !told.head(reach).equals(head(reach))) return Optional.empty();
        if (head(reach).isEmpty()) return Optional.of(new BackendsChange(said.id(), List.of(), List.of()));
        var come = new ArrayList<BalancedService.Backend>();
        var gone = new ArrayList<TaskId>();
        for (TaskId id : told == this ? List.<TaskId>of() : recent.after(version).orElseGet(() -> union(told))) {
            var before = told.seen(id, reach);
            var now = seen(id, reach);
            if (before.equals(now)) continue;
            now.ifPresentOrElse(come::add, () -> gone.add(id));
        }
        return Optional.of(new BackendsChange(said.id(), come, gone));
    }

    private Optional<BalancedService.Backend> seen(TaskId id, Reach reach) {
        return Optional.ofNullable(backends.get(id)).flatMap(backend -> seen(backend, reach));
    }

    private TreeSet<TaskId> union(ServiceBackends other) {
        var all = new TreeSet<>(backends.keySet());
        all.addAll(other.backends.keySet());
        return all;
    }

    /** Whether agents are told the same. */
    boolean tellsAs(ServiceBackends other) {
        return said.equals(other.said) && onIngress == other.onIngress && backends.equals(other.backends);
    }
}
