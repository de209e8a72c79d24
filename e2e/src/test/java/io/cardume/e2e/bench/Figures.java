package io.cardume.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured: the samples of every figure, and what could not be measured. Figures stay in the order in which they came. */
final class Figures {
    /** The engines alone, as a subject. */
    static final String FLOOR = "floor";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** A figure of one subject. */
    private record Figure(String name, String unit, boolean higherIsBetter, String subject) {
    }

    private final Map<Figure, List<Double>> samples = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    /** Seconds from a {@link System#nanoTime()} until now. */
    void since(long start, String name, String subject) {
        note((System.nanoTime() - start) / 1e9, name, "s", subject);
    }

    /** A sample of which less is better. */
    void note(double sample, String name, String unit, String subject) {
        add(sample, new Figure(name, unit, false, subject));
    }

    /** A sample of which more is better. */
    void noteHigher(double sample, String name, String unit, String subject) {
        add(sample, new Figure(name, unit, true, subject));
    }

    private void add(double sample, Figure figure) {
        samples.computeIfAbsent(figure, _ -> new ArrayList<>()).add(Math.round(sample * 1e4) / 1e4);
        System.err.printf(Locale.ROOT, "  %-80s %10.3f %s%n", figure.name() + ", " + figure.subject(), sample, figure.unit());
    }

    /** Something could not be measured; the run goes on. */
    void failed(String what, Throwable why) {
        var said = String.valueOf(why.getMessage()).lines().limit(6).reduce((a, b) -> a + " " + b.strip()).orElse("");
        var words = why.getClass().getSimpleName() + ": " + (said.length() > 400 ? said.substring(0, 400) + " …" : said);
        failures.merge(what, words, (before, now) -> before.endsWith("; again") ? before : before + "; again");
        System.err.println("  FAILED: " + what + ": " + words);
    }

    /** There is no time left to measure something. */
    void leftOut(String what) {
        failures.put(what, "left out, there was no time for it");
        System.err.println("  " + what + ": left out, there is no time for it");
    }

    /** Writes everything so far into a file that is whole at any time, after what is told of the run. */
    void write(Path file, ObjectNode run) throws IOException {
        var all = run.deepCopy();
        var figures = all.putArray("figures");
        samples.forEach((figure, values) -> {
            var one = figures.addObject().put("name", figure.name()).put("unit", figure.unit()).put("subject", figure.subject());
            if (figure.higherIsBetter()) one.put("better", "higher");
            var array = one.putArray("samples");
            values.forEach(array::add);
        });
        var failed = all.putObject("failures");
        failures.forEach(failed::put);
        Files.createDirectories(file.toAbsolutePath().getParent());
        var next = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(next, JSON.writeValueAsString(all) + "\n");
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
