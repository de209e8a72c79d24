package io.cardume.agent.task;

import io.cardume.api.PortConfig;
import java.time.Instant;
import java.util.List;

/** A task's container as the engine shows it. */
public sealed interface Container {
    /** There is none. */
    record Absent() implements Container {}

    /** Made, never started. */
    record Created(String id) implements Container {}

    /**
     * It runs.
     *
     * @param id the engine's id
     * @param pid its first process on the host
     * @param startedAt when it was started
     * @param health what the engine's health check says
     * @param ports host ports bound for it, the engine's choices filled in
     * @param addresses its addresses on its networks, most specific first; empty with host networking
     */
    record Running(
            String id, long pid, Instant startedAt, Health health, List<PortConfig> ports, List<String> addresses)
            implements Container {
        public Running {
            ports = List.copyOf(ports);
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * It ended.
     *
     * @param id the engine's id
     * @param exitCode how
     * @param oomKilled whether the kernel killed a process of it for want of memory
     * @param finishedAt when
     * @param error what the engine says went wrong (for example on a failed start); "" for nothing
     */
    record Exited(String id, int exitCode, boolean oomKilled, Instant finishedAt, String error) implements Container {}

    /** What the engine's own health check says of a running container. */
    enum Health {
        /** There is no health check. */
        NONE,
        STARTING,
        HEALTHY,
        UNHEALTHY
    }
}
