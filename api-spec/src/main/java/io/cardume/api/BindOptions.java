package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * Options of a bind mount.
 *
 * @param propagation private, rprivate, shared, rshared, slave or rslave
 * @param nonRecursive whether mounts below the source are left out
 * @param createMountpoint whether a missing source directory is made
 */
public record BindOptions(
        @JsonProperty("Propagation") Optional<String> propagation,
        @JsonProperty("NonRecursive") Optional<Boolean> nonRecursive,
        @JsonProperty("CreateMountpoint") Optional<Boolean> createMountpoint) {
    public BindOptions {
        propagation = Copies.optional(propagation);
        nonRecursive = Copies.optional(nonRecursive);
        createMountpoint = Copies.optional(createMountpoint);
    }
}
