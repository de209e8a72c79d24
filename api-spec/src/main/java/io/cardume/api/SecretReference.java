package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * A secret that a container sees.
 *
 * @param file as which file
 * @param secretId its id
 * @param secretName its name
 */
public record SecretReference(
        @JsonProperty("File") Optional<FileTarget> file,
        @JsonProperty("SecretID") String secretId,
        @JsonProperty("SecretName") String secretName) {
    public SecretReference {
        file = Copies.optional(file);
        secretId = Copies.text(secretId);
        secretName = Copies.text(secretName);
    }
}
