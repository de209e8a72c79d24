package io.cardume.manager.plan;

import io.cardume.api.NetworkId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import java.util.List;

/** Networks that were removed go when the last task on them has ended. */
final class NetworkEnds implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (NetworkId id : List.copyOf(draft.state().endingNetworks()))
            if (!isUsed(draft.state(), id)) draft.add(new Change.NetworkRemoved(id));
    }

    private static boolean isUsed(ClusterState state, NetworkId network) {
        for (Service service : state.services().values()) {
            if (service.revisions().values().stream().noneMatch(revision -> revision.isOn(network))) continue;
            if (state.tasksOf(service.id()).stream()
                    .anyMatch(task -> !task.isDead() && service.revisions().get(task.revision()).isOn(network))) return true;
        }
        return false;
    }
}
