package io.cardume.api;

import java.time.Duration;

/**
 * A check the agent runs from outside the container.
 *
 * @param target what is asked
 * @param interval time from the end of one check to the start of the next; checks are closer together until the first
 *     one passes
 * @param timeout time one check may take
 * @param retries consecutive failures after which the task has failed for good; before the first success no more than
 *     one failure per interval counts
 * @param startPeriod time after the container's start in which failures do not count
 */
public record Probe(Target target, Duration interval, Duration timeout, int retries, Duration startPeriod) {
    public Probe {
        if (!interval.isPositive()) throw new IllegalArgumentException("interval is not positive: " + interval);
        if (!timeout.isPositive()) throw new IllegalArgumentException("timeout is not positive: " + timeout);
        if (retries < 1) throw new IllegalArgumentException("retries is less than 1: " + retries);
        if (startPeriod.isNegative()) throw new IllegalArgumentException("start period is negative: " + startPeriod);
    }

    /** What a probe asks, always at the container's own address; as text it is what the label says. */
    public sealed interface Target {
        /** GET of a path; any status from 200 to 399 is healthy. */
        record Http(int port, String path) implements Target {
            @Override
            public String toString() {
                return "http://:" + port + path;
            }
        }

        /** A connection that opens. */
        record Tcp(int port) implements Target {
            @Override
            public String toString() {
                return "tcp://:" + port;
            }
        }
    }
}
