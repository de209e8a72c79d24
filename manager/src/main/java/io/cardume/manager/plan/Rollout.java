package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Pace;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.UpdateStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * Where the change to a new revision is: it begins, and it ends; {@link Verdicts} says whether it fails. What does not run is replaced without waiting;
 * what runs is left to {@link Succession} and {@link Handover}.
 */
final class Rollout implements PlanStep {
    static final String WHY = "the service was updated";
    private static final String IN_PROGRESS = "update in progress";

    private final Attention attention;

    /** @param attention to the services with an update that is going; kept here for the other steps too */
    Rollout(Attention attention) {
        this.attention = attention;
    }

    @Override
    public void forget() {
        attention.forget();
    }

    @Override
    public void plan(Draft draft) {
        Stage.concerned(draft, attention).forEach(id -> plan(draft, id));
    }

    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return attention.keep(state, state::updating, now, id -> state.updating().contains(id) ? Stage.of(state, id, now).wakeAt() : Optional.empty());
    }

    private static void plan(Draft draft, ServiceId id) {
        var stage = Stage.of(draft.state(), id, draft.now());
        if (stage.isQuiet()) return;
        begin(draft, stage);
        withdrawNeedless(draft, stage.again(draft));
        replaceIdle(draft, stage.again(draft));
        end(draft, stage.again(draft));
    }

    /** An update begins when there is something to replace; a rollback that was asked for learns how much that is. */
    private static void begin(Draft draft, Stage stage) {
        var service = stage.service();
        int count = stage.toChange();
        if (service.update().isEmpty() && count > 0)
            draft.put(service.update(UpdateStatus.updating(draft.now(), IN_PROGRESS + order(stage.pace()), count)));
        else if (service.update().isEmpty() && !service.current().proven())
            // Nobody outside can see it, so the service keeps its version.
            draft.add(new Change.ServicePut(service.proven()));
        else if (service.isUpdating() && service.update().get().slots() == 0) {
            var status = service.update().get();
            boolean unfinished = count > 0 || stage.isUnfinished();
            if (unfinished) draft.put(service.update(status.counted(Math.max(1, count)).saying(status.message() + order(stage.pace()))));
            else draft.put(service.proven().update(status.completed(draft.now(), ended(status))));
        }
    }

    private static String order(Pace pace) {
        return pace.why().isEmpty() ? "" : "; stop-first, because " + pace.why();
    }

    /** A successor is not needed where the task it was to replace may stay after all. */
    private static void withdrawNeedless(Draft draft, Stage stage) {
        for (Slot slot : stage.slots()) {
            if (slot.serving().isEmpty() || slot.next().isEmpty()) continue;
            var next = slot.next().get();
            if (!next.takesOverFor(Takeover.Reason.REVISION)) continue;
            boolean stopped = stage.service().isPaused() && !stage.isProven(next);
            if (stopped || !stage.isStale(slot.serving().get())) Barrier.leave(draft, next, DesiredState.SHUTDOWN);
        }
    }

    /** Stale tasks that do not even run make room at once, and those that do not serve beside another one that runs. */
    private static void replaceIdle(Draft draft, Stage stage) {
        if (stage.service().isPaused()) return;
        for (Slot slot : stage.slots()) {
            if (!Homes.isOpen(draft.state(), slot)) continue;
            var idle = slot.tasks().stream().filter(task -> task.isLive() && stage.isStale(task) && isIdle(slot, task)).toList();
            idle.forEach(task -> Barrier.leave(draft, task, DesiredState.SHUTDOWN));
            boolean left = slot.tasks().stream().anyMatch(task -> task.isLive() && !idle.contains(task));
            if (!idle.isEmpty() && !left) Slot.fill(draft, stage.service(), slot.number(), draft.now(), WHY, 0);
        }
    }

    private static boolean isIdle(Slot slot, Task task) {
        if (!task.isRunning()) return true;
        return !task.isServing() && slot.serving().filter(other -> other != task && other.isRunning()).isPresent();
    }

    private static void end(Draft draft, Stage stage) {
        if (!stage.service().isUpdating()) return;
        if (stage.isUnfinished() || stage.isWatched()) return;
        var status = stage.service().update().orElseThrow();
        var failures = stage.failures();
        var words = ended(status) + (failures.isEmpty() ? ""
                : ", with failures; the first: " + stage.failure(failures.getFirst()).sentence());
        draft.put(stage.service().proven().update(status.completed(draft.now(), words)));
    }

    private static String ended(UpdateStatus status) {
        if (!status.state().isRollback()) return status.message().replace(IN_PROGRESS, "update completed");
        return "rollback completed" + (status.message().startsWith(Verdicts.ROLLED_BACK) ? "; " + status.message() : "");
    }
}
