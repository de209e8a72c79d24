package io.cardume.agent.loop;

import io.cardume.agent.engine.Changed;
import io.cardume.agent.task.Container;
import io.cardume.api.Mount;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.VolumeOptions;
import io.cardume.api.link.AssignedTask;
import java.util.Optional;

/**
 * What is known of a container's end from the news of it alone. The engine tells of an end before it has cleared up after the
 * container, and answers no question about that one until it has: who need not wait for it is not to.
 */
final class Ending {
    /** SIGKILL, be it by a user or by the kernel for want of memory. */
    private static final int KILLED = 137;

    private Ending() {}

    /**
     * The container after its end; empty if it has to be looked at: when it is not the one that was seen, when its end may have
     * another reason than the news says, or when it had something that is only free for the next one when the engine has cleared up.
     *
     * @param seen as it was seen last
     * @param assigned its task; empty if nobody wants it any more
     */
    static Optional<Container> shown(Changed news, Container seen, Optional<AssignedTask> assigned) {
        if (!(seen instanceof Container.Running running)) return Optional.empty();
        return news.end()
                .filter(end -> end.container().equals(running.id()) && running.ports().isEmpty())
                .filter(end -> assigned.filter(task -> isToBeLookedAt(task, end)).isEmpty())
                .map(end -> new Container.Exited(end.container(), end.exitCode(), false, end.at(), ""));
    }

    private static boolean isToBeLookedAt(AssignedTask task, Changed.End end) {
        boolean addresses = task.spec().networks().stream().anyMatch(network -> PredefinedNetwork.of(network.target()).isEmpty());
        boolean volumes = task.spec().containerSpec().mounts().stream().map(Mount::volumeOptions).flatMap(Optional::stream)
                .map(VolumeOptions::driverConfig).anyMatch(Optional::isPresent);
        return addresses || volumes || end.exitCode() == KILLED && task.spec().limits().memoryBytes() > 0;
    }
}
