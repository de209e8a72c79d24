package io.cardume.manager.loop;

import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;

/**
 * The end of the cluster: its state is gone, agents remove its containers.
 *
 * @param force whether that is meant
 */
public record LeaveCluster(boolean force) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        var cluster = draft.state().cluster().orElseThrow(
                () -> new Refusal(Refusal.Kind.UNAVAILABLE, "This node is not part of a swarm"));
        if (!force)
            throw new Refusal(Refusal.Kind.UNAVAILABLE,
                    "You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. ");
        draft.add(new Change.ClusterEnded(cluster.id()));
        return null;
    }
}
