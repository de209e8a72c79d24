package io.cardume.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProbeCourseTest {
    private static final Instant START = Instant.parse("2026-11-01T12:00:00Z");
    private final ProbeCourse course = new ProbeCourse(
            new Probe(
                    new Probe.Target.Tcp(80),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(3),
                    3,
                    Duration.ofSeconds(60)),
            START);

    @Test
    void firstSuccessIsToldOnce() {
        assertThat(course.passed()).contains(ProbeCourse.Verdict.HEALTHY);
        assertThat(course.passed()).isEmpty();
    }

    @Test
    void failuresInTheStartPeriodDoNotCount() {
        for (int second = 0; second < 60; second++) assertThat(failedAt(second)).isEmpty();
    }

    @Test
    void beforeTheFirstSuccessOneFailureCountsPerInterval() {
        for (int second = 0; second < 90; second++) assertThat(failedAt(second)).as("second %d", second).isEmpty();
        assertThat(failedAt(90)).contains(ProbeCourse.Verdict.FAILED);
    }

    @Test
    void afterTheFirstSuccessEveryFailureInARowCounts() {
        course.passed();

        assertThat(failedAt(1)).isEmpty();
        assertThat(failedAt(2)).isEmpty();
        course.passed();
        assertThat(failedAt(3)).isEmpty();
        assertThat(failedAt(4)).isEmpty();
        assertThat(failedAt(5)).contains(ProbeCourse.Verdict.FAILED);
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
        course.passed();

        assertThat(course.pause()).isEqualTo(Duration.ofSeconds(10));
    }

    private Optional<ProbeCourse.Verdict> failedAt(int second) {
        return course.failed(START.plusSeconds(second));
    }
}
