package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.Optional;

/**
 * Who may stay where it is: what was on a node that is down or removed is orphaned; what is on one that no longer meets its
 * constraints is told to stop. So is what is on a drained node, but for what a slot lives by and can move: {@link Drain} sees
 * to that. The slots step fills the places.
 */
final class Evictions implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (NodeId id : draft.state().touched().nodes()) {
            if (isAsItWas(draft.state(), id)) continue;
            for (Task task : draft.state().tasksOn(id))
                if (!task.isDead()) judge(draft, draft.state().node(id), task);
        }
    }

    /**
     * Whether only tasks of a node changed, and it is one that takes some: they were placed where they may be. Tasks report often, and
     * looking at all others of the node each time is most of what a large cluster would cost.
     */
    private static boolean isAsItWas(ClusterState state, NodeId id) {
        return !state.touched().changed().contains(id) && !state.portTroubles().containsKey(id)
                && state.node(id).filter(node -> node.liveness() != Node.Liveness.DOWN && node.availability() != Node.Availability.DRAIN).isPresent();
    }

    private static void judge(Draft draft, Optional<Node> where, Task task) {
        if (where.isEmpty()) draft.put(task.orphaned(draft.now(), "node " + task.node().orElseThrow() + " was removed"));
        else if (where.get().liveness() == Node.Liveness.DOWN)
            draft.put(task.orphaned(draft.now(), "node " + where.get().id() + " is down: " + where.get().message()));
        else if (!mayStay(draft, where.get(), task)) Barrier.leave(draft, task, DesiredState.SHUTDOWN);
    }

    private static boolean mayStay(Draft draft, Node node, Task task) {
        var service = draft.state().services().get(task.service());
        boolean isLivedBy = task.isServing() && !draft.state().successors().contains(task.id());
        boolean drained = node.availability() == Node.Availability.DRAIN && !(isLivedBy && Drain.moves(service));
        // What does not run yet had better run where its ports are answered; what runs is reached by the other nodes. What takes
        // over may do so where the one before it had the port: the agent says in a moment that it is free.
        boolean shutOut = !task.isRunning() && task.takeover().isEmpty() && TakenPorts.of(draft.state(), service.id()).containsKey(node.id());
        return !drained && !shutOut && meetsConstraints(service, task, node);
    }

    /** By the placement the task was made with; what a later one asks is the rollout's to carry out, slot by slot. */
    private static boolean meetsConstraints(Service service, Task task, Node node) {
        return Constraint.allMet(service.revisions().get(task.revision()), node);
    }
}
