package io.cardume.manager.plan;

import io.cardume.manager.cluster.Draft;
import java.time.Instant;
import java.util.Optional;

/** Decides what should change: a fold over steps, each of which sees what the one before it left. */
public final class Planner {
    private final PlannerSettings settings;

    public Planner(PlannerSettings settings) {
        this.settings = settings;
    }

    /**
     * Adds to the draft what should change now. It looks only at what its state says was touched, and at what is due.
     *
     * @return when time alone may next change something
     */
    public Optional<Instant> plan(Draft draft) {
        return Optional.empty();
    }
}
