package io.cardume.agent.engine;

import io.cardume.api.ClusterId;
import io.cardume.api.ExecSpec;
import io.cardume.api.TaskId;
import java.io.InputStream;
import java.util.Optional;

/**
 * What can be seen of containers of tasks, and commands run in them, for whoever asks through a manager. What is seen is
 * the engine's own JSON. Every call blocks, may be made from any thread, and ends when its thread is interrupted.
 */
public interface Console {
    /** Takes parts of an answer; it may block to slow the engine down. */
    @FunctionalInterface
    interface Sink {
        /** @param channel 1 = standard output or the only one there is, 2 = standard error */
        void take(int channel, byte[] bytes) throws InterruptedException;
    }

    /**
     * The cluster's containers as the engine lists them, a JSON array.
     *
     * @param filters the engine's filters as JSON; "" = none
     * @param all those that do not run too
     * @param size with their sizes
     */
    String list(ClusterId cluster, String filters, boolean all, boolean size) throws EngineException;

    /** A task's container, a JSON object. */
    String inspect(TaskId task, boolean size) throws EngineException;

    /** The processes of a task's container, a JSON object; {@code arguments} are those of {@code ps}, "" = the engine's. */
    String top(TaskId task, String arguments) throws EngineException;

    /** What a task's container uses, one JSON object or, as long as it runs, one a second; each ends with a line end. */
    void stats(TaskId task, boolean stream, boolean oneShot, Sink sink) throws EngineException, InterruptedException;

    /** Prepares a command in a task's running container; the engine's id of it. */
    String create(TaskId task, ExecSpec exec) throws EngineException;

    /**
     * Runs a prepared command to its end, and gives its exit code; empty if it has closed its outputs and runs on. If the
     * thread is interrupted before, the command is ended, by force if it must be.
     *
     * @param tty whether it was prepared with a terminal
     * @param input what goes to its standard input; empty if it was prepared without
     */
    Optional<Integer> run(String exec, boolean tty, Optional<InputStream> input, Sink sink)
            throws EngineException, InterruptedException;

    /** Starts a prepared command and leaves it alone. */
    void start(String exec) throws EngineException;

    /** The exit code of a prepared command; empty while it has none. */
    Optional<Integer> exitCode(String exec) throws EngineException;

    /** Gives a running command's terminal another size. */
    void resize(String exec, int rows, int columns) throws EngineException;
}
