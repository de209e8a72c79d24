package io.cardume.e2e.bench;

import static io.cardume.e2e.bench.Figures.FLOOR;

import io.cardume.e2e.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls of the API: how long the answers take, and how many creations a second are taken. */
final class Calls {
    private static final Duration MOST = Duration.ofSeconds(12);
    private static final int CLI_CALLS = 5;
    private static final int CREATES = 400;
    private final Ground ground;
    private final Figures figures;

    Calls(Ground ground) {
        this.ground = ground;
        this.figures = ground.figures();
    }

    /** What one call costs that does next to nothing: by HTTP, by the CLI, and one synced append to the disk. */
    void least() throws InterruptedException {
        ground.floor("the least a call costs", () -> {
            var engine = ground.fleet().hosts().getLast();
            var took = timed(engine.socket(), "/_ping", 300);
            figures.note(percentile(took, 50), "GET one service, 100 tasks, p50", "ms", FLOOR);
            figures.note(percentile(took, 99), "GET one service, 100 tasks, p99", "ms", FLOOR);
            cli(Cli.all("unix://" + engine.socket()).getLast(), FLOOR, "version", "--format", "{{.Server.Version}}");
            figures.noteHigher(ground.floor().syncedAppendsPerSecond(ground.fleet().manager().directory()), "services created a second, 1 connection", "1/s", FLOOR);
            return null;
        });
        ground.each("a command of the CLI", subject -> cli(subject.cli(), subject.name(), "service", "ls", "-q"));
    }

    private void cli(Cli cli, String subject, String... words) {
        for (int i = 0; i < CLI_CALLS; i++) {
            long start = System.nanoTime();
            cli.run(words).ok();
            figures.note((System.nanoTime() - start) / 1e6, "a command of the CLI that changes nothing", "ms", subject);
        }
    }

    /** How long a service and the list of all tasks take, over one kept connection. */
    void latencies(Subject subject, String service, String with, int ofOne, int ofList) throws IOException {
        note("GET one service, " + with, timed(subject.api().socket(), "/v1.41/services/" + service, ofOne), subject);
        note("GET the list of tasks, " + with, timed(subject.api().socket(), "/v1.41/tasks", ofList), subject);
    }

    private void note(String name, List<Double> took, Subject subject) {
        figures.note(percentile(took, 50), name + ", p50", "ms", subject.name());
        figures.note(percentile(took, 99), name + ", p99", "ms", subject.name());
    }

    /** So many times, or as often as there is time for; the first tenth is not counted. */
    private static List<Double> timed(Path socket, String path, int times) throws IOException {
        var took = new ArrayList<Double>();
        try (Wire wire = new Wire(socket)) {
            for (int i = 0; i < times / 10 + 1; i++) wire.call("GET", path, "");
            long end = System.nanoTime() + MOST.toNanos();
            for (int i = 0; i < times && (i < 5 || System.nanoTime() < end); i++) {
                long start = System.nanoTime();
                wire.call("GET", path, "");
                took.add((System.nanoTime() - start) / 1e6);
            }
        }
        return took;
    }

    static double percentile(List<Double> values, int percent) {
        var sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    /** Services without replicas, created over one connection and over eight. */
    void creates() throws InterruptedException {
        for (int connections : List.of(1, 8)) {
            var name = "services created a second, " + connections + (connections == 1 ? " connection" : " connections");
            ground.each(name, subject -> {
                var prefix = ground.nextName();
                try {
                    figures.noteHigher(createsPerSecond(subject, prefix, connections), name, "1/s", subject.name());
                } finally {
                    forget(subject, prefix);
                }
            });
        }
    }

    private static double createsPerSecond(Subject subject, String prefix, int connections) throws Exception {
        var next = new AtomicInteger();
        try (var lanes = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<Void>>();
            long start = System.nanoTime();
            for (int lane = 0; lane < connections; lane++) {
                Callable<Void> creating = () -> {
                    try (Wire wire = new Wire(subject.api().socket())) {
                        for (int i = next.getAndIncrement(); i < CREATES; i = next.getAndIncrement())
                            wire.call("POST", "/v1.41/services/create", empty(prefix + "-" + i));
                    }
                    return null;
                };
                all.add(lanes.submit(creating));
            }
            for (Future<Void> each : all) each.get();
            return CREATES / ((System.nanoTime() - start) / 1e9);
        }
    }

    private static void forget(Subject subject, String prefix) throws IOException {
        try (Wire wire = new Wire(subject.api().socket())) {
            for (String service : subject.services()) if (service.startsWith(prefix + "-")) wire.call("DELETE", "/v1.41/services/" + service, "");
        }
    }

    /** A service without replicas, as JSON. */
    static String empty(String name) {
        return """
                {"Name": "%s", "Mode": {"Replicated": {"Replicas": 0}}, "TaskTemplate": {"ContainerSpec": {"Image": "%s"}}}""".formatted(name, Ground.IMAGE);
    }
}
