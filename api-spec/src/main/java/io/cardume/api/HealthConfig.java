package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A health check the engine runs (Engine API: HealthConfig).
 *
 * @param test {@code []} inherit, {@code [NONE]} disable, {@code [CMD, …]} or {@code [CMD-SHELL, line]}
 * @param interval time between checks; absent or zero = inherit, else 30 s
 * @param timeout time one check may take; absent or zero = inherit, else 30 s
 * @param retries consecutive failures until unhealthy; absent or zero = inherit, else 3
 * @param startPeriod time after start in which failures do not count
 * @param startInterval time between checks during the start period
 */
public record HealthConfig(
        @JsonProperty("Test") List<String> test,
        @JsonProperty("Interval") Optional<Duration> interval,
        @JsonProperty("Timeout") Optional<Duration> timeout,
        @JsonProperty("Retries") Optional<Integer> retries,
        @JsonProperty("StartPeriod") Optional<Duration> startPeriod,
        @JsonProperty("StartInterval") Optional<Duration> startInterval) {
    public HealthConfig {
        test = Copies.list(test);
        interval = Copies.optional(interval);
        timeout = Copies.optional(timeout);
        retries = Copies.optional(retries);
        startPeriod = Copies.optional(startPeriod);
        startInterval = Copies.optional(startInterval);
    }
}
