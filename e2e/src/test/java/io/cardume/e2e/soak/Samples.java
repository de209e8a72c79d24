package io.cardume.e2e.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.e2e.soak.Trend.Point;
import io.cardume.e2e.soak.Trend.Verdict;
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
    /** More than this share of its mean is too much growth in an hour: memory would have doubled in two days. */
    static final double SHARE = 0.02;
    /** So many minutes a process warms up, and so much of its life if that is more: code is compiled, pools and caches fill. */
    private static final double WARM = 15;
    private static final double WARM_SHARE = 1.0 / 3;
    /** Of so many minutes one value is judged, the lowest: what happens just now lifts the others, a leak lifts all. */
    private static final double WINDOW = 5;

    /** What a figure is measured in. What goes with how many services there are is not judged by its slope, but by what is left at the end. */
    enum Figure {
        RESIDENT("resident memory", "MB", true),
        /** What a collection of the young leaves has garbage in it: it is drawn, the live heap is judged. */
        HEAP("heap after a collection", "MB", false),
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
        /**
         * So gentle a churn writes some 2,700 transactions of 1.4 KB in an hour. The manager has a snapshot of all but the last some hundred,
         * and keeps 2,000 of them in the log all the same; older ones go by the segment of 1 MB. So in the first hours the log may grow by all
         * that is written, and by the MB that a new segment begins with.
         */
        DATA_BYTES("bytes of the data directory", "KB", true, 5_120);

        private final String words;
        private final String unit;
        private final boolean judged;
        private final double nothing;

        String words() {
            return words;
        }

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

    /** What {@link #add} wrote in an earlier run. */
    static Samples read(Path file) throws IOException {
        Map<String, Figure> figures = new LinkedHashMap<>();
        for (Figure figure : Figure.values()) figures.put(figure.words, figure);
        Samples samples = new Samples(file);
        for (String line : Files.readAllLines(file)) {
            // A subject may have commas: "manager, process 1".
            int afterMinute = line.indexOf(',');
            int afterFigure = line.indexOf(',', afterMinute + 1);
            int beforeValue = line.lastIndexOf(',');
            Key key = new Key(figures.get(line.substring(afterMinute + 1, afterFigure)), line.substring(afterFigure + 1, beforeValue));
            samples.lines.computeIfAbsent(key, _ -> new ArrayList<>())
                    .add(new Point(Double.parseDouble(line.substring(0, afterMinute)), Double.parseDouble(line.substring(beforeValue + 1))));
        }
        return samples;
    }

    /** The newest value of each subject. */
    synchronized Map<String, Double> latest(Figure figure) {
        Map<String, Double> latest = new LinkedHashMap<>();
        lines.forEach((key, points) -> {
            if (key.figure() == figure) latest.put(key.subject(), points.getLast().value());
        });
        return latest;
    }

    /** What was measured of one subject, and how it went on once it was warm. */
    record Line(Figure figure, String subject, double first, double last, Trend trend) {
        /** Whether its slope says something of the program rather than of how many services there are. */
        boolean isJudged() {
            return figure.judged;
        }

        Verdict verdict() {
            return trend.verdict(SHARE, figure.nothing);
        }

        /** Kind of subject: all agents are one program. */
        String role() {
            return subject.startsWith("manager") ? "manager" : subject.startsWith("agent") ? "agent" : "host";
        }

        /** As a row of the table. */
        String row() {
            return String.format(Locale.ROOT, "| %s, %s | %s | %.1f | %.1f | %.0f | %+.2f ± %.2f | %s |", figure.words, figure.unit, subject, first, last,
                    trend.minutes(), trend.perHour(), trend.error(), isJudged() ? trend.words(SHARE, figure.nothing) : "");
        }

        @Override
        public String toString() {
            return figure.words + " of " + subject;
        }
    }

    /** The lines that are long enough for a slope. */
    synchronized List<Line> lines() {
        List<Line> all = new ArrayList<>();
        lines.forEach((key, points) -> {
            Trend trend = Trend.of(key.figure().judged ? judged(points) : points.subList(points.size() / 3, points.size()));
            if (trend.isLongEnough()) all.add(new Line(key.figure(), key.subject(), points.getFirst().value(), points.getLast().value(), trend));
        });
        return all;
    }

    /** Of a line what is judged: the lowest of each few minutes, once it is warm. */
    static List<Point> judged(List<Point> points) {
        double began = points.getFirst().minute();
        double end = points.getLast().minute();
        double warm = began + Math.max(WARM, (end - began) * WARM_SHARE);
        // All as long, so that none is higher for having fewer values.
        long windows = Math.max(1, Math.round((end - warm) / WINDOW));
        Map<Long, Point> lowest = new TreeMap<>();
        for (Point point : points) {
            if (point.minute() < warm) continue;
            long window = Math.min(windows - 1, (long) ((point.minute() - warm) / (end - warm) * windows));
            lowest.merge(window, point, (one, other) -> other.value() < one.value() ? other : one);
        }
        return List.copyOf(lowest.values());
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
