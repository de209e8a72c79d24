package io.cardume.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Duration;
import java.util.List;

/**
 * A check the agent runs, from outside the container or as a command in it.
 *
 * @param target what is asked
 * @param interval time from the end of one check to the start of the next; checks are closer together until the first
 *     one passes
 * @param timeout time one check may take
 * @param retries consecutive failures after which it counts as failed; before the first success no more than one failure
 *     per interval counts
 * @param startPeriod time after the container's start in which failures do not count
 */
public record Probe(Target target, Duration interval, Duration timeout, int retries, Duration startPeriod) {
    public Probe {
        if (!interval.isPositive()) throw new IllegalArgumentException("interval is not positive: " + interval);
        if (!timeout.isPositive()) throw new IllegalArgumentException("timeout is not positive: " + timeout);
        if (retries < 1) throw new IllegalArgumentException("retries is less than 1: " + retries);
        if (startPeriod.isNegative()) throw new IllegalArgumentException("start period is negative: " + startPeriod);
    }

    /** What a probe asks, always of the container itself; as text it is what the label says. */
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

        /** A command in the container that exits with 0; program and arguments. */
        record Exec(List<String> command) implements Target {
            public Exec {
                command = Copies.list(command);
                if (command.isEmpty() || command.getFirst().isEmpty()) throw new IllegalArgumentException("a command names its program");
            }

            /** A line for the container's shell, as {@code CMD-SHELL} of a health check. */
            public static Exec shell(String line) {
                return new Exec(List.of("/bin/sh", "-c", line));
            }

            @Override
            public String toString() {
                boolean shell = command.size() == 3 && command.subList(0, 2).equals(List.of("/bin/sh", "-c"));
                return "exec:" + (shell ? command.getLast() : json());
            }

            private String json() {
                try {
                    return Json.lenient().writeValueAsString(command);
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }
}
