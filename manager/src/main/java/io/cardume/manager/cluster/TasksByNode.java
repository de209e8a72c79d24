package io.cardume.manager.cluster;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * An index: the tasks by node, and those that wait for one.
 *
 * @param tasks all that were placed on a node, dead ones too
 * @param loads what those that are not dead take of it; a node without any is not in it
 * @param pending tasks that wait for a node
 */
record TasksByNode(Groups<NodeId, TaskId> tasks, TreePMap<NodeId, NodeLoad> loads, TreePSet<TaskId> pending) {
    /** No tasks. */
    static final TasksByNode NONE = new TasksByNode(Groups.none(), TreePMap.empty(), TreePSet.empty());

    /**
     * Of these tasks, all at once.
     *
     * @param revisions what a task is made by
     */
    static TasksByNode of(Collection<Task> all, Function<Task, Revision> revisions) {
        var pending = new TreeSet<TaskId>();
        var placed = new HashMap<NodeId, List<Task>>();
        for (Task task : all) {
            if (task.isPending()) pending.add(task.id());
            task.node().ifPresent(node -> placed.computeIfAbsent(node, _ -> new ArrayList<>()).add(task));
        }
        var tasks = new HashMap<NodeId, TreeSet<TaskId>>();
        var loads = new TreeMap<NodeId, NodeLoad>();
        placed.forEach((node, own) -> {
            var ids = new TreeSet<TaskId>();
            var load = NodeLoad.NONE;
            for (Task task : own) {
                ids.add(task.id());
                if (isLoad(task)) load = load.plus(revisions.apply(task));
            }
            tasks.put(node, ids);
            if (load.tasks() > 0) loads.put(node, load);
        });
        return new TasksByNode(Groups.of(tasks), TreePMap.fromSortedMap(loads), TreePSet.fromSortedSet(pending));
    }

    /**
     * With a task that was otherwise, or was not there, or is not any more.
     *
     * @param revisions what a task is made by
     */
    TasksByNode moved(TaskId id, Optional<Task> before, Optional<Task> after, Function<Task, Revision> revisions) {
        boolean waits = after.filter(Task::isPending).isPresent();
        boolean waited = before.filter(Task::isPending).isPresent();
        return new TasksByNode(tasks.moved(before.flatMap(Task::node), after.flatMap(Task::node), id),
                loads(before.filter(TasksByNode::isLoad), after.filter(TasksByNode::isLoad), revisions),
                waits == waited ? pending : waits ? pending.plus(id) : pending.minus(id));
    }

    private TreePMap<NodeId, NodeLoad> loads(Optional<Task> before, Optional<Task> after, Function<Task, Revision> revisions) {
        if (before.isPresent() == after.isPresent() && before.flatMap(Task::node).equals(after.flatMap(Task::node))
                && before.map(Task::revision).equals(after.map(Task::revision))) return loads;
        var changed = loads;
        if (before.isPresent()) {
            var node = before.get().node().orElseThrow();
            var load = changed.get(node).minus(revisions.apply(before.get()));
            changed = load.tasks() == 0 ? changed.minus(node) : changed.plus(node, load);
        }
        if (after.isPresent()) {
            var node = after.get().node().orElseThrow();
            changed = changed.plus(node, changed.getOrDefault(node, NodeLoad.NONE).plus(revisions.apply(after.get())));
        }
        return changed;
    }

    private static boolean isLoad(Task task) {
        return task.node().isPresent() && !task.isDead();
    }
}
