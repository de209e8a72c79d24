package io.cardume.manager.cluster;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Ids as Swarm's, 25 characters of a-z and 0-9, each a function of a seed and a place in the log. */
final class Ids {
    private static final int LENGTH = 25;
    private static final BigInteger BASE = BigInteger.valueOf(36);
    private final MessageDigest digest;
    private final byte[] seed;

    Ids(String seed) {
        this.seed = seed.getBytes(StandardCharsets.UTF_8);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    String id(long version, int ordinal) {
        digest.update(seed);
        digest.update((":" + version + ":" + ordinal).getBytes(StandardCharsets.UTF_8));
        var text = new BigInteger(1, digest.digest()).mod(BASE.pow(LENGTH)).toString(36);
        return "0".repeat(LENGTH - text.length()) + text;
    }
}
