package io.cardume.e2e.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.e2e.soak.Trend.Point;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Everything that was measured, each figure of each subject a line over time; written to a file as it comes, so that one can look on. */
final class Samples {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double SHARE = 0.02;
    /** So many minutes a process warms up. */
    private static final double WARM = 15;

    /** What a figure is measured in. What goes with how many services there are is not judged by its slope, but by what is left at the end. */
    enum Figure {
        RESIDENT("resident memory", "MB", true),
        HEAP("heap after a collection", "MB", true),
        LIVE("live heap", "MB", true),
        THREADS("threads", "threads", true),
        FILES_OPEN("file descriptors", "descriptors", true),
        CPU("CPU", "% of a core", false),
        BRIDGES("bridges", "links", false),
        TUNNELS("vxlan links", "links", false),
        RULES("lines of nft and iptables", "lines", false),
        CONNECTIONS("conntrack entries", "entries", false),
        MOUNTS("mounts", "mounts", false),
        NETWORKS("networks of the engine", "networks", false),
        CONTAINERS("containers", "containers", false),
        STRAYS("containers that no task has", "containers", true),
        DATA_FILES("files of the data directory", "files", true, 8),
        /** The manager's log grows until the second snapshot of 2,000 transactions; so gentle a churn needs an hour and more for each. */
        DATA_BYTES("bytes of the data directory", "KB", true, 6_144);

        private final String words;
        private final String unit;
        private final boolean judged;
        private final double nothing;

        Figure(String words, String unit, boolean judged) {
            this(words, unit, judged, 1);
        }

        /** @param nothing how much more in an hour is nothing yet */
        Figure(String words, String unit, boolean judged, double nothing) {
            this.words = words;
            this.unit = unit;
            this.judged = judged;
            this.nothing = nothing;
        }
    }

    private record Key(Figure figure, String subject) {
    }

    private final Path file;
    private final long began = System.nanoTime();
    private final Map<Key, List<Point>> lines = new LinkedHashMap<>();

    /** @param file where each sample is added as a line: minute, figure, subject, value */
    Samples(Path file) {
        this.file = file;
    }

    /** Minutes since the beginning. */
    double minute() {
        return (System.nanoTime() - began) / 60e9;
    }

    synchronized void add(Figure figure, String subject, double value) {
        double now = minute();
        lines.computeIfAbsent(new Key(figure, subject), _ -> new ArrayList<>()).add(new Point(now, value));
        try {
            Files.writeString(file, String.format(Locale.ROOT, "%.2f,%s,%s,%.2f%n", now, figure.words, subject, value),
                    StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The newest value of each subject. */
    synchronized Map<String, Double> latest(Figure figure) {
        Map<String, Double> latest = new LinkedHashMap<>();
        lines.forEach((key, points) -> {
            if (key.figure() == figure) latest.put(key.subject(), points.getLast().value());
        });
        return latest;
    }

    /**
     * The slopes over the last two thirds of those lines that are long enough. What is judged is judged by the lowest of each ten minutes, which a
     * leak lifts and what happens just now does not; a process's first quarter of an hour is left out.
     */
    synchronized List<String> trends() {
        double end = lines.values().stream().mapToDouble(points -> points.getLast().minute()).max().orElse(0);
        List<String> table = new ArrayList<>(List.of("| what | of | first | last | minutes looked at | an hour brings | verdict |", "|---|---|---|---|---|---|---|"));
        lines.forEach((key, points) -> {
            double from = Math.max(end / 3, points.getFirst().minute() + (key.figure().judged ? WARM : 0));
            List<Point> late = points.stream().filter(point -> point.minute() >= from).toList();
            Trend trend = Trend.of(key.figure().judged ? lowest(late) : late);
            if (trend.isLongEnough()) table.add(String.format(Locale.ROOT, "| %s, %s | %s | %.1f | %.1f | %.0f | %+.2f | %s |", key.figure().words, key.figure().unit,
                    key.subject(), points.getFirst().value(), points.getLast().value(), trend.minutes(), trend.perHour(), key.figure().judged ? trend.verdict(SHARE, key.figure().nothing) : ""));
        });
        return table;
    }

    private static List<Point> lowest(List<Point> points) {
        Map<Long, Point> byTen = new TreeMap<>();
        points.forEach(point -> byTen.merge((long) point.minute() / 10, point, (one, other) -> other.value() < one.value() ? other : one));
        return List.copyOf(byTen.values());
    }

    /** All lines, a point a minute (the mean), for whoever draws them. */
    synchronized ArrayNode json() {
        ArrayNode all = JSON.createArrayNode();
        lines.forEach((key, points) -> {
            ObjectNode line = all.addObject().put("name", key.figure().words).put("unit", key.figure().unit).put("subject", key.subject())
                    .put("chart", key.figure().words);
            ArrayNode samples = line.putArray("samples");
            ArrayNode times = line.putArray("times");
            Map<Long, List<Double>> byMinute = new LinkedHashMap<>();
            points.forEach(point -> byMinute.computeIfAbsent((long) point.minute(), _ -> new ArrayList<>()).add(point.value()));
            byMinute.forEach((minute, values) -> {
                times.add(60 * minute);
                samples.add(Math.round(100 * values.stream().mapToDouble(value -> value).average().orElse(0)) / 100.0);
            });
        });
        return all;
    }
}
