package io.cardume.e2e.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.cardume.e2e.soak.Trend.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** What the soak says of drawn lines: it must neither take noise for a leak, nor let noise hide one. */
class TrendTest {
    private static final int SEEDS = 200;
    /** Of a process that lives for all of a run of two hours, in minutes. */
    private static final double LIFE = 120;

    @Test
    void whatVariesAroundAValueIsFlat() {
        var said = verdicts(LIFE, 1, minute -> 300);
        assertThat(said).containsOnly(Verdict.FLAT);
    }

    @Test
    void whatGrowsWhileItWarmsUpIsFlat() {
        // As resident memory was measured: most of it in the first ten minutes, some of it in the first hour.
        var said = verdicts(LIFE, 1, minute -> 300 - 70 * Math.exp(-minute / 4) - 8 * Math.exp(-minute / 20));
        assertThat(said).doesNotContain(Verdict.GROWS);
        assertThat(said.stream().filter(Verdict.FLAT::equals).count()).isGreaterThan(SEEDS * 95 / 100);
    }

    @Test
    void oneThreadMoreIsNoLeak() {
        for (double at = 0; at < LIFE; at += 1) {
            double step = at;
            assertThat(verdicts(LIFE, 0, minute -> minute < step ? 24 : 25)).doesNotContain(Verdict.GROWS);
        }
    }

    @Test
    void aSlowLeakIsSeen() {
        var said = verdicts(LIFE, 1, minute -> 300 + 0.04 * 300 * minute / 60);
        assertThat(said).containsOnly(Verdict.GROWS);
    }

    @Test
    void aSlowLeakIsSeenBehindAWarmUp() {
        var said = verdicts(LIFE, 1, minute -> 300 - 70 * Math.exp(-minute / 4) + 0.04 * 300 * minute / 60);
        assertThat(said).containsOnly(Verdict.GROWS);
    }

    @Test
    void aLeakOfHalfAThreadTooMuchIsSeen() {
        var said = verdicts(LIFE, 0, minute -> 24 + Math.floor(minute / 60 * 3));
        assertThat(said).containsOnly(Verdict.GROWS);
    }

    @Test
    void noiseDoesNotMakeALeakFlat() {
        // So much noise that the leak can hardly be seen: then nothing is said.
        var said = verdicts(LIFE, 6, minute -> 28 + 4 * minute / 60);
        assertThat(said.stream().filter(Verdict.FLAT::equals).count()).isLessThan(SEEDS * 5 / 100);
        assertThat(said).contains(Verdict.UNSURE);
    }

    @Test
    void ofAProcessThatLivedForAnHourNothingIsSaid() {
        assertThat(verdicts(50, 1, minute -> 300 + minute)).containsOnly(Verdict.TOO_SHORT);
    }

    @Test
    void theManagerWhoseHeapSeemedToCreepIsNotJudgedByThreeValues() {
        var live = List.of(new Trend.Point(40, 29), new Trend.Point(60, 25), new Trend.Point(80, 28), new Trend.Point(101, 28));
        assertThat(Trend.of(Samples.judged(live)).verdict(Samples.SHARE, 1)).isEqualTo(Verdict.TOO_SHORT);
    }

    @Test
    void aSlopeAndItsErrorAreThoseOfTheBook() {
        // 1, 3, 2, 5 at 0, 1, 2, 3: slope 1.1; residuals -0.1, 0.8, -1.3, 0.6; s² = 1.35; error of the slope √(1.35/5) = 0.5196; t = 2.92.
        var trend = Trend.of(List.of(new Trend.Point(0, 1), new Trend.Point(1, 3), new Trend.Point(2, 2), new Trend.Point(3, 5)));
        assertThat(trend.perHour()).isCloseTo(66, offset(1e-9));
        assertThat(trend.error()).isCloseTo(60 * 2.92 * Math.sqrt(1.35 / 5), offset(1e-9));
    }

    /** What is said of a line with so much noise, for each seed. */
    private static List<Verdict> verdicts(double life, double noise, DoubleUnaryOperator line) {
        var said = new ArrayList<Verdict>();
        for (int seed = 0; seed < SEEDS; seed++) {
            var random = new Random(seed);
            var points = new ArrayList<Trend.Point>();
            for (double minute = 0; minute < life; minute += 1 / 6.0)
                points.add(new Trend.Point(minute, line.applyAsDouble(minute) + noise * random.nextGaussian()));
            said.add(Trend.of(Samples.judged(points)).verdict(Samples.SHARE, 1));
        }
        return said;
    }
}
