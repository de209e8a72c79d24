package io.cardume.bench.scale;

import com.fasterxml.jackson.databind.SerializationFeature;
import io.cardume.api.Json;
import io.cardume.bench.page.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/** What was measured: printed as it comes, and kept as JSON. */
final class Figures {
    private record Figure(String name, String unit, String subject, List<Double> samples, List<Double> times, String chart, String better, String note) {}

    private final List<Figure> all = new ArrayList<>();
    private final String loadBefore = Machine.load();

    void add(String name, double value, String unit) {
        add(name, List.of(value), unit, "lower", "cardume", "");
    }

    void addHigherIsBetter(String name, double value, String unit) {
        add(name, List.of(value), unit, "higher", "cardume", "");
    }

    /** What somebody else has published. */
    void addPublished(String name, double value, String unit, String subject, String note) {
        add(name, List.of(value), unit, "higher", subject, note);
    }

    void add(String name, List<Double> samples, String unit) {
        add(name, samples, unit, "lower", "cardume", "");
    }

    private void add(String name, List<Double> samples, String unit, String better, String subject, String note) {
        if (samples.isEmpty()) return;
        all.add(new Figure(name, unit, subject, samples.stream().map(Figures::rounded).toList(), List.of(), "", better, note));
        var sorted = samples.stream().sorted().toList();
        var shown = samples.size() == 1 ? number(sorted.getFirst())
                : "p50 " + number(at(sorted, 0.5)) + ", p99 " + number(at(sorted, 0.99)) + ", most " + number(sorted.getLast()) + " (" + samples.size() + " times)";
        System.out.printf(Locale.ROOT, "  %-64s %s %s%s%n", name, shown, unit, subject.equals("cardume") ? "" : "   (" + subject + ")");
    }

    /** A line over time: seconds from its beginning, with what was seen then. */
    void addLine(String name, String chart, String unit, SortedMap<Double, Double> seen) {
        if (seen.isEmpty()) return;
        all.add(new Figure(name, unit, "cardume", seen.values().stream().map(Figures::rounded).toList(), seen.keySet().stream().map(Figures::rounded).toList(), chart, "higher", ""));
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    private static double at(List<Double> sorted, double part) {
        return sorted.get(Math.min(sorted.size() - 1, (int) Math.ceil(part * sorted.size()) - 1));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%,.0f" : Math.abs(value) >= 10 ? "%,.1f" : "%,.3f", value);
    }

    void store(Path file, String title, String about, String command, String commit) throws IOException {
        var page = Json.lenient().createObjectNode();
        page.put("title", title).put("about", about).put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()).put("commit", commit).put("command", command);
        var machine = page.putObject("machine");
        Machine.described().forEach(machine::put);
        Optional.ofNullable(System.getenv("SCALE_BESIDE")).ifPresent(words -> machine.put("beside it", words));
        machine.put("load at the start", loadBefore).put("load at the end", Machine.load());
        var figures = page.putArray("figures");
        for (Figure figure : all) {
            var one = figures.addObject();
            one.put("name", figure.name()).put("unit", figure.unit()).put("subject", figure.subject());
            var samples = one.putArray("samples");
            // Of many samples as many as a page can show: every so many-th of them in order, so that the parts are the same.
            boolean line = !figure.times().isEmpty();
            var sorted = figure.samples().size() > 200 && !line ? figure.samples().stream().sorted().toList() : figure.samples();
            int step = line ? 1 : Math.max(1, sorted.size() / 200);
            for (int i = step - 1; i < sorted.size(); i += step) samples.add(sorted.get(i));
            if (line) figure.times().forEach(one.putArray("times")::add);
            if (!figure.chart().isEmpty()) one.put("chart", figure.chart());
            one.put("better", figure.better());
            if (!figure.note().isEmpty()) one.put("note", figure.note());
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, Json.lenient().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(page) + "\n");
    }
}
