package io.cardume.bench.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A run's figures as a table: medians and spreads of each subject, and Cardume's ratios to the others. */
final class Table {
    private static final Map<String, String> CALLED = Map.of("cardume", "Cardume", "swarm", "Swarm", "floor", "engines alone");
    /** What is counted has no ratio. */
    private static final List<String> COUNTED = List.of("tasks", "requests");

    /** Of more samples than so many, the lowest and the highest say little. */
    private static final int MANY = 20;

    private final Run run;

    Table(Run run) {
        this.run = run;
    }

    /** The subject's name for readers. */
    static String called(String subject) {
        return CALLED.getOrDefault(subject, subject);
    }

    /** In Markdown. */
    String markdown() {
        var subjects = run.subjects();
        var ratios = subjects.stream().filter(each -> !each.equals("cardume") && subjects.contains("cardume")).toList();
        var rows = new ArrayList<List<String>>();
        var head = new ArrayList<>(List.of("what", "unit"));
        subjects.forEach(each -> head.add(called(each)));
        ratios.forEach(each -> head.add("to " + called(each)));
        rows.add(head);
        for (String name : Charts.inOrder(run)) {
            var any = run.figures().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
            var row = new ArrayList<>(List.of(name, any.unit() + (any.higher() ? ", more is better" : "")));
            for (String subject : subjects) row.add(run.figure(name, subject).map(figure -> words(figure) + fewer(figure)).orElse(""));
            for (String other : ratios) row.add(ratio(name, other).map(ratio -> ratioWords(name, other, ratio)).orElse(""));
            rows.add(row);
        }
        var lines = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            lines.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
            if (i == 0) lines.append("|---|---|").append("--:|".repeat(rows.getFirst().size() - 2)).append("\n");
        }
        return lines.toString();
    }

    /** How many samples there are, where another has more: a round that failed has none, and what is left may flatter. */
    private String fewer(Figure figure) {
        int most = run.figures().stream().filter(each -> each.name().equals(figure.name())).mapToInt(each -> each.samples().size()).max().orElse(0);
        return figure.samples().size() < most ? " n=" + figure.samples().size() : "";
    }

    private static String words(Figure figure) {
        if (figure.samples().size() > MANY) return "%s (p99 %s, most %s)".formatted(number(figure.median()), number(figure.percentile(99)), number(figure.max()));
        return figure.samples().size() == 1 ? number(figure.median())
                : "%s (%s–%s)".formatted(number(figure.median()), number(figure.min()), number(figure.max()));
    }

    private String ratioWords(String name, String other, double ratio) {
        var mine = run.figure(name, "cardume").orElseThrow();
        var theirs = run.figure(name, other).orElseThrow();
        boolean ahead = mine.higher() ? ratio > 1 : ratio < 1;
        var words = String.format(Locale.ROOT, "%.2f", ratio);
        return other.equals("swarm") && ahead && mine.isApartFrom(theirs) ? "**" + words + "**" : words;
    }

    /** Cardume's median over the other's; empty where that says nothing. */
    Optional<Double> ratio(String name, String other) {
        var mine = run.figure(name, "cardume");
        var theirs = run.figure(name, other);
        if (mine.isEmpty() || theirs.isEmpty() || COUNTED.contains(mine.get().unit())) return Optional.empty();
        return mine.get().median() <= 0 || theirs.get().median() <= 0 ? Optional.empty() : Optional.of(mine.get().median() / theirs.get().median());
    }

    /** Where Cardume is behind another by more than this share, a line each; in the order of how much. */
    List<String> behind(String other, double share) {
        record Line(double worse, String words) {
        }
        var lines = new ArrayList<Line>();
        for (String name : run.names()) {
            var mine = run.figure(name, "cardume");
            var theirs = run.figure(name, other);
            if (mine.isEmpty() && theirs.isPresent() && other.equals("swarm")) lines.add(new Line(Double.MAX_VALUE, name + ": Cardume was not measured"));
            if (mine.isEmpty() || theirs.isEmpty()) continue;
            var unit = mine.get().unit();
            var both = "%s: %s %s, %s %s".formatted(name, number(mine.get().median()), unit, number(theirs.get().median()), unit);
            var overlap = mine.get().isApartFrom(theirs.get()) ? "" : mine.get().samples().size() == 1 ? "; one sample" : "; the spreads overlap";
            var ratio = ratio(name, other);
            if (ratio.isPresent()) {
                double worse = mine.get().higher() ? 1 / ratio.get() : ratio.get();
                if (worse > 1 + share) lines.add(new Line(worse, String.format(Locale.ROOT, "%s (%.2f times as %s%s)", both, worse,
                        mine.get().higher() ? "few" : unit.matches("s|ms") ? "long" : "much", overlap)));
            } else if (mine.get().higher() ? mine.get().median() < theirs.get().median() : mine.get().median() > theirs.get().median())
                lines.add(new Line(Double.MAX_VALUE / 2, both));
        }
        return lines.stream().sorted((a, b) -> Double.compare(b.worse(), a.worse())).map(Line::words).toList();
    }

    /** A number as short as its size allows. */
    static String number(double value) {
        double size = Math.abs(value);
        if (value == Math.rint(value) && size < 1000) return String.format(Locale.ROOT, "%.0f", value);
        if (size >= 1000) return String.format(Locale.ROOT, "%,.0f", value);
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
