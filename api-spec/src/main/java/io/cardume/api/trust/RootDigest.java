package io.cardume.api.trust;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;

/**
 * What a certificate is known by: SHA-256 of its bytes, in 50 digits of 0-9a-z, as in Swarm's join tokens.
 *
 * @param digits 50 of them
 */
public record RootDigest(@JsonValue String digits) implements Comparable<RootDigest> {
    /** How many digits there are. */
    public static final int DIGITS = 50;
    private static final int BASE = 36;

    @JsonCreator
    public RootDigest {
        if (digits == null || !digits.matches("[0-9a-z]{" + DIGITS + "}"))
            throw new IllegalArgumentException("the digest of a root certificate has " + DIGITS + " digits of 0-9a-z");
    }

    /** That of a certificate. */
    public static RootDigest of(X509Certificate certificate) {
        try {
            var text = new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())).toString(BASE);
            return new RootDigest("0".repeat(DIGITS - text.length()) + text);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("a certificate cannot be written", e);
        }
    }

    @Override
    public int compareTo(RootDigest other) {
        return digits.compareTo(other.digits);
    }

    @Override
    public String toString() {
        return digits;
    }
}
