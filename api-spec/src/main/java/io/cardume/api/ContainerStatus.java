package io.cardume.api;

import java.util.Optional;

/**
 * A task's container on its node.
 *
 * @param containerId the engine's id, 64 hex digits
 * @param pid its first process on the host; 0 while it does not run
 * @param exitCode how it ended; empty while it has not
 */
public record ContainerStatus(String containerId, long pid, Optional<Integer> exitCode) {
    public ContainerStatus {
        exitCode = Copies.optional(exitCode);
    }
}
