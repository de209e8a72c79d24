package io.cardume.agent.loop;

import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.link.AssignedTask;
import java.util.function.Consumer;

/** Looks at running containers from outside: what the checks that a service asks for come to, and who is connected. */
public interface HealthChecks {
    /**
     * Begins to check a container, until closed; nothing is done for a task that asks for no checks.
     *
     * @param presumed what holds before the checks have come to anything
     * @param verdict told of every change of what they have come to; may block, so never from the calling thread
     */
    AutoCloseable begin(AssignedTask task, Container.Running container, ProbeVerdict presumed, Consumer<ProbeVerdict> verdict);

    /** Whether others are connected to a container that listens for them. */
    default boolean isConnected(Container.Running container) {
        return false;
    }
}
