package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What placement keeps free for a task.
 *
 * @param nanoCpus billionths of a CPU
 * @param memoryBytes bytes
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record Reservations(
        @JsonProperty("NanoCPUs") long nanoCpus,
        @JsonProperty("MemoryBytes") long memoryBytes) {
    /** Nothing reserved. */
    public static final Reservations NONE = new Reservations(0, 0);
}
