package io.cardume.agent.task;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartPolicy;
import io.cardume.api.link.AssignedTask;
import java.util.Optional;

/**
 * What is wanted of one task, and under which circumstances.
 *
 * @param desired what the manager wants
 * @param image the image its container is made of
 * @param restart its restart policy; only asked while no manager can be reached
 * @param probed whether the agent checks its health from outside the container
 * @param portsFree whether no ended task's container still holds a host port it needs
 * @param offline whether the manager has not been heard for so long that the agent decides alone
 */
public record Wanted(
        DesiredState desired,
        String image,
        Optional<RestartPolicy> restart,
        boolean probed,
        boolean portsFree,
        boolean offline) {
    /** A container of our cluster whose task nobody remembers. */
    public static final Wanted GONE = new Wanted(DesiredState.REMOVE, "", Optional.empty(), false, true, false);

    /** The service label that asks for a probe. */
    private static final String PROBE = "cardume.health";

    /** An assigned task, its ports free and the manager near. */
    public static Wanted of(AssignedTask task) {
        return new Wanted(
                task.desired(),
                task.spec().containerSpec().image(),
                task.spec().restartPolicy(),
                task.serviceLabels().containsKey(PROBE),
                true,
                false);
    }

    /** The same, told to be something else. */
    public Wanted desired(DesiredState other) {
        return new Wanted(other, image, restart, probed, portsFree, offline);
    }

    /** The same, with its host ports free or not. */
    public Wanted portsFree(boolean free) {
        return new Wanted(desired, image, restart, probed, free, offline);
    }

    /** The same, with the manager away or not. */
    public Wanted offline(boolean away) {
        return new Wanted(desired, image, restart, probed, portsFree, away);
    }
}
