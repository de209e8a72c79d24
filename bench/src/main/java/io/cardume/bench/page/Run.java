package io.cardume.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * One run of a benchmark, as it is stored.
 *
 * @param topic    the file's name without its end
 * @param about    what ran, in a sentence or two; may be empty
 * @param facts    of the machine and of what ran on it, in the order in which they are told
 * @param lines    of Markdown, which the benchmark adds to its table; may be empty
 * @param troubles what went wrong while it ran, in words; may be empty
 * @param failures what could not be measured, and why
 */
record Run(String topic, String title, String about, String at, String commit, String command, Map<String, String> facts, List<Figure> figures,
           List<String> lines, List<String> troubles, Map<String, String> failures) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Run read(Path file) throws IOException {
        var json = JSON.readTree(file.toFile());
        var topic = file.getFileName().toString().replaceFirst("\\.json$", "");
        var facts = new LinkedHashMap<>(words(json.path("machine")));
        facts.putAll(words(json.path("versions")));
        return new Run(topic, json.path("title").asText(topic), json.path("about").asText(), json.path("at").asText(), json.path("commit").asText(),
                json.path("command").asText(), facts, StreamSupport.stream(json.path("figures").spliterator(), false).map(Figure::of).toList(),
                texts(json.path("trends")), texts(json.path("troubles")), words(json.path("failures")));
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
    }

    private static Map<String, String> words(JsonNode object) {
        var words = new LinkedHashMap<String, String>();
        object.properties().forEach(each -> words.put(each.getKey(), each.getValue().asText()));
        return words;
    }

    /** The names of the figures that are numbers, in the order in which they were measured. */
    List<String> names() {
        return figures.stream().filter(each -> !each.overTime()).map(Figure::name).distinct().toList();
    }

    /** Who was measured: Cardume first, then swarm mode, then the engines alone, then others. */
    List<String> subjects() {
        var known = new ArrayList<>(List.of("cardume", "swarm", "floor"));
        var all = figures.stream().filter(each -> !each.overTime()).map(Figure::subject).distinct().toList();
        known.retainAll(all);
        all.stream().filter(each -> !known.contains(each)).forEach(known::add);
        return known;
    }

    Optional<Figure> figure(String name, String subject) {
        return figures.stream().filter(each -> !each.overTime() && each.name().equals(name) && each.subject().equals(subject)).findFirst();
    }
}
