package io.cardume.api.link;

import io.cardume.api.Copies;
import java.time.Instant;
import java.util.Optional;

/**
 * Which lines of a container's log are wanted.
 *
 * @param stdout lines of standard output
 * @param stderr lines of standard error
 * @param follow whether new lines are wanted as they come
 * @param since only lines from then on
 * @param tail only so many of the last lines; empty = all
 */
public record LogOptions(
        boolean stdout, boolean stderr, boolean follow, Optional<Instant> since, Optional<Integer> tail) {
    public LogOptions {
        since = Copies.optional(since);
        tail = Copies.optional(tail);
    }
}
