package io.cardume.manager.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** Bearer tokens: 32 bytes of chance, so that one SHA-256 without salt or rounds keeps them. */
final class Token {
    private static final int BYTES = 32;
    private static final String PREFIX = "cardume_";
    private static final SecureRandom RANDOM = new SecureRandom();

    private Token() {}

    /** A token nobody has seen yet. */
    static String fresh() {
        var bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What the state keeps of a token: its SHA-256 in hex. */
    static String digest(String token) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
