package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;

/**
 * Measures published ports on a fleet of three: requests a second and the slowest of a hundred through the mesh to a back
 * end on the same host and on another, next to the same container by its own address and to HAProxy in between, in turns;
 * how evenly connections are spread; how long until every host leads to a new task, and to one that died.
 * {@code bench/mesh} starts it.
 */
public final class MeshBench {
    private static final int HOSTS = 3;
    private static final int SECONDS = 5;
    private static final Duration CALL = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)");
    private static final Pattern TAIL = Pattern.compile("99% +([0-9.]+)(us|ms|s)");
    private static final List<String> MACHINE = List.of("--mount", "type=bind,src=/usr,dst=/usr,ro", "--mount", "type=bind,src=/lib,dst=/lib,ro",
            "--mount", "type=bind,src=/lib64,dst=/lib64,ro");

    private final Cluster cluster;
    private final Cli cli;
    private final int rounds;
    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    private MeshBench(Cluster cluster, int rounds) {
        this.cluster = cluster;
        this.cli = cluster.cli();
        this.rounds = rounds;
    }

    /** Argument: rounds (3). */
    public static void main(String[] arguments) throws Exception {
        for (var needed : List.of("/usr/sbin/haproxy", "/usr/bin/wrk"))
            if (!Files.isExecutable(Path.of(needed))) throw new IllegalStateException(needed + " is missing: apt-get install -y haproxy wrk");
        int rounds = arguments.length == 0 ? 3 : Integer.parseInt(arguments[0]);
        try (Fleet fleet = Fleet.start(HOSTS)) {
            var cluster = new Cluster(fleet);
            cluster.start();
            var bench = new MeshBench(cluster, rounds);
            bench.spread();
            for (int round = 0; round < rounds; round++) bench.changes();
            bench.load();
            bench.print();
        }
    }

    // --- requests a second ------------------------------------------------------------------------------------------

    private void load() throws IOException {
        var host = cluster.fleet().host(1);
        var files = Files.createDirectories(host.directory().resolve("bench"));
        Files.writeString(files.resolve("back.cfg"), settings() + """
                frontend all
                    bind *:8080
                    http-request return status 200 content-type text/plain string "ok"
                """);
        var to = new TreeMap<String, Integer>(Map.of("same host", 1, "other host", 2));
        var addresses = new TreeMap<String, String>();
        to.forEach((where, number) -> {
            var name = "back" + number;
            var command = new ArrayList<>(List.of("service", "create", "-d", "--no-resolve-image", "--name", name, "--constraint", "node.hostname==h" + number,
                    "-p", 18_200 + number + ":8080", "--mount", "type=bind,src=" + files + ",dst=/bench,ro"));
            command.addAll(MACHINE);
            command.addAll(List.of("cardume/web:1", "/usr/sbin/haproxy", "-db", "-f", "/bench/back.cfg"));
            cli.run(command.toArray(String[]::new)).ok();
            addresses.put(where, address(cluster.awaitRunning(name, 1).getFirst()));
            Await.until(name + " answers", LIMIT, () -> ask(host, 18_200 + number).contains("ok"));
        });
        var front = new StringBuilder(settings());
        addresses.forEach((where, address) -> front.append("listen to").append(to.get(where)).append("\n    bind *:").append(18_300 + to.get(where))
                .append("\n    server back ").append(address).append(":8080\n"));
        Files.writeString(files.resolve("front.cfg"), front);
        var proxy = host.run("haproxy", List.of("/usr/sbin/haproxy", "-db", "-f", files.resolve("front.cfg").toString()));
        to.forEach((where, number) -> Await.until("HAProxy answers", LIMIT, () -> ask(host, 18_300 + number).contains("ok")));
        for (int round = 0; round < rounds; round++)
            to.forEach((where, number) -> {
                for (var kept : List.of(true, false)) {
                    var how = where + (kept ? ", kept alive" : ", a connection each") + ", ";
                    wrk(host, how + "container by its address", addresses.get(where) + ":8080", kept);
                    wrk(host, how + "mesh", host.address() + ":" + (18_200 + number), kept);
                    wrk(host, how + "HAProxy", host.address() + ":" + (18_300 + number), kept);
                }
            });
        proxy.kill();
    }

    private static String settings() {
        return """
                global
                    maxconn 4000
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 30s
                    timeout server 30s
                """;
    }

    private void wrk(Host host, String what, String address, boolean kept) {
        var command = new ArrayList<>(List.of("wrk", "-t1", "-c32", "-d" + SECONDS + "s", "--latency"));
        if (!kept) command.addAll(List.of("-H", "Connection: close"));
        command.add("http://" + address + "/");
        var said = host.exec(CALL, command.toArray(String[]::new)).ok().out();
        var rate = RATE.matcher(said);
        var tail = TAIL.matcher(said);
        if (!rate.find() || !tail.find()) throw new IllegalStateException("wrk says: " + said);
        note(what + ": requests/s", Double.parseDouble(rate.group(1)));
        double unit = switch (tail.group(2)) {
            case "us" -> 0.001;
            case "s" -> 1_000;
            default -> 1;
        };
        note(what + ": p99 ms", Double.parseDouble(tail.group(1)) * unit);
        if (said.contains("Socket errors")) System.err.println(what + ": " + said.lines().filter(line -> line.contains("Socket errors")).findFirst().orElse(""));
    }

    // --- evenness ---------------------------------------------------------------------------------------------------

    private void spread() {
        create("spread", 5, 18_101);
        cluster.awaitRunning("spread", 5);
        for (Host host : cluster.fleet().hosts()) {
            Await.until("five answer on " + host, LIMIT, () -> {
                var heard = new TreeMap<String, Integer>();
                for (int i = 0; i < 10; i++) heard.merge(ask(host, 18_101), 1, Integer::sum);
                return heard.size() == 5 && heard.values().stream().allMatch(count -> count == 2);
            });
            var counts = new TreeMap<String, Integer>();
            for (int i = 0; i < 1_000; i++) counts.merge(ask(host, 18_101), 1, Integer::sum);
            System.out.println("1,000 connections to " + host + ", five replicas: " + counts.values());
        }
        cli.run("service", "rm", "spread").ok();
    }

    // --- changes ----------------------------------------------------------------------------------------------------

    /** A second task comes, and is killed later: who asks each host all the time hears of both. */
    private void changes() throws InterruptedException {
        create("turn", 1, 18_102);
        var first = cluster.awaitRunning("turn", 1).getFirst();
        for (Host host : cluster.fleet().hosts()) Await.until("it answers on " + host, LIMIT, () -> ask(host, 18_102).startsWith("v1"));
        var heard = new ConcurrentSkipListMap<String, Instant>();
        var failed = new ConcurrentSkipListSet<Instant>();
        var own = ask(cluster.fleet().host(1), 18_102);
        var clients = new ArrayList<Thread>();
        for (Host host : cluster.fleet().hosts())
            clients.add(Thread.ofVirtual().start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    var began = Instant.now();
                    var answer = ask(host, 18_102);
                    if (Thread.currentThread().isInterrupted()) return;
                    if (!answer.startsWith("v1")) failed.add(began);
                    else if (!answer.equals(own)) heard.putIfAbsent(host.name(), Instant.now());
                }
            }));
        cli.run("service", "scale", "-d", "turn=2").ok();
        var second = cluster.awaitRunning("turn", 2).stream().filter(task -> !task.id().equals(first.id())).findFirst().orElseThrow();
        Await.until("every host leads to it", LIMIT, () -> heard.size() == HOSTS);
        var ready = Instant.parse(cluster.api().get("/tasks/" + second.id()).path("Status").path("Timestamp").asText());
        heard.values().forEach(at -> note("from running to the first answer of a host, ms", Duration.between(ready, at).toNanos() / 1e6));
        note("from running to the first answer of the last host, ms", heard.values().stream().mapToDouble(at -> Duration.between(ready, at).toNanos() / 1e6).max().orElse(0));

        failed.clear();
        var killed = Instant.now();
        cluster.hostOf(second).killProcess(second.container());
        Await.until("it is replaced", LIMIT, () -> cluster.awaitRunning("turn", 2).stream().noneMatch(task -> task.id().equals(second.id())));
        for (Thread client : clients) client.interrupt();
        for (Thread client : clients) client.join();
        note("from the kill to the last connection that failed, ms", failed.isEmpty() ? 0 : Duration.between(killed, failed.last()).toNanos() / 1e6);
        note("connections that failed after a kill", failed.size());
        cli.run("service", "rm", "turn").ok();
        cluster.awaitNoTasks();
    }

    // --- what they share --------------------------------------------------------------------------------------------

    private void create(String name, int replicas, int port) {
        cli.run("service", "create", "-d", "--no-resolve-image", "--name", name, "--replicas", "" + replicas, "-p", port + ":8080", "cardume/web:1").ok();
    }

    /** The address of a task on the network that published ports lead into. */
    private String address(Task task) {
        for (JsonNode attached : cluster.api().get("/tasks/" + task.id()).path("NetworksAttachments"))
            if (attached.path("Network").path("Spec").path("Name").asText().equals("ingress"))
                return attached.path("Addresses").path(0).asText().replaceAll("/.*", "");
        throw new IllegalStateException(task + " is not on ingress");
    }

    /** The last line of an answer over a new connection, or why there is none. */
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

    private void note(String what, double figure) {
        figures.computeIfAbsent(what, _ -> new ArrayList<>()).add(figure);
    }

    private void print() {
        System.out.println("median, lowest and highest of " + rounds + " rounds; wrk on the host whose port it is, 1 thread, 32 connections, " + SECONDS + " s");
        figures.forEach((what, all) -> {
            var sorted = all.stream().sorted().toList();
            System.out.printf(Locale.ROOT, "  %-75s %10.2f %10.2f %10.2f%n", what, sorted.get(sorted.size() / 2), sorted.getFirst(), sorted.getLast());
        });
    }
}
