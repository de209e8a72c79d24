package io.cardume.manager.http;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.cluster.Task;
import java.util.List;

/**
 * A container of a task.
 *
 * @param id the engine's id, 64 hex digits
 * @param task the task it was made for
 * @param node where it is
 */
record ContainerLookup(String id, Task task, NodeId node) {
    /**
     * The container that a path names: its whole id, its name ({@code service.slot.task}), or the beginning of exactly one
     * id.
     */
    static ContainerLookup of(Spaces spaces, ClusterState state, String name) {
        var all = state.tasks().values().stream().filter(task -> hasContainer(task) && spaces.sees(state, task)).toList();
        var plain = name.startsWith("/") ? name.substring(1) : name;
        var exact = all.stream().filter(task -> id(task).equals(plain) || Lookup.fullName(state, task).equals(plain)).toList();
        var found = exact.isEmpty() && !plain.isEmpty() ? all.stream().filter(task -> id(task).startsWith(plain)).toList() : exact;
        if (found.isEmpty()) throw new ApiException(404, "No such container: " + name);
        if (found.size() > 1)
            throw new ApiException(400, "multiple containers found with the provided prefix: " + name + " (" + found.size() + ")");
        return of(found.getFirst());
    }

    /** The containers of all tasks. */
    static List<ContainerLookup> all(Spaces spaces, ClusterState state) {
        return state.tasks().values().stream().filter(task -> hasContainer(task) && spaces.sees(state, task)).map(ContainerLookup::of).toList();
    }

    private static ContainerLookup of(Task task) {
        return new ContainerLookup(id(task), task, task.node().orElseThrow());
    }

    private static boolean hasContainer(Task task) {
        return task.node().isPresent() && task.status().container().filter(container -> !container.containerId().isEmpty()).isPresent();
    }

    private static String id(Task task) {
        return task.status().container().orElseThrow().containerId();
    }
}
