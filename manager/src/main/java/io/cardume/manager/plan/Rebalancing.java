package io.cardume.manager.plan;

import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Moves tasks to where they do better: of services that were asked to, and of those that do it by themselves. One task of a
 * service at a time, new before old, with a rest after each; those that move by themselves only for their own sake, and
 * only to nodes that have been as they are for a while. It looks when all else is decided, for where others go counts too.
 */
final class Rebalancing implements PlanStep {
    private static final Takeover TAKEOVER = new Takeover(Takeover.Reason.REBALANCE, Takeover.Order.START_FIRST);
    /** After a move that was asked for. */
    private static final Duration REST = Duration.ofSeconds(5);
    /** After a task of a service that moves by itself began to serve, and how long a node must have been as it is. */
    private static final Duration SETTLED = Duration.ofSeconds(30);
    /** After a move that failed. */
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(5);

    private final Placing placing;

    Rebalancing(Placing placing) {
        this.placing = placing;
    }

    @Override
    public void plan(Draft draft) {
        var watched = Rebalance.watched(draft.state());
        if (watched.isEmpty()) return;
        boolean moved = true;
        boolean any = false;
        while (moved) {
            moved = false;
            for (ServiceId id : watched) moved |= plan(draft, draft.state().services().get(id));
            any |= moved;
        }
        // What waits for a node says how many have no room, and that has changed.
        if (any) placing.plan(draft);
    }

    private static boolean plan(Draft draft, Service service) {
        boolean asked = draft.state().moving().containsKey(service.id());
        boolean auto = draft.state().balanced().contains(service.id());
        if (!asked && !auto) return false;
        if (service.removed() || Rebalance.never(service).isPresent() || asked && isInVain(draft.state(), service, draft.now())) {
            if (asked) draft.add(new Change.MovesEnded(service.id()));
            return false;
        }
        if (!Rebalance.isCalm(draft.state(), service)) return false;
        if (restsUntil(draft.state(), service).filter(draft.now()::isBefore).isPresent()) return false;
        var move = Rebalance.next(
                draft.state(), service, draft.now(), node -> asked || !settledAt(node).isAfter(draft.now()), asked);
        if (move.isEmpty() || !Addressing.hasRoom(draft.state(), service.current())) {
            if (asked) draft.add(new Change.MovesEnded(service.id()));
            return false;
        }
        move(draft, service, move.get());
        return true;
    }

    /** Whether a task of it finds no node, or the move that was asked for has failed. */
    private static boolean isInVain(ClusterState state, Service service, Instant now) {
        var since = state.moving().get(service.id());
        return state.tasksOf(service.id()).stream().anyMatch(task -> task.isPending() && !Backoff.holdsBack(state, task, now))
                || lastMove(state, service).filter(task -> task.endedByItself() && !task.createdAt().isBefore(since)).isPresent();
    }

    private static void move(Draft draft, Service service, Rebalance.Move move) {
        int number = move.task().slot();
        Slot.of(draft.state(), service).stream().filter(slot -> slot.number() == number).findFirst().orElseThrow()
                .succeed(draft, TAKEOVER, draft.now(), move.why(), 0);
        var successor = draft.state().slot(service.id(), number).getLast();
        Addressing.giveWhatItNeeds(draft, successor);
        var demand = Demand.of(draft.state(), service, successor.revision());
        draft.put(successor.on(move.to().id(),
                TaskStatus.of(draft.now(), TaskState.ASSIGNED, "scheduler assigned task to node", ""),
                demand.share(draft.state(), move.to())));
    }

    private static Instant settledAt(Node node) {
        return node.updatedAt().plus(SETTLED);
    }

    private static Optional<Task> lastMove(ClusterState state, Service service) {
        return state.tasksOf(service.id()).stream().filter(task -> task.takesOverFor(Takeover.Reason.REBALANCE)).max(Task.OLDEST_FIRST);
    }

    /** Until when a service's tasks stay where they are, because one of them has only just come there or could not. */
    private static Optional<Instant> restsUntil(ClusterState state, Service service) {
        boolean asked = state.moving().containsKey(service.id());
        var rests = new TreeSet<Instant>();
        for (Task task : state.tasksOf(service.id()))
            if (task.isServing()) task.servingSince().ifPresent(since -> rests.add(since.plus(asked ? REST : SETTLED)));
        if (!asked) lastMove(state, service).filter(Task::endedByItself)
                .ifPresent(task -> rests.add(task.createdAt().plus(AFTER_FAILURE)));
        return rests.isEmpty() ? Optional.empty() : Optional.of(rests.last());
    }

    /** The ends of rests, and when nodes will have been as they are for long enough. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        var watched = Rebalance.watched(state);
        if (watched.isEmpty()) return Optional.empty();
        var times = new TreeSet<Instant>();
        for (ServiceId id : watched) restsUntil(state, state.services().get(id)).ifPresent(times::add);
        for (Node node : state.nodes().values()) if (node.takesTasks()) times.add(settledAt(node));
        return Optional.ofNullable(times.higher(now));
    }
}
