package io.cardume.manager.gate;

import java.time.Duration;

/**
 * How long clients may keep the manager waiting.
 *
 * @param head how long a request's line and headers may take, from the first byte, and on a new connection from its beginning
 * @param silence how long a body, or an answer that was begun, may stand still
 * @param slowest the least that both move on the average once {@code silence} is over, in bytes a second
 * @param body how long a body may take as a whole
 * @param turn how long it may take where others wait for its room; they wait for twice that
 * @param hello how long an agent may take to say who it is
 */
public record Patience(Duration head, Duration silence, int slowest, Duration body, Duration turn, Duration hello) {
    /** What clients may count on. */
    public static Patience usual() {
        return new Patience(Duration.ofSeconds(20), Duration.ofSeconds(20), 1 << 10, Duration.ofMinutes(5), Duration.ofSeconds(2), Duration.ofSeconds(10));
    }

    /** Whether so many bytes in so long are too few. */
    public boolean isTooSlow(long bytes, Duration taken) {
        return taken.compareTo(silence) > 0 && bytes < taken.toSeconds() * slowest;
    }
}
