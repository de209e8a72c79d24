package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * Options of a tmpfs mount.
 *
 * @param sizeBytes size limit in bytes
 * @param mode permission bits
 */
public record TmpfsOptions(
        @JsonProperty("SizeBytes") Optional<Long> sizeBytes,
        @JsonProperty("Mode") Optional<Integer> mode) {
    public TmpfsOptions {
        sizeBytes = Copies.optional(sizeBytes);
        mode = Copies.optional(mode);
    }
}
