package io.cardume.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import io.cardume.bench.page.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs all benchmarks of the core one after the other and stores what they measured. {@code bench/core} starts it. */
public final class CoreBenchmarks {
    /** What is measured in one unit shares a picture. */
    private static final Map<String, String> CHARTS = Map.of("planner", "Placements a second on 5,000 nodes", "state", "One read, one change of 10,000 tasks",
            "json", "A list of 10,000 tasks as JSON", "log", "A transaction on its way to disk");

    private CoreBenchmarks() {}

    /** Arguments: the file to be written; the commit that is measured; then JMH's own, for example names of benchmarks. */
    public static void main(String[] arguments) throws Exception {
        var words = List.of(arguments);
        var asked = new CommandLineOptions(words.subList(2, words.size()).toArray(String[]::new));
        var options = new OptionsBuilder().parent(asked).shouldFailOnError(true);
        if (asked.getIncludes().isEmpty()) List.of("Planner", "State", "Json", "Log").forEach(name -> options.include(name + "Benchmark"));
        var load = Machine.load();
        var results = new Runner(options.build()).run();
        Files.writeString(Path.of(words.getFirst()), Json.lenient().writerWithDefaultPrettyPrinter().writeValueAsString(page(results, words.get(1), load)) + "\n");
    }

    private static ObjectNode page(Collection<RunResult> results, String commit, String load) {
        var page = Json.lenient().createObjectNode();
        page.put("title", "The core alone");
        page.put("about", "JMH, one fork each, on one core: the planner's placements on 5,000 nodes, reads and changes of the state with 10,000 tasks that run on"
                + " them and of the collections it is made of, the JSON of a list of these tasks, and a transaction on its way to the temporary directory's disk.");
        page.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        page.put("commit", commit);
        page.put("command", "bench/core");
        var machine = page.putObject("machine");
        Machine.described().forEach(machine::put);
        machine.put("load at the start", load).put("load at the end", Machine.load());
        Optional.ofNullable(System.getenv("CORE_BESIDE")).ifPresent(words -> machine.put("beside it", words));
        var figures = page.putArray("figures");
        results.stream().sorted(Comparator.comparing(CoreBenchmarks::name)).forEach(result -> {
            var figure = figures.addObject();
            var unit = result.getPrimaryResult().getScoreUnit();
            boolean rate = unit.startsWith("ops/");
            figure.put("name", name(result));
            figure.put("unit", rate ? "1/" + unit.substring(4) : unit.substring(0, unit.indexOf('/')));
            figure.put("subject", "cardume");
            figure.put("better", rate ? "higher" : "lower");
            figure.put("chart", CHARTS.get(subject(result)));
            var samples = figure.putArray("samples");
            result.getBenchmarkResults().forEach(fork -> fork.getIterationResults()
                    .forEach((IterationResult iteration) -> samples.add(iteration.getPrimaryResult().getScore())));
        });
        return page;
    }

    /** The class, the method and what it was given: "planner: oneLargeService". */
    private static String name(RunResult result) {
        var parts = result.getParams().getBenchmark().split("\\.");
        var given = new StringBuilder();
        result.getParams().getParamsKeys().forEach(key -> given.append(", ").append(key).append(' ').append(result.getParams().getParam(key)));
        return subject(result) + ": " + words(parts[parts.length - 1]) + given;
    }

    private static String subject(RunResult result) {
        var parts = result.getParams().getBenchmark().split("\\.");
        return parts[parts.length - 2].replace("Benchmark", "").toLowerCase(Locale.ROOT);
    }

    /** A method's name as words: "one large service"; names of collections stay. */
    private static String words(String method) {
        var words = new StringBuilder();
        for (String word : method.split("(?=[A-Z])")) words.append(words.isEmpty() ? "" : " ").append(word.toLowerCase(Locale.ROOT));
        return words.toString().replace("hash tree p map", "HashTreePMap").replace("tree p map", "TreePMap").replace("tree map", "TreeMap").replace("hash map", "HashMap");
    }
}
