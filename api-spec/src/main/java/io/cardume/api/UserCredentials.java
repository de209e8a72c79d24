package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * What a user proves itself with; shown once, when it is made.
 *
 * @param name whose
 * @param token sent as {@code Authorization: Bearer TOKEN}
 * @param certificate its certificate in PEM, if a public key was said
 * @param authority the roots its servers' certificates come from, in PEM
 */
public record UserCredentials(
        @JsonProperty("Name") UserName name,
        @JsonProperty("Token") String token,
        @JsonProperty("Certificate") Optional<String> certificate,
        @JsonProperty("CA") String authority) {
    @Override
    public String toString() {
        return "the credentials of " + name;
    }
}
