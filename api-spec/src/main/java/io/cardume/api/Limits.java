package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Upper bounds on what a task's container uses.
 *
 * @param nanoCpus billionths of a CPU; 0 = none
 * @param memoryBytes bytes; 0 = none
 * @param pids processes; 0 = none
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record Limits(
        @JsonProperty("NanoCPUs") long nanoCpus,
        @JsonProperty("MemoryBytes") long memoryBytes,
        @JsonProperty("Pids") long pids) {
}
