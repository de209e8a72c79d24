package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a user proves itself with; shown once, when it is made.
 *
 * @param name whose
 * @param token sent as {@code Authorization: Bearer TOKEN}
 */
public record UserCredentials(@JsonProperty("Name") UserName name, @JsonProperty("Token") String token) {
    @Override
    public String toString() {
        return "the credentials of " + name;
    }
}
