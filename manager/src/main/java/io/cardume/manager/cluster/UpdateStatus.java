package io.cardume.manager.cluster;

import java.time.Instant;
import java.util.Optional;

/**
 * How the replacement of a service's tasks by those of a new revision goes.
 *
 * @param state where it is
 * @param startedAt when it began
 * @param completedAt when it was completed
 * @param message in words
 */
public record UpdateStatus(State state, Instant startedAt, Optional<Instant> completedAt, String message) {
    /** Where an update is. */
    public enum State {
        UPDATING,
        COMPLETED,
        /** A new task failed: the remaining old ones stay until the service is updated again. */
        PAUSED
    }
}
