package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.HealingFloor;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which tasks their agents may stop because a check of them fails for good. One that hangs is given up at once; but of
 * those that run, no more are given up than the service can do without, for a check that fails everywhere at once says
 * more of the check than of the tasks. Where it can do without none, a successor is started first, one at a time. It counts
 * what is left when the rollout and the handover have had their way, or the next plan would count otherwise.
 */
final class Healing implements PlanStep {
    private static final Takeover TAKEOVER = new Takeover(Takeover.Reason.HEALING, Takeover.Order.START_FIRST);
    /** What serves nobody goes first, then what has been ailing longest. */
    private static final Comparator<Task> FIRST_TO_GO = Comparator.comparing(Task::isServing)
            .thenComparing(task -> task.status().at())
            .thenComparing(Task::id);

    @Override
    public void plan(Draft draft) {
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id).ifPresent(service -> plan(draft, service));
    }

    private static void plan(Draft draft, Service service) {
        if (unsettled(draft.state(), service).noneMatch(Healing::concerns)) return;
        for (Task task : draft.state().tasksOf(service.id()))
            if (task.condemned() && !task.isDead() && !task.isAiling()) draft.put(task.condemned(false));
        var slots = Slot.of(draft.state(), service);
        int floor = isJob(service) ? 0 : HealingFloor.of(service.spec().labels(), counted(service, slots));
        giveUp(draft, service, floor);
        boolean leavesNoRoom = floor > 0 && floor >= slots.size() && service.spec().mode().global().isEmpty() && !service.removed();
        replaceFirst(draft, service, leavesNoRoom);
    }

    private static Stream<Task> unsettled(ClusterState state, Service service) {
        return state.unsettled(service.id()).stream().flatMap(number -> state.slot(service.id(), number).stream());
    }

    /** Most services have no such task, and there are many services. */
    private static boolean concerns(Task task) {
        return !task.isDead() && (task.condemned() || task.isAiling() || task.takesOverFor(Takeover.Reason.HEALING));
    }

    /**
     * Of how many the floor is a part. Where nobody said anything, those that run or would if they did not fail: a replica that
     * finds no node is no reason to keep another one that hangs.
     */
    private static int counted(Service service, List<Slot> slots) {
        if (service.spec().labels().containsKey(HealingFloor.LABEL)) return slots.size();
        return (int) slots.stream()
                .filter(slot -> slot.serving().filter(Task::isRunning).isPresent() || slot.tasks().stream().anyMatch(task -> task.isLive() && task.failures() > 0))
                .count();
    }

    private static boolean isJob(Service service) {
        return service.spec().mode().replicatedJob().isPresent() || service.spec().mode().globalJob().isPresent();
    }

    private static void giveUp(Draft draft, Service service, int floor) {
        long running = kept(draft.state(), service).size();
        long serving = kept(draft.state(), service).stream().filter(Task::isServing).count();
        for (Task task : kept(draft.state(), service)) {
            if (!task.isAiling()) continue;
            boolean spared = running > floor || !task.isServing() && serving >= floor;
            if (!spared) continue;
            Barrier.condemn(draft, task);
            running--;
            if (task.isServing()) serving--;
        }
    }

    /** The tasks that run and are to go on running, first to go first. */
    private static List<Task> kept(ClusterState state, Service service) {
        return state.tasksOf(service.id()).stream()
                .filter(task -> task.isRunning() && task.isLive() && !task.condemned())
                .sorted(FIRST_TO_GO)
                .toList();
    }

    private static void replaceFirst(Draft draft, Service service, boolean leavesNoRoom) {
        var slots = Slot.of(draft.state(), service);
        for (Slot slot : slots)
            if (slot.next().filter(next -> next.takesOverFor(Takeover.Reason.HEALING)).isPresent()
                    && (!leavesNoRoom || slot.serving().filter(Task::isAiling).isEmpty()))
                Barrier.leave(draft, slot.next().get(), DesiredState.SHUTDOWN);
        if (!leavesNoRoom || slots.stream().anyMatch(slot -> slot.next().isPresent())) return;
        slots.stream()
                .filter(slot -> slot.serving().filter(task -> task.isAiling() && !task.condemned()).isPresent())
                .findFirst()
                .ifPresent(slot -> succeed(draft, slot));
    }

    private static void succeed(Draft draft, Slot slot) {
        var old = slot.serving().orElseThrow();
        var before = failedSuccessor(slot).orElse(old);
        int failures = Backoff.isHealthySpell(before) ? 1 : before.failures() + 1;
        var notBefore = before.status().at().plus(Backoff.after(before, failures));
        slot.succeed(draft, TAKEOVER, notBefore.isBefore(draft.now()) ? draft.now() : notBefore,
                "task " + old.id() + " fails its check, and the service cannot do without it", failures);
    }

    private static Optional<Task> failedSuccessor(Slot slot) {
        return Optional.of(slot.tasks().getFirst())
                .filter(task -> task.endedByItself() && task.takesOverFor(Takeover.Reason.HEALING));
    }
}
