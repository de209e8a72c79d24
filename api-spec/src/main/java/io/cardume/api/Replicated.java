package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * A fixed number of replicas.
 *
 * @param replicas how many; 1 where absent
 */
public record Replicated(
        @JsonProperty("Replicas") Optional<Long> replicas) {
    public Replicated {
        replicas = Copies.optional(replicas);
    }
}
