package io.cardume.manager.cluster;

import java.time.Instant;
import java.util.Optional;

/**
 * How the replacement of a service's tasks by those of a new revision goes. With the tasks' own times it is all there is to
 * know of where it stands, so a manager that was killed goes on there.
 *
 * @param state where it is
 * @param startedAt when it began; what failed before does not count
 * @param completedAt when it was completed
 * @param message in words
 * @param slots how many slots were to change when it began, at least one; 0 = not counted yet
 */
public record UpdateStatus(State state, Instant startedAt, Optional<Instant> completedAt, String message, int slots) {
    /** Where an update is, in Swarm's words. */
    public enum State {
        UPDATING,
        /** New tasks failed: the remaining old ones stay until the service is updated again. */
        PAUSED,
        COMPLETED,
        /** On the way back to an older revision. */
        ROLLBACK_STARTED,
        /** Tasks failed on the way back: what runs stays until the service is updated again. */
        ROLLBACK_PAUSED,
        ROLLBACK_COMPLETED;

        /** Whether tasks are being replaced, or the replaced ones watched. */
        public boolean isGoing() {
            return this == UPDATING || this == ROLLBACK_STARTED;
        }

        /** Whether it was stopped half way. */
        public boolean isPaused() {
            return this == PAUSED || this == ROLLBACK_PAUSED;
        }

        /** Whether it is one back. */
        public boolean isRollback() {
            return this == ROLLBACK_STARTED || this == ROLLBACK_PAUSED || this == ROLLBACK_COMPLETED;
        }
    }

    /** An update that begins. */
    public static UpdateStatus updating(Instant now, String message, int slots) {
        return new UpdateStatus(State.UPDATING, now, Optional.empty(), message, slots);
    }

    /** A rollback that begins. */
    public static UpdateStatus rollingBack(Instant now, String message) {
        return new UpdateStatus(State.ROLLBACK_STARTED, now, Optional.empty(), message, 0);
    }

    /** With the number of slots that are to change. */
    public UpdateStatus counted(int count) {
        return new UpdateStatus(state, startedAt, completedAt, message, count);
    }

    /** With other words. */
    public UpdateStatus saying(String words) {
        return new UpdateStatus(state, startedAt, completedAt, words, slots);
    }

    /** Stopped half way. */
    public UpdateStatus paused(String words) {
        return new UpdateStatus(
                state.isRollback() ? State.ROLLBACK_PAUSED : State.PAUSED, startedAt, Optional.empty(), words, slots);
    }

    /** At its end. */
    public UpdateStatus completed(Instant now, String words) {
        return new UpdateStatus(
                state.isRollback() ? State.ROLLBACK_COMPLETED : State.COMPLETED, startedAt, Optional.of(now), words, slots);
    }
}
