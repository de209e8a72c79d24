package io.cardume.manager.plan;

import io.cardume.api.NodeId;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a service's tasks are, and where they failed of late. Of a slot only the newest living task counts: the one it
 * replaces is about to go.
 */
final class Spread {
    private static final Duration OF_LATE = Duration.ofMinutes(5);
    private static final int TOO_MANY_FAILURES = 3;

    private final Map<NodeId, Integer> replicas;
    private final Map<NodeId, Integer> failures = new HashMap<>();

    Spread(ClusterState state, Service service, Instant now) {
        var slots = state.slots(service.id());
        replicas = HashMap.newHashMap(slots.size());
        for (List<Task> slot : slots.values()) {
            boolean counted = false;
            // Written out, for there are very many.
            for (int i = slot.size() - 1; i >= 0; i--) {
                var task = slot.get(i);
                if (task.node().isEmpty()) counted |= task.isLive();
                else if (task.isDead()) {
                    if (hasFailed(task, service, now)) failures.merge(task.node().get(), 1, Integer::sum);
                } else if (!counted && task.isLive()) {
                    replicas.merge(task.node().get(), 1, Integer::sum);
                    counted = true;
                }
            }
        }
    }

    private static boolean hasFailed(Task task, Service service, Instant now) {
        var state = task.status().state();
        return (state == TaskState.FAILED || state == TaskState.REJECTED)
                && task.revision() == service.revision()
                && task.status().at().isAfter(now.minus(OF_LATE));
    }

    /** The nodes where there is anything to say of it. */
    Set<NodeId> nodes() {
        var nodes = new HashSet<>(replicas.keySet());
        nodes.addAll(failures.keySet());
        return nodes;
    }

    /** One more replica goes to a node. */
    void more(NodeId node) {
        replicas.merge(node, 1, Integer::sum);
    }

    /** Replicas on a node. */
    int replicas(NodeId node) {
        return replicas.getOrDefault(node, 0);
    }

    /** Whether a node is to be tried only when there is no other. */
    boolean isShunned(NodeId node) {
        return !failures.isEmpty() && failures.getOrDefault(node, 0) >= TOO_MANY_FAILURES;
    }
}
