package io.cardume.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * What was measured of one subject.
 *
 * @param unit    of the samples, as in "s"
 * @param subject who was measured: cardume, swarm, floor (the engines alone), or another word
 * @param higher  whether more is better
 * @param samples in the order in which they came; at least one
 * @param times   seconds from the beginning to each sample, for a line over time; else empty
 * @param chart   figures with the same word share a chart; empty = the page decides
 * @param note    words for below the table; empty for none
 */
record Figure(String name, String unit, String subject, boolean higher, List<Double> samples, List<Double> times, String chart, String note) {

    Figure {
        samples = List.copyOf(samples);
        times = List.copyOf(times);
        if (samples.isEmpty()) throw new IllegalArgumentException("no samples: " + name + ", " + subject);
        if (!times.isEmpty() && times.size() != samples.size()) throw new IllegalArgumentException(name + ", " + subject + ": "
                + times.size() + " times for " + samples.size() + " samples");
    }

    static Figure of(JsonNode json) {
        return new Figure(text(json, "name"), json.path("unit").asText(), text(json, "subject"), json.path("better").asText().equals("higher"),
                numbers(json.path("samples")), numbers(json.path("times")), json.path("chart").asText(), json.path("note").asText());
    }

    private static String text(JsonNode json, String field) {
        var text = json.path(field).asText();
        if (text.isEmpty()) throw new IllegalArgumentException("a figure without " + field + ": " + json);
        return text;
    }

    private static List<Double> numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asDouble).toList();
    }

    /** Whether it is a line over time instead of a number. */
    boolean overTime() {
        return !times.isEmpty();
    }

    double median() {
        var sorted = samples.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    /** The sample below which so many percent are. */
    double percentile(int percent) {
        var sorted = samples.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    double min() {
        return samples.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    double max() {
        return samples.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    /** Whether both have several samples and all of one are above all of the other; otherwise the difference may be chance. */
    boolean isApartFrom(Figure other) {
        return samples.size() > 1 && other.samples.size() > 1 && (min() > other.max() || other.min() > max());
    }
}
