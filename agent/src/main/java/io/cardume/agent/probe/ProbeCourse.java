package io.cardume.agent.probe;

import io.cardume.api.Probe;
import java.time.Duration;
import java.time.Instant;

/** What the checks of one container have come to: counts outcomes and says when the next one is due. */
final class ProbeCourse {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private final Probe probe;
    private final Instant periodEnd;
    private final boolean toTheEnd;
    private boolean passedOnce;
    private int failures;
    private Instant lastCounted;
    private Duration pause;
    private State state = State.UNKNOWN;

    private ProbeCourse(Probe probe, Instant startedAt, boolean passedOnce, boolean toTheEnd) {
        this.probe = probe;
        this.periodEnd = startedAt.plus(probe.startPeriod());
        this.lastCounted = periodEnd;
        this.passedOnce = passedOnce;
        this.toTheEnd = toTheEnd;
        this.pause = passedOnce ? probe.interval() : shorter(FIRST_PAUSE, probe.interval());
    }

    /** Checks that begin with the container: a first success ends the start period. */
    static ProbeCourse fresh(Probe probe, Instant startedAt) {
        return new ProbeCourse(probe, startedAt, false, false);
    }

    /** Checks of a container that is known to have come up: every failure counts. */
    static ProbeCourse proven(Probe probe, Instant startedAt) {
        return new ProbeCourse(probe, startedAt, true, false);
    }

    /** Checks that decide nothing but where requests go: failures in the start period never count, not after a success either. */
    static ProbeCourse readiness(Probe probe, Instant startedAt) {
        return new ProbeCourse(probe, startedAt, false, true);
    }

    /** What they have come to. */
    enum State {
        /** Not a check has passed, and not enough have failed. */
        UNKNOWN,
        /** A check has passed, and since then not enough have failed in a row. */
        GOOD,
        /** So many checks failed in a row that it counts. */
        BAD
    }

    /** Takes in what a check came to; what all have come to. */
    State took(Outcome outcome, Instant now) {
        switch (outcome) {
            case Outcome.Passed _ -> passed();
            case Outcome.Failed _ -> failed(now);
            case Outcome.Unknown _ -> {}
        }
        return state;
    }

    private void passed() {
        passedOnce = true;
        failures = 0;
        pause = probe.interval();
        state = State.GOOD;
    }

    private void failed(Instant now) {
        if (counts(now)) {
            failures++;
            lastCounted = now;
        }
        if (!passedOnce) pause = shorter(pause.multipliedBy(3).dividedBy(2), probe.interval());
        if (failures >= probe.retries()) state = State.BAD;
    }

    /** Early checks come fast so that a passing one is seen at once; they must not use up the retries as fast. */
    private boolean counts(Instant now) {
        if (toTheEnd && now.isBefore(periodEnd)) return false;
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
