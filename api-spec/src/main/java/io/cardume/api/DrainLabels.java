package io.cardume.api;

import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How long a task that nobody new is led to may go on with the connections it has, before it gets its stop signal. Said by
 * {@code cardume.drain}; a task without open connections is never waited for.
 */
public final class DrainLabels {
    /** The label: a duration, {@code 0s} = the stop signal comes at once. */
    public static final String LABEL = "cardume.drain";

    /** Where nothing is said. */
    public static final Duration UNSAID = Duration.ofSeconds(10);

    private static final Duration MOST = Duration.ofHours(24);

    /** The label, as one of the families. */
    public static final ServiceLabels.Family FAMILY = ServiceLabels.Family.of(LABEL, said -> read(said).isPresent(),
            "a duration such as 0s, 30s or 5m, at most 24h");

    private DrainLabels() {}

    /** How long the open connections of a service's tasks are waited for. */
    public static Duration of(SortedMap<String, String> labels) {
        return Optional.ofNullable(labels.get(LABEL)).flatMap(DrainLabels::read).orElse(UNSAID);
    }

    private static Optional<Duration> read(String said) {
        return GoDuration.parse(said).filter(limit -> !limit.isNegative() && limit.compareTo(MOST) <= 0);
    }
}
