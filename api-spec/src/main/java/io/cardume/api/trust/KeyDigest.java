package io.cardume.api.trust;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.HexFormat;

/**
 * What a public key is known by: SHA-256 of its bytes (X.509's SubjectPublicKeyInfo), in hexadecimal digits.
 *
 * @param digits 64 of them
 */
public record KeyDigest(@JsonValue String digits) {
    /** How many digits there are. */
    public static final int DIGITS = 64;

    @JsonCreator
    public KeyDigest {
        if (digits == null || !digits.matches("[0-9a-f]{" + DIGITS + "}"))
            throw new IllegalArgumentException("the digest of a key has " + DIGITS + " digits of 0-9a-f");
    }

    /** That of a key. */
    public static KeyDigest of(PublicKey key) {
        try {
            return new KeyDigest(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getEncoded())));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return digits;
    }
}
