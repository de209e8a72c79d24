package io.cardume.e2e.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.soak.Samples.Figure;
import io.cardume.e2e.soak.Samples.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What all lines of a soak say together. */
class JudgementTest {
    private static final double LONG = 80;
    private static final double SHORT = 45;
    /** In an hour, of a mean of 300: flat whatever is allowed, and surely too much. */
    private static final double NOTHING = 0;
    private static final double MUCH = 60;

    /** Flat, the manager's and an agent's, by the lines that are judged. */
    private final List<Line> lines = new ArrayList<>(Stream.of(Figure.RESIDENT, Figure.LIVE, Figure.THREADS, Figure.FILES_OPEN)
            .flatMap(figure -> Stream.of(line(figure, "manager", LONG, NOTHING, 1), line(figure, "agent of h1", LONG, NOTHING, 1))).toList());

    @Test
    void theyAreFlatIfThatIsSureOfTheManagerAndOfAnAgent() {
        var judged = Judgement.of(lines);
        assertThat(judged.isFlat()).isTrue();
        assertThat(judged.words()).isEqualTo("The lines are flat.");
        assertThat(judged.table()).hasSize(2 + lines.size());
    }

    @Test
    void aShortLineThatSurelyGrowsIsEnough() {
        lines.add(line(Figure.RESIDENT, "agent of h2", SHORT, MUCH, 1));
        var judged = Judgement.of(lines);
        assertThat(judged.isFlat()).isFalse();
        assertThat(judged.words()).isEqualTo("The lines are NOT flat: resident memory of agent of h2.");
    }

    @Test
    void whatCannotBeSaidOfTheLongestLineIsSaidSo() {
        lines.add(line(Figure.LIVE, "manager, process 2", SHORT, NOTHING, MUCH));
        assertThat(Judgement.of(lines).isFlat()).as("a shorter one that varied too much").isTrue();

        lines.add(line(Figure.LIVE, "manager, process 3", 2 * LONG, NOTHING, MUCH));
        var judged = Judgement.of(lines);
        assertThat(judged.unsaid()).containsExactly("live heap of the manager");
        assertThat(judged.words()).startsWith("Whether the lines are flat cannot be said").endsWith("for live heap of the manager.");
    }

    @Test
    void ofWhomThereIsNoLineNothingIsSaid() {
        lines.removeIf(line -> line.role().equals("agent"));
        assertThat(Judgement.of(lines).unsaid())
                .containsExactly("resident memory of the agent", "live heap of the agent", "threads of the agent", "file descriptors of the agent");
    }

    @Test
    void whatIsNotJudgedMayGrow() {
        lines.add(line(Figure.CONTAINERS, "h1", LONG, MUCH, 1));
        assertThat(Judgement.of(lines).isFlat()).isTrue();
    }

    private static Line line(Figure figure, String subject, double minutes, double perHour, double error) {
        return new Line(figure, subject, 300, 300, new Trend(perHour, error, 300, minutes, 20));
    }
}
