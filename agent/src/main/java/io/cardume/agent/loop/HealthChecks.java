package io.cardume.agent.loop;

import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.link.AssignedTask;
import java.util.function.Consumer;

/** Checks running containers from outside, for tasks whose service asks for it. */
public interface HealthChecks {
    /**
     * Begins to check a container, until closed; nothing is done for a task that asks for no checks.
     *
     * @param verdict told when the first check has passed, and when the checks have failed for good; may block, so never from the
     *     calling thread
     */
    AutoCloseable begin(AssignedTask task, Container.Running container, Consumer<ProbeVerdict> verdict);
}
