package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * What a task may use, and what is kept free for it (Engine API: ResourceRequirements).
 *
 * @param limits enforced by the engine
 * @param reservations subtracted from a node's resources by placement
 */
public record Resources(
        @JsonProperty("Limits") Optional<Limits> limits,
        @JsonProperty("Reservations") Optional<Reservations> reservations) {
    public Resources {
        limits = Copies.optional(limits);
        reservations = Copies.optional(reservations);
    }
}
