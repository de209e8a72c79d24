package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;

/**
 * What serves on a drained node is given a successor elsewhere, all at once; {@link Handover} stops it when that one takes
 * requests. A successor that finds no node leaves it where it is; one that fails is followed by another, after a rest. When
 * the node is wanted again, successors that do not serve yet are taken back. What does not serve has been told to stop by
 * {@link Evictions}. It is taken before the rollout, which must see what was taken back, and again after it, for a rollout
 * takes back successors of an old revision.
 */
final class Drain implements PlanStep {
    private static final Takeover TAKEOVER = new Takeover(Takeover.Reason.DRAIN, Takeover.Order.START_FIRST);

    @Override
    public void plan(Draft draft) {
        if (draft.state().drained().isEmpty() && draft.state().successors().isEmpty()) return;
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id).filter(Drain::moves).ifPresent(service -> plan(draft, service));
    }

    /** Whether tasks of a service move new before old: those of a job would do their work twice, global ones belong to their node. */
    static boolean moves(Service service) {
        return !service.removed() && !service.isJob() && !service.isGlobal();
    }

    private static void plan(Draft draft, Service service) {
        // Where nothing is drained there may only be successors to take back.
        boolean none = draft.state().drained().isEmpty();
        for (Slot slot : none ? Slot.unsettled(draft.state(), service) : Slot.of(draft.state(), service)) {
            if (slot.serving().isEmpty()) continue;
            boolean leaves = isOnDrained(draft.state(), slot.serving().get());
            if (leaves && slot.next().isEmpty()) succeed(draft, slot);
            if (!leaves) slot.next().filter(Drain::isNeedless)
                    .ifPresent(next -> Barrier.leave(draft, next, DesiredState.SHUTDOWN));
        }
    }

    private static boolean isNeedless(Task next) {
        return next.takesOverFor(Takeover.Reason.DRAIN) && !next.isServing();
    }

    static boolean isOnDrained(ClusterState state, Task task) {
        return task.node().filter(state.drained()::contains).isPresent();
    }

    private static void succeed(Draft draft, Slot slot) {
        var old = slot.serving().get();
        var failed = slot.tasks().stream().takeWhile(task -> !task.id().equals(old.id())).findFirst().filter(Task::endedByItself);
        int failures = failed.map(task -> Backoff.isHealthySpell(task) ? 1 : task.failures() + 1).orElse(0);
        var rest = failed.map(task -> Backoff.after(task, failures));
        var notBefore = rest.map(draft.now()::plus).orElse(draft.now());
        slot.succeed(draft, TAKEOVER, notBefore, "node " + old.node().orElseThrow() + " is drained", failures);
    }
}
