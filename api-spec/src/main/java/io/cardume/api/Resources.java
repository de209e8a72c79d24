package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * What a task may use, and what is kept free for it (Engine API: ResourceRequirements).
 *
 * @param limits enforced by the engine
 * @param reservations subtracted from a node's resources by placement
 * @param swapBytes bytes of swap beside the memory limit, -1 = any amount; absent = the engine's default
 * @param memorySwappiness how readily the kernel swaps, 0 to 100; absent or -1 = the host's default
 */
public record Resources(
        @JsonProperty("Limits") Optional<Limits> limits,
        @JsonProperty("Reservations") Optional<Reservations> reservations,
        @JsonProperty("SwapBytes") Optional<Long> swapBytes,
        @JsonProperty("MemorySwappiness") Optional<Long> memorySwappiness) {
    public Resources {
        limits = Copies.optional(limits);
        reservations = Copies.optional(reservations);
        swapBytes = Copies.optional(swapBytes);
        memorySwappiness = Copies.optional(memorySwappiness);
    }

    /** Limits and reservations; of swap nothing is said. */
    public static Resources of(Optional<Limits> limits, Optional<Reservations> reservations) {
        return new Resources(limits, reservations, Optional.empty(), Optional.empty());
    }
}
