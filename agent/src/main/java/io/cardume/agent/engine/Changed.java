package io.cardume.agent.engine;

import io.cardume.agent.task.Container;
import io.cardume.api.TaskId;

/**
 * What the engine says has happened to a task's container.
 *
 * @param task whose container it is
 * @param how what has happened
 */
public record Changed(TaskId task, How how) {
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
