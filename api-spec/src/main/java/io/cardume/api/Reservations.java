package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What placement keeps free for a task.
 *
 * @param nanoCpus billionths of a CPU
 * @param memoryBytes bytes
 * @param genericResources resources that users defined, such as GPUs
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record Reservations(
        @JsonProperty("NanoCPUs") long nanoCpus,
        @JsonProperty("MemoryBytes") long memoryBytes,
        @JsonProperty("GenericResources") @JsonInclude(JsonInclude.Include.NON_EMPTY) List<GenericResource> genericResources) {
    /** Nothing reserved. */
    public static final Reservations NONE = new Reservations(0, 0);

    public Reservations {
        genericResources = Copies.list(genericResources);
    }

    /** CPU and memory only. */
    public Reservations(long nanoCpus, long memoryBytes) {
        this(nanoCpus, memoryBytes, List.of());
    }
}
