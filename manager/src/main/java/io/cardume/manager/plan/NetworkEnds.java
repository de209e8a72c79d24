package io.cardume.manager.plan;

import io.cardume.api.NetworkId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import java.util.List;

/** Networks that were removed go when the last task on them has ended. */
final class NetworkEnds implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (NetworkId id : List.copyOf(draft.state().endingNetworks()))
            if (!isUsed(draft.state(), id)) draft.add(new Change.NetworkRemoved(id));
    }

    private static boolean isUsed(ClusterState state, NetworkId network) {
        return state.addressesOn(network).values().stream().anyMatch(task -> !state.tasks().get(task).isDead());
    }
}
