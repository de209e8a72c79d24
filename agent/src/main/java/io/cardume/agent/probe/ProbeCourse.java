package io.cardume.agent.probe;

import io.cardume.api.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the checks of one container have come to: counts outcomes and says when the next one is due. */
final class ProbeCourse {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private final Probe probe;
    private boolean passedOnce;
    private int failures;
    private Instant lastCounted;
    private Duration pause;

    ProbeCourse(Probe probe, Instant startedAt) {
        this.probe = probe;
        this.lastCounted = startedAt.plus(probe.startPeriod());
        this.pause = shorter(FIRST_PAUSE, probe.interval());
    }

    /** A change of the verdict. */
    enum Verdict {
        /** The first check passed. */
        HEALTHY,
        /** So many checks failed in a row that it counts as failed for good. */
        FAILED
    }

    /** Takes in that a check passed. */
    Optional<Verdict> passed() {
        boolean first = !passedOnce;
        passedOnce = true;
        failures = 0;
        pause = probe.interval();
        return first ? Optional.of(Verdict.HEALTHY) : Optional.empty();
    }

    /** Takes in that a check failed. */
    Optional<Verdict> failed(Instant now) {
        if (counts(now)) {
            failures++;
            lastCounted = now;
        }
        if (!passedOnce) pause = shorter(pause.multipliedBy(3).dividedBy(2), probe.interval());
        return failures >= probe.retries() ? Optional.of(Verdict.FAILED) : Optional.empty();
    }

    /** Early checks come fast so that a passing one is seen at once; they must not use up the retries as fast. */
    private boolean counts(Instant now) {
        return passedOnce || !now.isBefore(lastCounted.plus(probe.interval()));
    }

    /** The time until the next check. */
    Duration pause() {
        return pause;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
