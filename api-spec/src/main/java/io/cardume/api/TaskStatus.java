package io.cardume.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a task: who last observed it decides the words.
 *
 * @param at when it was observed
 * @param state where it is in its life
 * @param message what is going on, in words; "" when nothing is to be said
 * @param err why it is not where it should be, in words, the engine's verbatim; "" when nothing is wrong
 * @param container its container, once there is one
 * @param ports host ports it is reachable at, once it runs
 * @param oomKilled whether the kernel killed it for want of memory
 * @param restarts how often the agent restarted its container while no manager could be reached
 * @param ready whether it takes requests: it runs, and its readiness check passes or it has none
 * @param probe what the last check that did not pass found, in words; "" when the last one passed or there was none
 * @param ailing why it should be replaced although it runs: its liveness check fails for good, in words; "" when it is well
 */
public record TaskStatus(
        Instant at,
        TaskState state,
        String message,
        String err,
        Optional<ContainerStatus> container,
        List<PortConfig> ports,
        boolean oomKilled,
        int restarts,
        boolean ready,
        String probe,
        String ailing) {
    public TaskStatus {
        if (at == null || state == null) throw new IllegalArgumentException("a task's status says its time and its state");
        message = Copies.commonWords(message);
        err = Copies.words(err);
        container = Copies.optional(container);
        ports = Copies.list(ports);
        probe = Copies.words(probe);
        ailing = Copies.words(ailing);
    }

    /** A status with words only: no container, no ports; ready if it runs. */
    public static TaskStatus of(Instant at, TaskState state, String message, String err) {
        return new TaskStatus(at, state, message, err, Optional.empty(), List.of(), false, 0, state == TaskState.RUNNING, "", "");
    }

    /** The same with what its checks say. */
    public TaskStatus checked(boolean takesRequests, String lastFailure, String unwell) {
        return new TaskStatus(at, state, message, err, container, ports, oomKilled, restarts, takesRequests, lastFailure, unwell);
    }

    /** The same with another message. */
    public TaskStatus saying(String other) {
        return new TaskStatus(at, state, other, err, container, ports, oomKilled, restarts, ready, probe, ailing);
    }

    /** Whether it says the same, whenever it was said. */
    public boolean saysTheSameAs(TaskStatus other) {
        return new TaskStatus(other.at, state, message, err, container, ports, oomKilled, restarts, ready, probe, ailing).equals(other);
    }
}
