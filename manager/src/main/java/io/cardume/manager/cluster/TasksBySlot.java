package io.cardume.manager.cluster;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * An index: the tasks by slot, and where in them there may be something to do.
 *
 * @param slots of each service, by number, the tasks of each oldest first; none is empty
 * @param unsettled the slots in which there is anything else than one living task that is well, and before it dead ones that are remembered
 * @param successors living tasks that take over from another living one in their slot
 */
record TasksBySlot(TreePMap<ServiceId, TreePMap<Integer, List<Task>>> slots, Groups<ServiceId, Integer> unsettled, TreePSet<TaskId> successors) {
    /** No tasks. */
    static final TasksBySlot NONE = new TasksBySlot(TreePMap.empty(), Groups.none(), TreePSet.empty());

    /** Of these tasks, all at once. */
    static TasksBySlot of(Collection<Task> tasks) {
        var inOrder = new HashMap<ServiceId, TreeMap<Integer, List<Task>>>();
        for (Task task : tasks)
            inOrder.computeIfAbsent(task.service(), _ -> new TreeMap<>()).merge(task.slot(), List.of(task), TasksBySlot::joined);
        var slots = new TreeMap<ServiceId, TreePMap<Integer, List<Task>>>();
        var unsettled = new HashMap<ServiceId, TreeSet<Integer>>();
        var successors = new TreeSet<TaskId>();
        inOrder.forEach((service, own) -> {
            slots.put(service, TreePMap.fromSortedMap(own));
            own.forEach((slot, oldestFirst) -> {
                if (!isSettled(oldestFirst)) unsettled.computeIfAbsent(service, _ -> new TreeSet<>()).add(slot);
                successors.addAll(succeeding(TreePSet.empty(), oldestFirst));
            });
        });
        return new TasksBySlot(TreePMap.fromSortedMap(slots), Groups.of(unsettled), TreePSet.fromSortedSet(successors));
    }

    private static List<Task> joined(List<Task> some, List<Task> others) {
        return Stream.concat(some.stream(), others.stream()).sorted(Task.OLDEST_FIRST).toList();
    }

    /** The slots of a service, by number. */
    TreePMap<Integer, List<Task>> of(ServiceId service) {
        var known = slots.get(service);
        return known == null ? TreePMap.empty() : known;
    }

    /** With a task in its new form. Most slots have one task, and none has many: a plain copy is smaller than what shares. */
    TasksBySlot with(Task task) {
        var before = slot(task);
        if (before.isEmpty() || before.size() == 1 && before.getFirst().id().equals(task.id())) return put(task, List.of(task), successors);
        var tasks = new ArrayList<>(before);
        tasks.removeIf(other -> other.id().equals(task.id()));
        int at = tasks.size();
        while (at > 0 && Task.OLDEST_FIRST.compare(tasks.get(at - 1), task) > 0) at--;
        tasks.add(at, task);
        return put(task, List.copyOf(tasks), successors);
    }

    TasksBySlot without(Task task) {
        return put(task, slot(task).stream().filter(other -> !other.id().equals(task.id())).toList(), successors.minus(task.id()));
    }

    /** The tasks of its slot, oldest first; none if it has none. */
    List<Task> slot(Task task) {
        var tasks = of(task.service()).get(task.slot());
        return tasks == null ? List.of() : tasks;
    }

    private TasksBySlot put(Task of, List<Task> tasks, TreePSet<TaskId> others) {
        var inService = of(of.service());
        inService = tasks.isEmpty() ? inService.minus(of.slot()) : inService.plus(of.slot(), tasks);
        return new TasksBySlot(inService.isEmpty() ? slots.minus(of.service()) : slots.plus(of.service(), inService),
                settled(of, tasks.isEmpty() || isSettled(tasks)), succeeding(others, tasks));
    }

    private Groups<ServiceId, Integer> settled(Task of, boolean settled) {
        if (settled != unsettled.of(of.service()).contains(of.slot())) return unsettled;
        return settled ? unsettled.minus(of.service(), of.slot()) : unsettled.plus(of.service(), of.slot());
    }

    private static boolean isSettled(List<Task> oldestFirst) {
        for (Task before : oldestFirst.subList(0, oldestFirst.size() - 1))
            if (!before.isDead() || before.desired() != DesiredState.SHUTDOWN) return false;
        var newest = oldestFirst.getLast();
        return newest.isLive() && !newest.condemned() && !newest.isAiling() && !newest.takesOverFor(Takeover.Reason.HEALING);
    }

    /** Of the tasks of a slot, oldest first, the last one that lives may be a successor of an older one. */
    private static TreePSet<TaskId> succeeding(TreePSet<TaskId> before, List<Task> slot) {
        if (slot.size() < 2 && before.isEmpty()) return before;
        var after = before;
        boolean others = false;
        Task last = null;
        for (Task task : slot) {
            if (!after.isEmpty()) after = after.minus(task.id());
            if (!task.isLive()) continue;
            others = last != null;
            last = task;
        }
        return others ? after.plus(last.id()) : after;
    }
}
