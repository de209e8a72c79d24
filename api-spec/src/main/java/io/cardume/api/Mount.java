package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * Something mounted into a container (Engine API: Mount).
 *
 * @param type {@code bind}, {@code volume} or {@code tmpfs}; empty = volume
 * @param source host path (bind) or volume name; absent = anonymous volume
 * @param target absolute path in the container
 * @param readOnly whether it is read-only
 * @param consistency kept as sent, means nothing on Linux
 * @param bindOptions only with type bind
 * @param volumeOptions only with type volume
 * @param tmpfsOptions only with type tmpfs
 */
public record Mount(
        @JsonProperty("Type") String type,
        @JsonProperty("Source") Optional<String> source,
        @JsonProperty("Target") String target,
        @JsonProperty("ReadOnly") Optional<Boolean> readOnly,
        @JsonProperty("Consistency") Optional<String> consistency,
        @JsonProperty("BindOptions") Optional<BindOptions> bindOptions,
        @JsonProperty("VolumeOptions") Optional<VolumeOptions> volumeOptions,
        @JsonProperty("TmpfsOptions") Optional<TmpfsOptions> tmpfsOptions) {
    public Mount {
        type = Copies.text(type);
        source = Copies.optional(source);
        target = Copies.text(target);
        readOnly = Copies.optional(readOnly);
        consistency = Copies.optional(consistency);
        bindOptions = Copies.optional(bindOptions);
        volumeOptions = Copies.optional(volumeOptions);
        tmpfsOptions = Copies.optional(tmpfsOptions);
    }
}
