package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * How many tasks a service has; exactly one member is present.
 *
 * @param replicated a fixed number of replicas
 */
public record ServiceMode(
        @JsonProperty("Replicated") Optional<Replicated> replicated) {
    public ServiceMode {
        replicated = Copies.optional(replicated);
    }
}
