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

    /** Who is connected to a container. */
    enum Connected {
        NOBODY,
        SOMEBODY,
        /** It cannot be seen: the container's processes are not seen from here, or have just ended. */
        UNSEEN
    }

    /** Whether others are connected to a container that listens for them. */
    default Connected connected(Container.Running container) {
        return Connected.NOBODY;
    }
}
