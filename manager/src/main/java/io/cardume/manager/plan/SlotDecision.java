package io.cardume.manager.plan;

import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a slot needs. */
sealed interface SlotDecision {
    /** Nothing: it has a living task. */
    record Keep() implements SlotDecision {}

    /**
     * Another task.
     *
     * @param notBefore when it may run
     * @param why in words
     * @param failures runs that ended one after the other before it, without a healthy spell
     */
    record Fill(Instant notBefore, String why, int failures) implements SlotDecision {}

    /** Nothing more: the restart policy says so. */
    record GiveUp(String why) implements SlotDecision {}

    /** What a slot needs now. */
    static SlotDecision of(Slot slot, Instant now) {
        if (slot.live().isPresent()) return new Keep();
        return of(slot.service().current().template().restartPolicy(), slot.currentRun(), now);
    }

    /**
     * What a slot without a living task needs.
     *
     * @param policy what the caller said of restarts; empty = nothing
     * @param newestFirst its tasks of the current revision, see {@link Slot#currentRun}
     */
    static SlotDecision of(Optional<RestartPolicy> policy, List<Task> newestFirst, Instant now) {
        if (newestFirst.isEmpty()) return new Fill(now, "the service has a new revision", 0);
        var last = newestFirst.getFirst();
        if (!last.isDead()) return new Fill(now, "task " + last.id() + " has to leave its node", last.failures());
        if (last.status().state() == TaskState.ORPHANED)
            return new Fill(now, "task " + last.id() + " was lost: " + last.status().err(), last.failures());
        if (!last.endedByItself()) return new Fill(now, "task " + last.id() + " was stopped", last.failures());
        return restart(policy, newestFirst, last, now);
    }

    private static SlotDecision restart(Optional<RestartPolicy> policy, List<Task> newestFirst, Task last, Instant now) {
        boolean complete = last.status().state() == TaskState.COMPLETE;
        var condition = policy.flatMap(RestartPolicy::condition).orElse(RestartCondition.ANY);
        if (condition == RestartCondition.NONE || complete && condition == RestartCondition.ON_FAILURE)
            return new GiveUp("not restarted: the restart condition is "
                    + (condition == RestartCondition.NONE ? "none" : "on-failure"));
        long limit = policy.flatMap(RestartPolicy::maxAttempts).orElse(0L);
        if (limit > 0 && endedWithin(policy.flatMap(RestartPolicy::window), newestFirst, last) > limit)
            return new GiveUp("not restarted: " + limit + " restarts were attempted, as many as the restart policy allows");
        int failures = Backoff.isHealthySpell(last) ? 1 : last.failures() + 1;
        Duration delay = policy.flatMap(RestartPolicy::delay).orElseGet(() -> Backoff.after(last, failures));
        return new Fill(now.plus(delay), "task " + last.id() + (complete ? " has completed" : " has failed"), failures);
    }

    /** How many tasks ended by themselves; within the window before the last one did, if there is one. */
    private static long endedWithin(Optional<Duration> window, List<Task> newestFirst, Task last) {
        var from = window.filter(Duration::isPositive).map(last.status().at()::minus).orElse(Instant.MIN);
        return newestFirst.stream().filter(Task::endedByItself).filter(task -> !task.status().at().isBefore(from)).count();
    }
}
