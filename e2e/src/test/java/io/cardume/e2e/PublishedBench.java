package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Many services that publish a port, on a fleet of two: how long it takes to create them through the API, and until every host
 * answers on every port; what one change takes beside them, and what it costs. Most have no tasks: their ports are there all the
 * same. {@code bench/published} starts it.
 */
public final class PublishedBench {
    private static final int HOSTS = 2;
    private static final int WITH_TASK = 10;
    private static final int FIRST_PORT = 10_000;
    private static final int ROUNDS = 5;
    private static final Duration CALL = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private final Cluster cluster;
    private final int services;

    private PublishedBench(Cluster cluster, int services) {
        this.cluster = cluster;
        this.services = services;
    }

    /** Argument: how many services (1000). */
    public static void main(String[] arguments) throws Exception {
        int services = arguments.length == 0 ? 1_000 : Integer.parseInt(arguments[0]);
        try (Fleet fleet = Fleet.start(HOSTS)) {
            var cluster = new Cluster(fleet);
            cluster.start();
            new PublishedBench(cluster, services).measure();
        }
    }

    private void measure() throws IOException {
        System.out.println("ingress is " + cluster.cli().run("network", "inspect", "ingress", "--format", "{{(index .IPAM.Config 0).Subnet}}").ok().line());
        long began = System.nanoTime();
        double cpu = cpu();
        for (int i = 0; i < services; i++) create("s" + i, i < WITH_TASK ? 1 : 0, FIRST_PORT + i);
        say("creating " + services + " services through the API", began);
        long created = System.nanoTime();
        Await.until("every host knows of the last one", LIMIT, () -> everyHostHas("s" + (services - 1)));
        say("until every host has programmed the last one", created);
        for (Host host : cluster.fleet().hosts())
            Await.until(host + " listens on every port", LIMIT, () -> listens(host), held -> held == services);
        say("until every host listens on every port", created);
        for (int i = 0; i < WITH_TASK; i++) for (Host host : cluster.fleet().hosts()) answers(host, FIRST_PORT + i);
        say("until every host answers for those with a task", created);
        cpu("while all that was made, processor", cpu);

        for (int round = 0; round < ROUNDS; round++) {
            int port = FIRST_PORT + services + round;
            began = System.nanoTime();
            cpu = cpu();
            create("more" + round, 1, port);
            say("one more: created", began);
            cluster.awaitRunning("more" + round, 1);
            say("one more: its task runs", began);
            long running = System.nanoTime();
            for (Host host : cluster.fleet().hosts()) answers(host, port);
            say("one more: from there until every host answers", running);
            cpu("one more: processor", cpu);
        }
        var agent = cluster.fleet().host(1);
        cluster.agent(agent).kill();
        cluster.startAgent(agent);
        began = System.nanoTime();
        Await.until("the restarted agent listens on every port", LIMIT, () -> listens(agent), held -> held == services + ROUNDS);
        say("an agent that was killed is started: until it listens on every port", began);
        began = System.nanoTime();
        cluster.killManager();
        cluster.startManager();
        cluster.awaitReady();
        Await.until("all agents have programmed all after the manager's restart", LIMIT, () -> everyHostHas("s" + (services - 1)));
        say("the manager is killed and started: until every host has programmed all", began);
        began = System.nanoTime();
        for (JsonNode service : cluster.api().get("/services")) cluster.api().call("DELETE", "/services/" + service.path("ID").asText(), "");
        say("removing all through the API", began);
        for (Host host : cluster.fleet().hosts()) Await.until(host + " listens on none", LIMIT, () -> listens(host), held -> held == 0);
        say("until no host listens any more", began);
    }

    private void create(String name, int replicas, int port) {
        var spec = """
                {"Name": "%s", "TaskTemplate": {"ContainerSpec": {"Image": "cardume/web:1"}}, "Mode": {"Replicated": {"Replicas": %d}},
                 "EndpointSpec": {"Ports": [{"Protocol": "tcp", "TargetPort": 8080, "PublishedPort": %d}]}}""".formatted(name, replicas, port);
        var answer = cluster.api().call("POST", "/services/create", spec);
        if (answer.status() != 201) throw new IllegalStateException(answer.body());
    }

    /** Whether each host has said that its tables are of the service's version or a later one. */
    private boolean everyHostHas(String service) {
        long version = cluster.api().get("/services/" + service).path("Version").path("Index").asLong();
        var nodes = new ArrayList<Long>();
        for (JsonNode node : cluster.api().get("/services/" + service + "/endpoints").path("Nodes"))
            if (!node.path("Generation").isMissingNode()) nodes.add(node.path("Generation").asLong());
        return nodes.size() == HOSTS && nodes.stream().allMatch(said -> said >= version);
    }

    private static int listens(Host host) {
        return (int) host.exec(CALL, "ss", "-Hltn").ok().lines().stream().map(line -> line.split(" +")[3].replaceAll(".*:", ""))
                .filter(port -> port.matches("1[0-9]{4}")).distinct().count();
    }

    private static void answers(Host host, int port) {
        Await.until(host + " answers on port " + port, LIMIT, () -> ask(host, port).startsWith("v1"));
    }

    private static String ask(Host host, int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host.address(), port), 1_000);
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            var lines = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().split("\n");
            return lines[lines.length - 1].strip();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Seconds of processor that the manager and the agents have taken. */
    private double cpu() throws IOException {
        double ticks = ticks(cluster.manager().pid());
        for (Host host : cluster.fleet().hosts()) ticks += ticks(cluster.agent(host).pid());
        return ticks / 100;
    }

    private static double ticks(long pid) throws IOException {
        var fields = List.of(Files.readString(Path.of("/proc/" + pid + "/stat")).replaceFirst(".*\\) ", "").split(" "));
        return Double.parseDouble(fields.get(11)) + Double.parseDouble(fields.get(12));
    }

    private void cpu(String what, double before) throws IOException {
        System.out.printf(Locale.ROOT, "%-75s %8.2f s%n", what, cpu() - before);
    }

    private static void say(String what, long began) {
        System.out.printf(Locale.ROOT, "%-75s %8.2f s%n", what, (System.nanoTime() - began) / 1e9);
    }
}
