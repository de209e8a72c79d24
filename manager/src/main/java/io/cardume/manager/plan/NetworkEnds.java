package io.cardume.manager.plan;

import io.cardume.api.NetworkId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Networks that were removed go when the last task on them has ended, and what was lost there may be taken to have. */
final class NetworkEnds implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (NetworkId id : List.copyOf(draft.state().endingNetworks()))
            if (!isUsed(draft, id)) draft.add(new Change.NetworkRemoved(id));
    }

    private static boolean isUsed(Draft draft, NetworkId network) {
        return draft.state().addressesOn(network).values().stream().map(draft.state().tasks()::get)
                .anyMatch(task -> !task.isDead() || Addressing.mayHold(draft.state(), task, draft.now()));
    }

    /** When what was lost on such a network may be taken to have ended. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return state.endingNetworks().stream().flatMap(id -> state.addressesOn(id).values().stream()).map(state.tasks()::get)
                .filter(task -> Addressing.mayHold(state, task, now))
                .map(task -> task.status().at().plus(Addressing.LOST)).min(Instant::compareTo);
    }
}
