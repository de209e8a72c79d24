package io.cardume.agent.task;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether and when an ended container is started again in place, while no manager can be asked.
 *
 * @param notBefore when
 * @param inARow which restart it is since the container last ran long enough, from 1
 */
record InPlace(Instant notBefore, int inARow) {
    private static final RestartPolicy UNSAID =
            new RestartPolicy(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final Duration WELL = Duration.ofSeconds(60);

    /** When it may be started again; empty if it may not, or need not. */
    static Optional<InPlace> of(Wanted wanted, Container observed, TaskMemory memory) {
        if (!wanted.offline() || wanted.desired() != DesiredState.RUNNING || memory.underway().isPresent()) {
            return Optional.empty();
        }
        if (memory.verdict().isPresent()) {
            var state = memory.verdict().get().state();
            if (state != TaskState.FAILED && state != TaskState.COMPLETE) return Optional.empty();
        }
        boolean refused = memory.refusal() instanceof TaskMemory.Refusal.Unstarted;
        return switch (observed) {
            case Container.Exited(_, var code, _, var at, _) ->
                may(wanted, memory, code != 0 || refused || memory.unhealthy().isPresent(), at);
            case Container.Absent() when memory.existed() -> may(wanted, memory, true, Instant.EPOCH);
            case Container.Created(_) when refused -> may(wanted, memory, true, Instant.EPOCH);
            case Container.Absent _, Container.Created _, Container.Running _ -> Optional.empty();
        };
    }

    private static Optional<InPlace> may(Wanted wanted, TaskMemory memory, boolean failed, Instant ended) {
        var policy = wanted.restart().orElse(UNSAID);
        var restarts = memory.restarts();
        boolean due = switch (policy.condition().orElse(RestartCondition.ANY)) {
            case ANY -> true;
            case ON_FAILURE -> failed;
            case NONE -> false;
        };
        if (!due || exhausted(policy, restarts, ended)) return Optional.empty();
        boolean anew = restarts.last().isEmpty() || !ended.isBefore(restarts.last().get().plus(WELL));
        int before = anew ? 0 : restarts.inARow();
        var growing = before == 0 ? Duration.ZERO : Pauses.doubled(FIRST_PAUSE, before - 1, LONGEST_PAUSE);
        var since = restarts.last().filter(ended::isBefore).orElse(ended);
        return Optional.of(new InPlace(since.plus(policy.delay().orElse(growing)), before + 1));
    }

    private static boolean exhausted(RestartPolicy policy, TaskMemory.Restarts restarts, Instant ended) {
        long limit = policy.maxAttempts().orElse(0L);
        if (limit <= 0) return false;
        var window = policy.window().filter(w -> w.isPositive());
        boolean outside = window.isPresent()
                && restarts.last().isPresent()
                && !ended.isBefore(restarts.last().get().plus(window.get()));
        return !outside && restarts.total() >= limit;
    }
}
