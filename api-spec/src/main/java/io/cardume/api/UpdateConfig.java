package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.Optional;

/**
 * How an update or rollback is carried out (Engine API: UpdateConfig).
 *
 * @param parallelism tasks replaced at once
 * @param delay time between replacements
 * @param failureAction pause, continue or rollback
 * @param monitor time a new task is watched
 * @param maxFailureRatio share of failures tolerated, 0 to 1
 * @param order stop-first or start-first
 */
public record UpdateConfig(
        @JsonProperty("Parallelism") Optional<Long> parallelism,
        @JsonProperty("Delay") Optional<Duration> delay,
        @JsonProperty("FailureAction") Optional<String> failureAction,
        @JsonProperty("Monitor") Optional<Duration> monitor,
        @JsonProperty("MaxFailureRatio") Optional<Double> maxFailureRatio,
        @JsonProperty("Order") Optional<String> order) {
    public UpdateConfig {
        parallelism = Copies.optional(parallelism);
        delay = Copies.optional(delay);
        failureAction = Copies.optional(failureAction);
        monitor = Copies.optional(monitor);
        maxFailureRatio = Copies.optional(maxFailureRatio);
        order = Copies.optional(order);
    }
}
