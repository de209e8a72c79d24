package io.cardume.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.api.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs all benchmarks of the core one after the other and stores what they measured. {@code bench/core} starts it. */
public final class CoreBenchmarks {
    private CoreBenchmarks() {}

    /** Arguments: the file to be written; the commit that is measured; then JMH's own, for example names of benchmarks. */
    public static void main(String[] arguments) throws Exception {
        var words = List.of(arguments);
        var asked = new CommandLineOptions(words.subList(2, words.size()).toArray(String[]::new));
        var options = new OptionsBuilder().parent(asked).shouldFailOnError(true);
        if (asked.getIncludes().isEmpty()) List.of("Planner", "State", "Json", "Log").forEach(name -> options.include(name + "Benchmark"));
        var results = new Runner(options.build()).run();
        Files.writeString(Path.of(words.getFirst()), Json.lenient().writerWithDefaultPrettyPrinter().writeValueAsString(page(results, words.get(1))) + "\n");
    }

    private static ObjectNode page(Collection<RunResult> results, String commit) {
        var page = Json.lenient().createObjectNode();
        page.put("title", "The core alone");
        page.put("about", "JMH, one fork each: the planner's placements on 5,000 nodes, the state's collections with 100,000 tasks, the JSON of 10,000"
                + " tasks, and a transaction on its way to disk.");
        page.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        page.put("commit", commit);
        page.put("command", "bench/core");
        var figures = page.putArray("figures");
        results.stream().sorted(Comparator.comparing(CoreBenchmarks::name)).forEach(result -> {
            var figure = figures.addObject();
            var unit = result.getPrimaryResult().getScoreUnit();
            boolean rate = unit.startsWith("ops/");
            figure.put("name", name(result));
            figure.put("unit", rate ? "1/" + unit.substring(4) : unit.substring(0, unit.indexOf('/')));
            figure.put("subject", "cardume");
            figure.put("better", rate ? "higher" : "lower");
            var samples = figure.putArray("samples");
            result.getBenchmarkResults().forEach(fork -> fork.getIterationResults()
                    .forEach((IterationResult iteration) -> samples.add(iteration.getPrimaryResult().getScore())));
        });
        return page;
    }

    /** The class, the method and what it was given: "planner: oneLargeService". */
    private static String name(RunResult result) {
        var parts = result.getParams().getBenchmark().split("\\.");
        var subject = parts[parts.length - 2].replace("Benchmark", "").toLowerCase(Locale.ROOT);
        var given = new StringBuilder();
        result.getParams().getParamsKeys().forEach(key -> given.append(", ").append(key).append(' ').append(result.getParams().getParam(key)));
        return subject + ": " + parts[parts.length - 1] + given;
    }
}
