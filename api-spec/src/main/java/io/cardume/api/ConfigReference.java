package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * A config that a container sees.
 *
 * @param file as which file
 * @param configId its id
 * @param configName its name
 */
public record ConfigReference(
        @JsonProperty("File") Optional<FileTarget> file,
        @JsonProperty("ConfigID") String configId,
        @JsonProperty("ConfigName") String configName) {
    public ConfigReference {
        file = Copies.optional(file);
        configId = Copies.text(configId);
        configName = Copies.text(configName);
    }
}
