package io.cardume.agent.task;

import io.cardume.api.DesiredState;
import io.cardume.api.DrainLabels;
import io.cardume.api.HealingFloor;
import io.cardume.api.ProbeLabels;
import io.cardume.api.RestartPolicy;
import io.cardume.api.link.AssignedTask;
import java.time.Duration;
import java.util.Optional;

/**
 * What is wanted of one task, and under which circumstances.
 *
 * @param desired what the manager wants
 * @param image the image its container is made of
 * @param restart its restart policy; only asked while no manager can be reached
 * @param presumed what holds of its container before the agent's own checks have come to anything
 * @param healing who decides that it is replaced because a check of it fails for good
 * @param portsFree whether no ended task's container still holds a host port it needs
 * @param offline whether the manager has not been heard for so long that the agent decides alone
 * @param drain how long its open connections are waited for before it is stopped because it is told to end
 */
public record Wanted(
        DesiredState desired,
        String image,
        Optional<RestartPolicy> restart,
        ProbeVerdict presumed,
        Healing healing,
        boolean portsFree,
        boolean offline,
        Duration drain) {
    /** Who decides that a running task is replaced because a check of it fails for good. */
    public enum Healing {
        /** The manager, which has not said so; alone, the agent does. */
        ASKS,
        /** The manager, which has not said so; alone, nobody does, for a floor is set that the agent cannot count. */
        ONLY_ASKS,
        /** The manager has said so. */
        ALLOWED
    }

    /** A container of our cluster whose task nobody remembers. */
    public static final Wanted GONE = new Wanted(
            DesiredState.REMOVE, "", Optional.empty(), ProbeVerdict.of(true, true), Healing.ASKS, true, false, Duration.ZERO);

    /** An assigned task, its ports free and the manager near. */
    public static Wanted of(AssignedTask task) {
        return new Wanted(
                task.desired(), task.spec().containerSpec().image(), task.spec().restartPolicy(), presumed(task), healing(task),
                true, false, task.known().reached() ? DrainLabels.of(task.serviceLabels()) : Duration.ZERO);
    }

    /** What the manager remembers of the task, so that nothing that runs has to prove itself again to a new agent. */
    private static ProbeVerdict presumed(AssignedTask task) {
        var labels = task.serviceLabels();
        return ProbeVerdict.of(
                task.known().started() || !ProbeLabels.gateStart(labels), task.known().ready() || !ProbeLabels.gateRequests(labels));
    }

    private static Healing healing(AssignedTask task) {
        if (task.known().mayHeal()) return Healing.ALLOWED;
        return task.serviceLabels().containsKey(HealingFloor.LABEL) ? Healing.ONLY_ASKS : Healing.ASKS;
    }

    /** The same, its container started again since the manager last heard of it, so that what was known of it is void. */
    public Wanted startedAgain(AssignedTask task) {
        var labels = task.serviceLabels();
        var anew = ProbeVerdict.of(!ProbeLabels.gateStart(labels), !ProbeLabels.gateRequests(labels));
        return new Wanted(desired, image, restart, anew, healing, portsFree, offline, drain);
    }

    /** The same, told to end without waiting for anyone. */
    public Wanted endingAtOnce() {
        return new Wanted(DesiredState.SHUTDOWN, image, restart, presumed, healing, portsFree, offline, Duration.ZERO);
    }

    /** The same, with its host ports free or not. */
    public Wanted portsFree(boolean free) {
        return new Wanted(desired, image, restart, presumed, healing, free, offline, drain);
    }

    /** The same, with the manager away or not. */
    public Wanted offline(boolean away) {
        return new Wanted(desired, image, restart, presumed, healing, portsFree, away, drain);
    }
}
