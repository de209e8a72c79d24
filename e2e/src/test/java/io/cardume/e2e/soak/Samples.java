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

/** Everything that was measured, each figure of each subject a line over time; written to a file as it comes, so that one can look on. */
final class Samples {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double SHARE = 0.02;

    /** What a figure is measured in, and how much more of it in an hour is nothing yet. */
    enum Figure {
        RESIDENT("resident memory", "MB", 1),
        HEAP("heap after a collection", "MB", 1),
        LIVE("live heap", "MB", 1),
        THREADS("threads", "threads", 1),
        FILES_OPEN("file descriptors", "descriptors", 1),
        CPU("CPU", "% of a core", 0.5),
        BRIDGES("bridges", "links", 0.5),
        TUNNELS("vxlan links", "links", 0.5),
        RULES("lines of nft and iptables", "lines", 5),
        CONNECTIONS("conntrack entries", "entries", 20),
        MOUNTS("mounts", "mounts", 0.5),
        NETWORKS("networks of the engine", "networks", 0.5),
        CONTAINERS("containers", "containers", 1),
        STRAYS("containers that no task has", "containers", 0.2),
        DATA_FILES("files of the data directory", "files", 2),
        DATA_BYTES("bytes of the data directory", "KB", 64);

        private final String words;
        private final String unit;
        private final double nothing;

        Figure(String words, String unit, double nothing) {
            this.words = words;
            this.unit = unit;
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

    /** The lines' slopes over the last two thirds, those long enough, and what to make of each. */
    synchronized List<String> trends() {
        double from = minute() / 3;
        List<String> table = new ArrayList<>(List.of("| what | of | first | last | minutes of the last two thirds | an hour brings | verdict |", "|---|---|---|---|---|---|---|"));
        lines.forEach((key, points) -> {
            List<Point> late = points.stream().filter(point -> point.minute() >= from).toList();
            Trend trend = Trend.of(late);
            if (trend.isLongEnough()) table.add(String.format(Locale.ROOT, "| %s, %s | %s | %.1f | %.1f | %.0f | %+.2f | %s |", key.figure().words, key.figure().unit,
                    key.subject(), points.getFirst().value(), points.getLast().value(), trend.minutes(), trend.perHour(), trend.verdict(SHARE, key.figure().nothing)));
        });
        return table;
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
