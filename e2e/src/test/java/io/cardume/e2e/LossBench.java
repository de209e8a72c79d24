package io.cardume.e2e;

import io.cardume.e2e.Cluster.Task;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Counts the requests that are lost while tasks are replaced for every reason there is. {@code bench/loss} starts it. */
public final class LossBench {
    private static final int PORT = 18_077;
    private static final int REPLICAS = 5;
    private static final int ROUNDS = 3;
    private static final int CLIENTS = 4;
    private static final Duration SOON = Duration.ofSeconds(90);

    private final Cluster cluster;
    private final Cli cli;
    private final List<Load.Phase> all = new ArrayList<>();

    private LossBench(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    /** Arguments: where {@code v1.tar} and {@code v2.tar} are, each with a server; how many requests there are to be (100000). */
    public static void main(String[] arguments) {
        Path servers = Path.of(arguments[0]);
        long requests = arguments.length > 1 ? Long.parseLong(arguments[1]) : 100_000;
        try (Fleet fleet = Fleet.start(3)) {
            for (Host host : fleet.hosts())
                for (String version : List.of("v1", "v2"))
                    Ran.of(SOON, Map.of(), List.of("docker", "-H", "unix://" + host.socket(), "import",
                            "-c", "ENTRYPOINT [\"/answerer\", \"8080\", \"" + version + "\"]", servers.resolve(version + ".tar").toString(),
                            "answerer:" + version)).ok();
            Cluster cluster = new Cluster(fleet);
            cluster.start();
            LossBench bench = new LossBench(cluster);
            bench.run(false, requests / 2);
            bench.run(true, requests / 2);
            long asked = bench.all.stream().mapToLong(Load.Phase::asked).sum();
            long lost = bench.all.stream().mapToLong(phase -> phase.failures().size()).sum();
            System.out.printf("in all                       %7d requests, %d failed%n", asked, lost);
        }
    }

    private void run(boolean keepAlive, long requests) {
        String how = keepAlive ? "keep-alive, " : "one each, ";
        // Connections that are kept open are open until the stop signal: to wait for them for long proves nothing more.
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "" + REPLICAS, "--publish", PORT + ":8080",
                "--label", "cardume.ready=tcp://:8080", "--label", "cardume.drain=" + (keepAlive ? "2s" : "10s"), "answerer:v1").ok();
        cluster.awaitRunning("web", REPLICAS);
        List<InetSocketAddress> doors = cluster.fleet().hosts().stream().map(host -> new InetSocketAddress(host.address(), PORT)).toList();
        for (InetSocketAddress door : doors) Await.until("it answers at " + door, SOON, () -> answers(door));
        try (Load load = Load.on(doors, CLIENTS, keepAlive, Duration.ZERO)) {
            phase(load, how + "nothing happens");
            Await.until("some requests", SOON, () -> asked(load) > requests / 20);
            for (int round = 1; round == 1 || asked(load) < requests * 3 / 4; round++) {
                for (String version : List.of("v2", "v1")) {
                    phase(load, how + "update to " + version);
                    cli.run("service", "update", "-d", "--image", "answerer:" + version, "web").ok();
                    awaitAll(":" + version, REPLICAS);
                }
            }
            for (int round = 0; round < ROUNDS; round++) {
                phase(load, how + "scale-down to 2");
                cli.run("service", "scale", "-d", "web=2").ok();
                awaitAll(":v1", 2);
                phase(load, how + "scale-up to 5");
                cli.run("service", "scale", "-d", "web=" + REPLICAS).ok();
                awaitAll(":v1", REPLICAS);
            }
            phase(load, how + "drain of h1");
            cli.run("node", "update", "--availability", "drain", "h1").ok();
            Await.until("h1 is empty", SOON, () -> cluster.fleet().host(1).running("web"), List::isEmpty);
            cli.run("node", "update", "--availability", "active", "h1").ok();
            phase(load, how + "rebalancing");
            Await.until("moves begin", SOON, () -> cluster.api().call("POST", "/rebalance", "").status() == 200);
            Await.until("nothing is better elsewhere", SOON, () -> cluster.api().get("/rebalance"),
                    left -> left.path("Moves").isEmpty() && left.path("Underway").isEmpty());
            awaitAll(":v1", REPLICAS);
            phase(load, how + "nothing happens");
            Await.until("as many requests as there are to be", SOON, () -> asked(load) >= requests);
            load.phases().stream().filter(phase -> phase.asked() > 0).forEach(all::add);
            load.phases().stream().filter(phase -> phase.asked() > 0).forEach(System.out::println);
        }
        cli.run("service", "rm", "web").ok();
        cluster.awaitNoTasks();
    }

    private static void phase(Load load, String name) {
        load.phase(name);
    }

    private static long asked(Load load) {
        return load.phases().stream().mapToLong(Load.Phase::asked).sum();
    }

    private void awaitAll(String version, int count) {
        Await.until(count + " run as " + version, SOON,
                () -> cluster.fleet().hosts().stream().flatMap(host -> host.running("web").stream()).toList(),
                running -> running.size() == count && running.stream().allMatch(container -> container.image().endsWith(version)));
        Await.until("they are known to run", SOON, () -> cluster.living("web"), tasks -> tasks.size() == count && tasks.stream().allMatch(Task::runs));
    }

    private static boolean answers(InetSocketAddress door) {
        try (Load load = Load.on(List.of(door), 1, false, Duration.ZERO)) {
            Load.Phase phase = load.phase("probe");
            Await.until("a few answers", SOON, () -> phase.asked() > 2 || !phase.failures().isEmpty());
            return phase.failures().isEmpty();
        }
    }
}
