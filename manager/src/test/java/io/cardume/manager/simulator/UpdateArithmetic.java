package io.cardume.manager.simulator;

import io.cardume.api.DesiredState;
import io.cardume.api.Placement;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Pace;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.plan.Constraint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The law that an update never takes more from a service than its own arithmetic allows: it empties no more slots at once
 * than it has places, and none at all where the new task starts first and has a node. Only what the planner itself takes
 * away counts, from the moment it tells a serving task to stop until something serves in the slot, or what was to serve
 * there is lost. And where the new task starts first, the old one is not stopped before it has settled.
 */
final class UpdateArithmetic {
    private static final Duration SETTLING = Duration.ofSeconds(1);

    private final TreeSet<String> taken = new TreeSet<>();

    /** Asserts it of a turn. */
    void assertHolds(ClusterState before, ClusterState after) {
        taken.removeIf(slot -> !isStillEmpty(after, slot));
        before.tasks().values().forEach(was -> after.task(was.id()).filter(is -> isToldToStop(was, is)).ifPresent(is -> hasSettled(after, is)));
        before.tasks().values().forEach(was -> after.task(was.id())
                .filter(is -> isTaken(was, is, after))
                .ifPresent(is -> take(after, is)));
    }

    private void take(ClusterState after, Task task) {
        var service = after.services().get(task.service());
        var next = newest(after, task).orElseThrow();
        taken.add(key(task));
        if (next.startsFirst() && next.node().isPresent())
            throw new AssertionError("never fewer: task " + task.id() + " was stopped before its successor " + next.id() + " served");
        long places = Pace.of(service).parallelism();
        long empty = taken.stream().filter(slot -> slot.startsWith(service.id() + "/")).count();
        if (places > 0 && empty > places)
            throw new AssertionError("never fewer: the update of " + service.name() + " emptied " + empty + " slots, and has places for " + places);
    }

    private static void hasSettled(ClusterState after, Task old) {
        var next = newest(after, old).filter(task -> task.startsFirst() && task.isServing());
        if (next.isEmpty() || after.services().get(old.service()).revisions().get(next.get().revision()).isChecked()) return;
        if (mayStay(after, old) && old.updatedAt().isBefore(next.get().servingSince().orElseThrow().plus(SETTLING)))
            throw new AssertionError("never for a moment: task " + old.id() + " was stopped for " + next.get().id() + ", which has only just started");
    }

    private static boolean isToldToStop(Task was, Task is) {
        return was.isLive() && was.isServing() && !is.isDead() && is.desired() == DesiredState.SHUTDOWN;
    }

    /** Whether it served, was told to stop in this turn for the sake of a new revision, and left nobody behind who serves. */
    private static boolean isTaken(Task was, Task is, ClusterState after) {
        return isToldToStop(was, is) && newest(after, is).filter(next -> next.takesOverFor(Takeover.Reason.REVISION)).isPresent()
                && nobodyServes(after, is) && mayStay(after, is);
    }

    /** What may not stay where it is has to go, whether it is updated or not. */
    private static boolean mayStay(ClusterState state, Task task) {
        Service service = state.services().get(task.service());
        var constraints = service.template(task.revision()).placement().map(Placement::constraints).orElse(List.of());
        var node = task.node().flatMap(state::node);
        return node.isPresent() && constraints.stream().allMatch(constraint -> Constraint.parse(constraint).matches(node.get()));
    }

    private static boolean isStillEmpty(ClusterState state, String slot) {
        return state.tasks().values().stream().filter(task -> key(task).equals(slot)).findFirst()
                .filter(task -> nobodyServes(state, task)
                        && newest(state, task).filter(next -> next.takesOverFor(Takeover.Reason.REVISION)).isPresent())
                .isPresent();
    }

    private static boolean nobodyServes(ClusterState state, Task task) {
        return state.slot(task.service(), task.slot()).stream().noneMatch(other -> other.isLive() && other.isServing());
    }

    private static Optional<Task> newest(ClusterState state, Task task) {
        return state.slot(task.service(), task.slot()).reversed().stream().filter(Task::isLive).findFirst();
    }

    private static String key(Task task) {
        return task.service() + "/" + task.slot();
    }
}
