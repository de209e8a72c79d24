package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.Optional;

/**
 * What happens when a task's container ends (Engine API: RestartPolicy).
 *
 * @param condition when it is restarted; absent = any
 * @param delay time before a restart; absent = at once, then growing
 * @param maxAttempts restarts until it is given up; absent or 0 = no limit
 * @param window only restarts within this time count; absent or 0 = all
 */
public record RestartPolicy(
        @JsonProperty("Condition") Optional<RestartCondition> condition,
        @JsonProperty("Delay") Optional<Duration> delay,
        @JsonProperty("MaxAttempts") Optional<Long> maxAttempts,
        @JsonProperty("Window") Optional<Duration> window) {
    public RestartPolicy {
        condition = Copies.optional(condition);
        delay = Copies.optional(delay);
        maxAttempts = Copies.optional(maxAttempts);
        window = Copies.optional(window);
    }

    /** The same for a task of a job, which is never run again once it has completed. */
    public RestartPolicy ofJob() {
        boolean any = condition.orElse(RestartCondition.ANY) == RestartCondition.ANY;
        return any ? new RestartPolicy(Optional.of(RestartCondition.ON_FAILURE), delay, maxAttempts, window) : this;
    }
}
