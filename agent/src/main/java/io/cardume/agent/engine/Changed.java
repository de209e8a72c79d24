package io.cardume.agent.engine;

import io.cardume.agent.task.Container;
import io.cardume.api.TaskId;
import java.time.Instant;
import java.util.Optional;

/**
 * What the engine says has happened to a task's container.
 *
 * @param task whose container it is
 * @param how what has happened
 * @param end how it ended, if that is what has happened and the engine says enough of it
 */
public record Changed(TaskId task, How how, Optional<End> end) {
    /** Something of which nothing more is known. */
    public Changed(TaskId task, How how) {
        this(task, how, Optional.empty());
    }

    /** Both have happened, in this order. */
    public Changed and(Changed later) {
        var both = how.and(later.how);
        return new Changed(task, both, both == How.ENDED ? later.end : Optional.empty());
    }

    /**
     * How a container ended that the kernel did not kill for want of memory.
     *
     * @param container the engine's id of it
     * @param exitCode of its first process
     * @param at when
     */
    public record End(String container, int exitCode, Instant at) {}

    /** What may happen to a container. */
    public enum How {
        STARTED,
        ENDED,
        REMOVED,
        /** Something else, or several things. */
        SOMEHOW;

        /** Both have happened. */
        public How and(How other) {
            return this == other ? this : SOMEHOW;
        }

        /** Whether a container that was seen so shows that it has happened, so that there is nothing more to be seen. */
        public boolean isSeenIn(Container container) {
            return switch (this) {
                case STARTED -> container instanceof Container.Running;
                case ENDED -> container instanceof Container.Exited;
                case REMOVED -> container instanceof Container.Absent;
                case SOMEHOW -> false;
            };
        }
    }
}
