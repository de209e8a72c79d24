package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.SortedMap;

/**
 * A driver of the engine and its options.
 *
 * @param name name of the driver
 * @param options its options
 */
public record Driver(
        @JsonProperty("Name") String name,
        @JsonProperty("Options") SortedMap<String, String> options) {
    public Driver {
        name = Copies.text(name);
        options = Copies.labels(options);
    }
}
