package io.cardume.manager.cluster;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Ids as Swarm's, 25 characters of a-z and 0-9, each a function of a seed and a place in the log. */
final class Ids {
    private static final int LENGTH = 25;
    private static final int BASE = 36;
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
        var made = digest.digest();
        var text = new char[LENGTH];
        for (int i = 0; i < LENGTH; i++) text[i] = Character.forDigit((made[i] & 0xff) % BASE, BASE);
        return new String(text);
    }
}
