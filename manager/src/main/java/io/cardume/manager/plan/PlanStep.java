package io.cardume.manager.plan;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import java.time.Instant;
import java.util.Optional;

/** One kind of decision. Taken twice in a row, the second time it changes nothing. */
interface PlanStep {
    /** Adds its changes to the draft. */
    void plan(Draft draft);

    /** When time alone may make it change something more, after it was taken at {@code now}. */
    default Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return Optional.empty();
    }
}
