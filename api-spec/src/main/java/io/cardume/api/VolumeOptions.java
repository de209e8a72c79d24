package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Options of a volume mount.
 *
 * @param noCopy whether the image's content at the target is left out of a new volume
 * @param labels labels of a volume made for it
 * @param driverConfig driver of a volume made for it
 * @param subpath path inside the volume
 */
public record VolumeOptions(
        @JsonProperty("NoCopy") Optional<Boolean> noCopy,
        @JsonProperty("Labels") SortedMap<String, String> labels,
        @JsonProperty("DriverConfig") Optional<Driver> driverConfig,
        @JsonProperty("Subpath") Optional<String> subpath) {
    public VolumeOptions {
        noCopy = Copies.optional(noCopy);
        labels = Copies.labels(labels);
        driverConfig = Copies.optional(driverConfig);
        subpath = Copies.optional(subpath);
    }
}
