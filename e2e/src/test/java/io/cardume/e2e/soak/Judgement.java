package io.cardume.e2e.soak;

import io.cardume.e2e.soak.Samples.Line;
import io.cardume.e2e.soak.Trend.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What all lines together say. It is flat only if that is sure of the manager and of an agent, by the one that was looked at longest;
 * a single line that surely grows is enough for it not to be.
 *
 * @param table  in Markdown, a row a line
 * @param grows  the lines that surely grow too much
 * @param unsaid of what it cannot be said whether it does
 */
record Judgement(List<String> table, List<String> grows, List<String> unsaid) {
    private static final List<String> HEAD = List.of("| what | of | first | last | minutes looked at | an hour brings | verdict |", "|---|---|---|---|---|---|---|");
    private static final List<Samples.Figure> SAID = List.of(Samples.Figure.RESIDENT, Samples.Figure.LIVE, Samples.Figure.THREADS, Samples.Figure.FILES_OPEN);

    static Judgement of(List<Line> lines) {
        List<String> table = new ArrayList<>(HEAD);
        lines.forEach(line -> table.add(line.row()));
        List<String> grows = lines.stream().filter(line -> line.isJudged() && line.verdict() == Verdict.GROWS).map(Line::toString).toList();
        Map<String, Line> longest = new LinkedHashMap<>();
        lines.stream().filter(Line::isJudged).forEach(line -> longest.merge(name(line.figure(), line.role()), line,
                (one, other) -> other.trend().minutes() > one.trend().minutes() ? other : one));
        List<String> unsaid = new ArrayList<>();
        longest.forEach((name, line) -> {
            if (line.verdict() == Verdict.UNSURE) unsaid.add(name);
        });
        for (Samples.Figure figure : SAID)
            Stream.of("manager", "agent").map(role -> name(figure, role)).filter(name -> !longest.containsKey(name)).forEach(unsaid::add);
        return new Judgement(List.copyOf(table), grows, List.copyOf(unsaid));
    }

    private static String name(Samples.Figure figure, String role) {
        return figure.words() + " of the " + role;
    }

    boolean isFlat() {
        return grows.isEmpty() && unsaid.isEmpty();
    }

    /** In a sentence. */
    String words() {
        if (!grows.isEmpty()) return "The lines are NOT flat: " + String.join("; ", grows) + ".";
        return unsaid.isEmpty() ? "The lines are flat." : "Whether the lines are flat cannot be said: the run was too short, or too much varied, for " + String.join("; ", unsaid) + ".";
    }
}
