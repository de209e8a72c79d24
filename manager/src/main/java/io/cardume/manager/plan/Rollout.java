package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.UpdateStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the change from an old revision to a new one is. What does not run is replaced without waiting; what runs is left
 * to {@link Succession} and {@link Handover}. When a new task fails, the update pauses, and what is left of the old keeps
 * running.
 */
final class Rollout implements PlanStep {
    static final String WHY = "the service was updated";
    static final Takeover TAKEOVER = new Takeover(Takeover.Reason.REVISION, Takeover.Order.STOP_FIRST);

    /** An update is watched for this long after its last task ran; only then it is completed. It is Swarm's default. */
    private static final Duration MONITOR = Duration.ofSeconds(5);

    @Override
    public void plan(Draft draft) {
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id).filter(service -> !service.removed()).ifPresent(service -> plan(draft, service));
        watched(draft.state())
                .filter(service -> !watchedUntil(draft.state(), service).isAfter(draft.now()))
                .forEach(service -> complete(draft, service));
    }

    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return watched(state).map(service -> watchedUntil(state, service)).min(Instant::compareTo);
    }

    private static void plan(Draft draft, Service service) {
        if (is(service, UpdateStatus.State.UPDATING)) pauseOnFailure(draft, service);
        boolean paused = is(current(draft, service), UpdateStatus.State.PAUSED);
        withdrawNeedless(draft, service, paused);
        if (paused) return;
        boolean stale = Slot.of(draft.state(), service).stream().anyMatch(slot -> isStale(draft.state(), slot));
        if (stale) advance(draft, service);
    }

    /** The services whose update has replaced every task, and only has to be watched for a while. */
    private static Stream<Service> watched(ClusterState state) {
        return state.services().values().stream()
                .filter(service -> !service.removed() && is(service, UpdateStatus.State.UPDATING))
                .filter(service -> Slot.of(state, service).stream().noneMatch(slot -> isStale(state, slot) || isChanging(state, slot)));
    }

    private static Instant watchedUntil(ClusterState state, Service service) {
        return Slot.of(state, service).stream()
                .flatMap(slot -> slot.serving().flatMap(Task::runningSince).stream())
                .max(Instant::compareTo)
                .filter(last -> last.isAfter(service.update().orElseThrow().startedAt()))
                .orElse(service.update().orElseThrow().startedAt())
                .plus(MONITOR);
    }

    private static void pauseOnFailure(Draft draft, Service service) {
        var failed = draft.state().tasksOf(service.id()).stream()
                .filter(task -> task.revision() == service.revision() && task.endedByItself())
                .findFirst();
        if (failed.isEmpty()) return;
        draft.put(service.update(new UpdateStatus(
                UpdateStatus.State.PAUSED,
                service.update().orElseThrow().startedAt(),
                Optional.empty(),
                "update paused due to failure or early termination of task " + failed.get().id())));
    }

    /** A successor is not needed where the task it was to replace may stay after all. */
    private static void withdrawNeedless(Draft draft, Service service, boolean paused) {
        for (Slot slot : Slot.of(draft.state(), service)) {
            if (slot.serving().isEmpty() || slot.next().isEmpty()) continue;
            if (!slot.next().get().takesOverFor(Takeover.Reason.REVISION)) continue;
            if (paused || !isStale(draft.state(), service, slot.serving().get()))
                draft.put(slot.next().get().ending(DesiredState.SHUTDOWN, draft.now()));
        }
    }

    private static void advance(Draft draft, Service service) {
        if (!is(service, UpdateStatus.State.UPDATING))
            draft.put(service.update(new UpdateStatus(
                    UpdateStatus.State.UPDATING, draft.now(), Optional.empty(), "update in progress")));
        for (Slot slot : Slot.of(draft.state(), service)) if (Homes.isOpen(draft.state(), slot)) replaceIdle(draft, slot);
    }

    /** Stale tasks that serve nobody make room at once. */
    private static void replaceIdle(Draft draft, Slot slot) {
        boolean left = false;
        for (Task task : slot.tasks()) {
            if (!task.isLive()) continue;
            boolean idle = isStale(draft.state(), slot.service(), task) && !task.isRunning();
            if (idle) draft.put(task.ending(DesiredState.SHUTDOWN, draft.now()));
            else left = true;
        }
        if (!left && slot.live().isPresent())
            Slot.fill(draft, slot.service(), slot.number(), draft.now(), WHY, 0);
    }

    private static void complete(Draft draft, Service service) {
        var started = service.update().orElseThrow().startedAt();
        draft.put(service.update(new UpdateStatus(
                UpdateStatus.State.COMPLETED, started, Optional.of(draft.now()), "update completed")));
    }

    /** Whether a slot has a new task that does not run yet. */
    static boolean isChanging(ClusterState state, Slot slot) {
        return slot.live().filter(newest -> !newest.isRunning() && !isStale(state, slot.service(), newest)).isPresent();
    }

    /** Whether the newest living task of a slot has to be replaced. */
    static boolean isStale(ClusterState state, Slot slot) {
        return slot.live().filter(task -> isStale(state, slot.service(), task)).isPresent() && Homes.isOpen(state, slot);
    }

    /** Whether a task has to be replaced: a change of the placement alone replaces only what may not stay where it is. */
    private static boolean isStale(ClusterState state, Service service, Task task) {
        if (task.revision() == service.revision()) return false;
        if (!service.isCurrent(task)) return true;
        var node = task.node().flatMap(state::node);
        return node.isEmpty() || !Constraint.allMet(service.current(), node.get());
    }

    /** Whether its update was stopped half way. */
    static boolean isPaused(Service service) {
        return is(service, UpdateStatus.State.PAUSED);
    }

    static boolean is(Service service, UpdateStatus.State state) {
        return service.update().filter(update -> update.state() == state).isPresent();
    }

    private static Service current(Draft draft, Service service) {
        return draft.state().services().get(service.id());
    }
}
