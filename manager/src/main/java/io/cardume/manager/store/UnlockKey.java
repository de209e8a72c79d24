package io.cardume.manager.store;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * What a locked manager is unlocked with, in Swarm's form: {@code SWMKEY-1-} and 32 bytes in base64 without padding. It
 * shows itself only when it is asked for.
 */
final class UnlockKey {
    private static final String PREFIX = "SWMKEY-1-";
    private static final int BYTES = 32;

    private final byte[] bytes;

    private UnlockKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /** One that nobody had before. */
    static UnlockKey fresh() {
        var bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return new UnlockKey(bytes);
    }

    /** As it was printed; empty if the text is none. */
    static Optional<UnlockKey> parse(String text) {
        var stripped = text.strip();
        if (!stripped.startsWith(PREFIX)) return Optional.empty();
        try {
            var bytes = Base64.getDecoder().decode(stripped.substring(PREFIX.length()));
            return bytes.length == BYTES ? Optional.of(new UnlockKey(bytes)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** As users are given it. */
    String text() {
        return PREFIX + Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnlockKey that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return PREFIX + "...";
    }
}
