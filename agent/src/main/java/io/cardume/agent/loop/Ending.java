package io.cardume.agent.loop;

import io.cardume.agent.engine.Changed;
import io.cardume.agent.task.Container;
import io.cardume.api.Driver;
import io.cardume.api.Mount;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.VolumeOptions;
import io.cardume.api.link.AssignedTask;
import java.util.Collections;
import java.util.Optional;

/**
 * What is known of a container's end from the news of it alone. The engine tells of an end before it has cleared up after the
 * container, and answers no question about that one until it has: who need not wait for it is not to.
 */
final class Ending {
    /** The driver whose volumes are on the host itself, free as soon as nothing runs that uses them. */
    private static final Driver ON_THE_HOST = new Driver("local", Collections.emptySortedMap());

    private Ending() {}

    /**
     * The container after its end; empty if it has to be looked at: when what was seen is not it, or a later run of it, when its end may
     * have another reason than the news says, or when it had something that is only free for the next one when the engine has cleared up.
     *
     * @param seen as it was seen last
     * @param assigned its task; empty if it is known that nobody wants it any more
     */
    static Optional<Container> shown(Changed news, Container seen, Optional<AssignedTask> assigned) {
        if (!(seen instanceof Container.Running running)) return Optional.empty();
        return news.end()
                .filter(end -> end.container().equals(running.id()) && end.at().isAfter(running.startedAt()) && running.ports().isEmpty())
                .filter(end -> assigned.filter(task -> isToBeLookedAt(task, end)).isEmpty())
                .map(end -> new Container.Exited(end.container(), end.exitCode(), false, end.at(), ""));
    }

    /** The same of what is known of a task; before a manager has said whether it is wanted, it may have had anything. */
    static Optional<Container> shown(Changed news, Kept kept) {
        return kept.known && (kept.forgotten || kept.assigned.isPresent()) ? shown(news, kept.observed, kept.assigned) : Optional.empty();
    }

    private static boolean isToBeLookedAt(AssignedTask task, Changed.End end) {
        boolean addresses = task.spec().networks().stream().anyMatch(network -> PredefinedNetwork.of(network.target()).isEmpty());
        boolean volumes = task.spec().containerSpec().mounts().stream().anyMatch(Ending::mayBeOfAnotherDriver);
        // Whether the kernel killed a process of it for want of memory may have been told before the engine's news were heard.
        return addresses || volumes || end.exitCode() != 0 && task.spec().limits().memoryBytes() > 0;
    }

    /** A volume that has a name may have been made before, by whatever driver, if the task does not say which. */
    private static boolean mayBeOfAnotherDriver(Mount mount) {
        if (!mount.type().isEmpty() && !mount.type().equals("volume")) return false;
        var driver = mount.volumeOptions().flatMap(VolumeOptions::driverConfig);
        return driver.isPresent() ? !driver.get().equals(ON_THE_HOST) : mount.source().isPresent();
    }
}
