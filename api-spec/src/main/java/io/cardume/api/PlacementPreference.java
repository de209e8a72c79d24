package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * A wish for where tasks run, which holds as far as it can (Engine API: PlacementPreference).
 *
 * @param spread evenly over the values of a label
 */
public record PlacementPreference(@JsonProperty("Spread") Optional<Spread> spread) {
    public PlacementPreference {
        spread = Copies.optional(spread);
    }

    /**
     * As many tasks at each value of a label as at any other.
     *
     * @param descriptor {@code node.labels.NAME} or {@code engine.labels.NAME}
     */
    public record Spread(@JsonProperty("SpreadDescriptor") String descriptor) {
        public Spread {
            descriptor = Copies.text(descriptor);
        }
    }
}
