package io.cardume.api;

import java.time.Duration;

/**
 * A check the agent runs from outside the container.
 *
 * @param target what is asked
 * @param interval time from the end of one check to the start of the next
 * @param timeout time one check may take
 * @param retries consecutive failures after which the task has failed for good
 * @param startPeriod time after the container's start in which failures do not count
 */
public record Probe(Target target, Duration interval, Duration timeout, int retries, Duration startPeriod) {
    /** What a probe asks, always at the container's own address. */
    public sealed interface Target {
        /** GET of a path; any status from 200 to 399 is healthy. */
        record Http(int port, String path) implements Target {}

        /** A connection that opens. */
        record Tcp(int port) implements Target {}
    }
}
