package io.cardume.manager.trust;

import java.math.BigInteger;
import java.security.SecureRandom;

/** 25 digits of 0-9a-z that nobody has seen yet: ids, and the secrets of join tokens. */
public final class Digits {
    private static final int COUNT = 25;
    private static final int BASE = 36;
    /** More bytes than digits, so that all digits are as good as equally likely. */
    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Digits() {}

    /** New ones. */
    public static String fresh() {
        var bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        var text = new BigInteger(1, bytes).mod(BigInteger.valueOf(BASE).pow(COUNT)).toString(BASE);
        return "0".repeat(COUNT - text.length()) + text;
    }
}
