package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;

/**
 * When an old task goes, whatever the reason. New before old: when its successor takes requests. Stop first: as soon as its
 * successor is prepared, so that the slot is empty no longer than a stop and a start take; or when it is itself what keeps
 * a new revision from its node, by a fixed port or by what it reserves. It is the one place where a task that serves is
 * told to stop for the sake of another.
 */
final class Handover implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id).ifPresent(service -> plan(draft, service));
    }

    private static void plan(Draft draft, Service service) {
        for (Slot slot : Slot.of(draft.state(), service)) {
            if (slot.serving().isEmpty() || slot.next().isEmpty()) continue;
            var old = slot.serving().get();
            var next = slot.next().get();
            if (mayTakeOver(next) || isInTheWay(draft.state(), service, old, next))
                draft.put(old.ending(DesiredState.SHUTDOWN, draft.now()));
        }
    }

    private static boolean mayTakeOver(Task next) {
        return next.startsFirst() ? next.isServing() : next.status().state().compareTo(TaskState.READY) >= 0;
    }

    private static boolean isInTheWay(ClusterState state, Service service, Task old, Task next) {
        if (!next.takesOverFor(Takeover.Reason.REVISION) || next.node().isPresent() || old.node().isEmpty()) return false;
        if (new StartOrder(state).holdsBack(next)) return false;
        var node = state.nodes().get(old.node().get());
        var without = state.load(node.id()).without(service.revisions().get(old.revision()));
        var replicas = new Spread(state, service, old.createdAt()).replicas(node.id());
        return Demand.of(state, service, next.revision()).veto(node, without, replicas).isEmpty();
    }
}
