package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * Options of a bind mount.
 *
 * @param propagation private, rprivate, shared, rshared, slave or rslave
 * @param nonRecursive whether mounts below the source are left out
 * @param createMountpoint whether a missing source directory is made
 * @param readOnlyNonRecursive whether, of a read-only mount, mounts below the source stay writable
 * @param readOnlyForceRecursive whether it fails where the kernel cannot make mounts below the source read-only too
 */
public record BindOptions(
        @JsonProperty("Propagation") Optional<String> propagation,
        @JsonProperty("NonRecursive") Optional<Boolean> nonRecursive,
        @JsonProperty("CreateMountpoint") Optional<Boolean> createMountpoint,
        @JsonProperty("ReadOnlyNonRecursive") Optional<Boolean> readOnlyNonRecursive,
        @JsonProperty("ReadOnlyForceRecursive") Optional<Boolean> readOnlyForceRecursive) {
    public BindOptions {
        propagation = Copies.optional(propagation);
        nonRecursive = Copies.optional(nonRecursive);
        createMountpoint = Copies.optional(createMountpoint);
        readOnlyNonRecursive = Copies.optional(readOnlyNonRecursive);
        readOnlyForceRecursive = Copies.optional(readOnlyForceRecursive);
    }
}
