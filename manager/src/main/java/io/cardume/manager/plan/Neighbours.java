package io.cardume.manager.plan;

import io.cardume.api.NodeId;
import io.cardume.api.PlacementLabels;
import io.cardume.api.ServiceId;
import io.cardume.api.StackLabels;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which other services a service is kept apart from or together with, and on which nodes those are. It holds both ways,
 * whichever of the two services says it and whichever is placed first. A service that runs nowhere keeps nobody away and
 * binds nobody; nor does one whose node is being drained bind others to it. A service of a stack binds others of that stack, and of
 * another only if that one names it too: who makes services in one must not decide where those of another are.
 *
 * @param alone whether a node takes only one task of the service itself
 * @param apart the nodes on which a service is that it is kept apart from, each with the name of one
 * @param together by the name of each service it is kept together with, the nodes that one is on; only those that run
 */
record Neighbours(boolean alone, SortedMap<NodeId, String> apart, SortedMap<String, SortedSet<NodeId>> together) {
    private static final Neighbours NONE = new Neighbours(false, new TreeMap<>(), new TreeMap<>());

    Neighbours {
        apart = Collections.unmodifiableSortedMap(apart);
        together = Collections.unmodifiableSortedMap(together);
    }

    /** The neighbours of a service. */
    static Neighbours of(ClusterState state, Service service) {
        if (state.related().isEmpty()) return NONE;
        var apart = new TreeMap<NodeId, String>();
        for (Service other : named(state, service, PlacementLabels.APART))
            for (Task task : state.tasksOf(other.id()))
                if (!task.isDead()) task.node().ifPresent(node -> apart.put(node, other.name()));
        var together = new TreeMap<String, SortedSet<NodeId>>();
        for (Service other : named(state, service, PlacementLabels.TOGETHER)) {
            var nodes = new TreeSet<NodeId>();
            for (Task task : state.tasksOf(other.id()))
                if (!task.isDead()) task.node().filter(node -> mayStayOn(state, node)).ifPresent(nodes::add);
            if (!nodes.isEmpty()) together.put(other.name(), nodes);
        }
        boolean alone = PlacementLabels.names(service.spec().labels(), PlacementLabels.APART).contains(PlacementLabels.SELF);
        return new Neighbours(alone, apart, together);
    }

    /** The other services it names, and those that name it. */
    private static List<Service> named(ClusterState state, Service service, String label) {
        var found = new TreeMap<ServiceId, Service>();
        for (Service other : meant(state, service, label))
            if (mayBind(service, other) || meant(state, other, label).contains(service)) found.put(other.id(), other);
        for (ServiceId id : state.related()) {
            var other = state.services().get(id);
            if (mayBind(other, service) && meant(state, other, label).contains(service)) found.put(id, other);
        }
        found.remove(service.id());
        return List.copyOf(found.values());
    }

    private static List<Service> meant(ClusterState state, Service service, String label) {
        return PlacementLabels.names(service.spec().labels(), label).stream().filter(name -> !name.equals(PlacementLabels.SELF))
                .flatMap(name -> StartOrder.meant(state, service.spec(), name).stream()).toList();
    }

    private static boolean mayBind(Service service, Service other) {
        var stack = StackLabels.stack(service.spec().labels());
        return stack.isEmpty() || stack.equals(StackLabels.stack(other.spec().labels()));
    }

    private static boolean mayStayOn(ClusterState state, NodeId node) {
        return state.node(node).filter(where -> where.availability() != Node.Availability.DRAIN).isPresent();
    }

    /** The name of a service that keeps it away from a node, if one does. */
    Optional<String> awayFrom(NodeId node) {
        return apart.isEmpty() ? Optional.empty() : Optional.ofNullable(apart.get(node));
    }

    /** The name of a service it is kept together with that is not on a node but elsewhere, if there is one. */
    Optional<String> missingOn(NodeId node) {
        if (together.isEmpty()) return Optional.empty();
        return together.entrySet().stream().filter(other -> !other.getValue().contains(node)).map(Map.Entry::getKey).findFirst();
    }

}
