package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * What a user is to be given other credentials for.
 *
 * @param publicKey its public key in PEM, of an elliptic curve, for a certificate; absent = a token only
 */
public record UserKey(@JsonProperty("PublicKey") Optional<String> publicKey) {
    public UserKey {
        publicKey = Copies.optional(publicKey);
    }

    /** Reads one; an unknown field is a problem. */
    public static Reading<UserKey> read(JsonNode tree) {
        return WireReader.read(tree, UserKey.class, true, _ -> false);
    }
}
