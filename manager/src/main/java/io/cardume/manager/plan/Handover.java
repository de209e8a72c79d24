package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * When an old task goes, whatever the reason. New before old: when its successor takes requests, and has not ended right
 * after its start. Stop first: as soon as its successor is prepared, so that the slot is empty no longer than a stop and a
 * start take; or when it has itself the {@link Room} that a new revision needs. It is the one place where a task that serves
 * is told to stop for the sake of another, and so the place where an update is held to its pace.
 */
final class Handover implements PlanStep {
    private static final String NO_ROOM = "; a task is stopped first where there is no room beside it";
    private static final String NO_ADDRESS = "; a task is stopped first where its network has no address for one beside it";

    /** To the services with successors. */
    private final Attention attention = new Attention();

    @Override
    public void forget() {
        attention.forget();
    }

    @Override
    public void plan(Draft draft) {
        if (draft.state().successors().isEmpty()) return;
        var concerned = attention.of(draft.state(), () -> services(draft.state(), draft.state().successors()), draft.now());
        // Whether there is room for one that has no node depends on what happens elsewhere.
        concerned.addAll(services(draft.state(), pending(draft.state())));
        for (ServiceId id : concerned) if (successors(draft.state(), id).findAny().isPresent()) plan(draft, id);
    }

    private static List<TaskId> pending(ClusterState state) {
        var successors = state.successors();
        var pending = state.pending();
        var fewer = pending.size() < successors.size() ? pending : successors;
        return fewer.stream().filter(id -> successors.contains(id) && pending.contains(id)).toList();
    }

    private static SortedSet<ServiceId> services(ClusterState state, Collection<TaskId> tasks) {
        var services = new TreeSet<ServiceId>();
        for (TaskId id : tasks) services.add(state.tasks().get(id).service());
        return services;
    }

    private static Stream<Task> successors(ClusterState state, ServiceId id) {
        return state.unsettled(id).stream().flatMap(number -> state.slot(id, number).stream()).filter(task -> state.successors().contains(task.id()));
    }

    /** When successors will have run for long enough, or may run. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        if (state.successors().isEmpty()) {
            attention.none();
            return Optional.empty();
        }
        return attention.keep(state, () -> services(state, state.successors()), now, id -> successors(state, id)
                .flatMap(next -> Stream.concat(Stage.provenAt(state.services().get(id), next).stream(), next.notBefore().stream()))
                .filter(at -> at.isAfter(now)).min(Instant::compareTo));
    }

    private static void plan(Draft draft, ServiceId id) {
        var stage = Stage.of(draft.state(), id, draft.now());
        long places = stage.places() - stage.taken();
        long roomToCome = stage.roomToCome();
        var room = new Room(stage);
        for (Slot slot : stage.slots()) {
            if (slot.serving().isEmpty() || slot.next().isEmpty()) continue;
            var old = slot.serving().get();
            var next = slot.next().get();
            boolean inTheWay = room.isTakenBy(old, next);
            if (inTheWay && roomToCome-- > 0 || !inTheWay && !mayTakeOver(stage, next)) continue;
            boolean takes = next.takesOverFor(Takeover.Reason.REVISION) && old.isServing() && !next.isServing();
            if (takes && places-- <= 0) continue;
            Barrier.leave(draft, old, DesiredState.SHUTDOWN);
            if (inTheWay && next.startsFirst()) say(draft, id, Addressing.holdsBack(draft.state(), next) ? NO_ADDRESS : NO_ROOM);
        }
    }

    private static boolean mayTakeOver(Stage stage, Task next) {
        if (next.startsFirst()) return stage.isProven(next);
        return next.status().state().compareTo(TaskState.READY) >= 0 && stage.isTimeFor(next);
    }

    private static void say(Draft draft, ServiceId id, String words) {
        var service = draft.state().services().get(id);
        service.update().filter(update -> update.state().isGoing() && !update.message().contains(words))
                .ifPresent(update -> draft.put(service.update(update.saying(update.message() + words))));
    }
}
