package io.cardume.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.probe.ProbeCourse.State;
import io.cardume.api.Probe;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ProbeCourseTest {
    private static final Instant START = Instant.parse("2026-11-01T12:00:00Z");
    private static final Probe PROBE = new Probe(
            new Probe.Target.Tcp(80), Duration.ofSeconds(10), Duration.ofSeconds(3), 3, Duration.ofSeconds(60));
    private ProbeCourse course = ProbeCourse.fresh(PROBE, START);

    @Test
    void aSuccessIsGood() {
        assertThat(passed()).isEqualTo(State.GOOD);
    }

    @Test
    void whatIsKnownToHaveComeUpFailsWithoutAStartPeriod() {
        course = ProbeCourse.proven(PROBE, START);

        assertThat(failedAt(1)).isEqualTo(State.UNKNOWN);
        assertThat(failedAt(2)).isEqualTo(State.UNKNOWN);
        assertThat(failedAt(3)).isEqualTo(State.BAD);
        assertThat(course.pause()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void readinessIsNotLostInTheStartPeriodAndComesBackWithASuccess() {
        course = ProbeCourse.readiness(PROBE, START);
        passed();

        for (int second = 1; second < 60; second++) assertThat(failedAt(second)).isEqualTo(State.GOOD);
        failedAt(60);
        failedAt(61);
        assertThat(failedAt(62)).isEqualTo(State.BAD);
        assertThat(passed()).isEqualTo(State.GOOD);
    }

    @Test
    void whatCouldNotBeAskedChangesNothing() {
        passed();

        for (int second = 100; second < 200; second++)
            assertThat(course.took(new Outcome.Unknown("engine away"), START.plusSeconds(second))).isEqualTo(State.GOOD);
    }

    @Test
    void failuresInTheStartPeriodDoNotCount() {
        for (int second = 0; second < 60; second++) assertThat(failedAt(second)).isEqualTo(State.UNKNOWN);
    }

    @Test
    void beforeTheFirstSuccessOneFailureCountsPerInterval() {
        for (int second = 0; second < 90; second++) assertThat(failedAt(second)).as("second %d", second).isEqualTo(State.UNKNOWN);
        assertThat(failedAt(90)).isEqualTo(State.BAD);
    }

    @Test
    void afterTheFirstSuccessEveryFailureInARowCounts() {
        passed();

        assertThat(failedAt(1)).isEqualTo(State.GOOD);
        assertThat(failedAt(2)).isEqualTo(State.GOOD);
        passed();
        assertThat(failedAt(3)).isEqualTo(State.GOOD);
        assertThat(failedAt(4)).isEqualTo(State.GOOD);
        assertThat(failedAt(5)).isEqualTo(State.BAD);
    }

    @Test
    void pausesGrowToTheIntervalUntilTheFirstSuccess() {
        assertThat(course.pause()).isEqualTo(Duration.ofMillis(200));
        failedAt(1);
        assertThat(course.pause()).isEqualTo(Duration.ofMillis(300));
        for (int second = 2; second < 30; second++) failedAt(second);
        assertThat(course.pause()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void pauseIsTheIntervalAfterASuccess() {
        passed();

        assertThat(course.pause()).isEqualTo(Duration.ofSeconds(10));
    }

    private State passed() {
        return course.took(new Outcome.Passed(), START);
    }

    private State failedAt(int second) {
        return course.took(new Outcome.Failed("down"), START.plusSeconds(second));
    }
}
