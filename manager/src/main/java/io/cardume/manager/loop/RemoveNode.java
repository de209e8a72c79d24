package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;

/**
 * No such node any more; its tasks are replaced elsewhere.
 *
 * @param force whether to remove it even if it is not down
 */
public record RemoveNode(NodeId id, boolean force) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var node = draft.state().node(id)
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "node " + id + " not found"));
        if (node.role() == Node.Role.MANAGER)
            throw new Refusal(Refusal.Kind.INVALID, "rpc error: code = FailedPrecondition desc = node " + id
                    + " is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal");
        if (!force && node.liveness() != Node.Liveness.DOWN)
            throw new Refusal(Refusal.Kind.INVALID,
                    "rpc error: code = FailedPrecondition desc = node " + id + " is not down and can't be removed");
        draft.add(new Change.NodeRemoved(id));
        return null;
    }
}
