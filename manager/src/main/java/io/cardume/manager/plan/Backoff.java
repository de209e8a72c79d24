package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long a slot rests before its next run where the caller said nothing: not at all after the first end, then twice as
 * long each time. A part is taken off by the task's id, so that many slots that fail together do not restart together.
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration LONGEST_AFTER_SUCCESS = Duration.ofSeconds(5);
    private static final Duration HEALTHY_SPELL = Duration.ofSeconds(60);
    private static final int DOUBLINGS = 9;

    private Backoff() {}

    /** Whether a dead task had run so long that what was before it is forgiven. */
    static boolean isHealthySpell(Task dead) {
        return dead.runningSince()
                .filter(since -> !dead.status().at().isBefore(since.plus(HEALTHY_SPELL)))
                .isPresent();
    }

    /** How long to wait after the given number of runs that ended one after the other, the last of them {@code dead}. */
    static Duration after(Task dead, int failures) {
        if (failures <= 1) return Duration.ZERO;
        var longest = dead.status().state() == TaskState.COMPLETE ? LONGEST_AFTER_SUCCESS : LONGEST;
        var grown = FIRST.multipliedBy(1L << Math.min(failures - 2, DOUBLINGS));
        var whole = grown.compareTo(longest) < 0 ? grown : longest;
        return whole.minus(whole.multipliedBy(Mix.of(dead.id().value()) & 0xff).dividedBy(1024));
    }

    /**
     * Whether a task stays without a node until its time has come. Others are prepared meanwhile; but where the one before it
     * was rejected while it was prepared, this one may be as soon as it is, and there would be no rest at all.
     */
    static boolean holdsBack(ClusterState state, Task task, Instant now) {
        return task.isPending() && task.desired() == DesiredState.READY && task.notBefore().filter(now::isBefore).isPresent()
                && rejected(state, task).isPresent();
    }

    /** The task before it in its slot, if its node could not prepare that. */
    static Optional<Task> rejected(ClusterState state, Task task) {
        return state.slot(task.service(), task.slot()).reversed().stream()
                .filter(other -> !other.id().equals(task.id()))
                .findFirst()
                .filter(other -> other.status().state() == TaskState.REJECTED);
    }
}
