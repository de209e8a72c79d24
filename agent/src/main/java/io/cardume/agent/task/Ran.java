package io.cardume.agent.task;

/** What came of a command in a container. */
public sealed interface Ran {
    /**
     * It ended.
     *
     * @param exitCode how
     * @param output the last it wrote to standard output and standard error; "" for nothing
     */
    record Ended(int exitCode, String output) implements Ran {}

    /**
     * It had not ended in the time it was given, and may still run.
     *
     * @param handle the engine's name for it
     */
    record Unfinished(String handle) implements Ran {}
}
