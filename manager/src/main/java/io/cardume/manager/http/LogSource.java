package io.cardume.manager.http;

import io.cardume.api.TaskId;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import java.util.function.Consumer;

/** Where the lines of a task's log come from. */
@FunctionalInterface
public interface LogSource {
    /**
     * Gives the lines to {@code sink}, which may block, and returns at their end; interrupting the calling thread ends it
     * early.
     *
     * @throws InterruptedException when nobody wants them any more
     * @throws Exception if they cannot be had, or not to their end; the message says why
     */
    void follow(TaskId task, LogOptions options, Consumer<LogLine> sink) throws Exception;
}
