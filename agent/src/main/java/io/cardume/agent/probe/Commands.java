package io.cardume.agent.probe;

import io.cardume.agent.task.Ran;
import io.cardume.api.TaskId;
import java.time.Duration;
import java.util.List;

/** Runs commands in tasks' containers. */
public interface Commands {
    /** What came of a command that has so long. */
    Ran run(TaskId task, List<String> command, Duration limit) throws Unanswered, Refused;

    /** Whether a command that was unfinished still runs. */
    boolean runs(String handle) throws Unanswered;

    /** Nobody can tell: the engine did not answer, or the container is not there. It says nothing of the task. */
    final class Unanswered extends Exception {
        private static final long serialVersionUID = 1;

        public Unanswered(String words, Throwable cause) {
            super(words, cause);
        }
    }

    /** The command cannot be run in this container, in the engine's words. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        public Refused(String words, Throwable cause) {
            super(words, cause);
        }
    }
}
