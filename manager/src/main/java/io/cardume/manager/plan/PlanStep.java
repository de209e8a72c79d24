package io.cardume.manager.plan;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import java.time.Instant;
import java.util.Optional;

/** One kind of decision. Taken twice in a row, the second time it changes nothing. */
interface PlanStep {
    /** Adds its changes to the draft. */
    void plan(Draft draft);

    /** What it keeps from plan to plan does not hold: the next draft does not go on from where the last one ended. */
    default void forget() {}

    /** The draft is planned to the end; said before {@link #wakeAt}. */
    default void planned(Draft draft) {}

    /** When time alone may make it change something more, after it was taken at {@code now}. */
    default Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return Optional.empty();
    }
}
