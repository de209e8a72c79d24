package io.cardume.manager.loop;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * Join tokens in Swarm's form, {@code SWMTKN-1-<50 of 0-9a-z>-<25 of 0-9a-z>}: what the cluster is known by, then the
 * secret.
 */
public final class JoinToken {
    private static final int CLUSTER_DIGITS = 50;
    private static final int SECRET_DIGITS = 25;
    private static final BigInteger BASE = BigInteger.valueOf(36);
    private static final RandomGenerator RANDOM = new SecureRandom();

    private JoinToken() {}

    /** A token nobody has seen yet. */
    public static String fresh() {
        return "SWMTKN-1-" + digits(CLUSTER_DIGITS) + "-" + digits(SECRET_DIGITS);
    }

    /** A node id nobody has yet: 25 digits of 0-9a-z. */
    public static String freshId() {
        return digits(SECRET_DIGITS);
    }

    private static String digits(int count) {
        var bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        var text = new BigInteger(1, bytes).mod(BASE.pow(count)).toString(36);
        return "0".repeat(count - text.length()) + text;
    }
}
