package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.e2e.Host.Container;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Measures the whole system on a fleet of three, next to what the engines alone need for the same containers, and,
 * if asked, to Docker's own swarm mode on the same engines: all in the same run, in turns. {@code bench/system} starts it.
 */
public final class SystemBench {

    private static final int HOSTS = 3;
    private static final int IN_FLIGHT = 4;
    private static final List<String> SCENARIOS = List.of("start", "deploys", "kills", "hosts", "updates", "drains", "memory");
    private static final Duration LIMIT = Duration.ofSeconds(120);

    /** Who is measured: the same API, with a way to bring its part of a host back. */
    private record Subject(String name, UnixHttp api, Callable<Void> revive) {
    }

    private final Fleet fleet;
    private final Cluster cluster;
    private final int rounds;
    private final List<String> asked;
    private final List<Subject> subjects = new ArrayList<>();
    private final Map<String, List<Double>> figures = new LinkedHashMap<>();
    private int made;

    private SystemBench(Fleet fleet, int rounds, List<String> asked) {
        this.asked = asked;
        this.fleet = fleet;
        this.cluster = new Cluster(fleet);
        this.rounds = rounds;
    }

    /**
     * Arguments: rounds (5); {@code swarm} to measure swarm mode too; which scenarios, of {@code start}, {@code deploys},
     * {@code kills}, {@code hosts}, {@code updates}, {@code drains} and {@code memory}, all if none is named.
     */
    public static void main(String[] arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(arguments));
        int rounds = words.isEmpty() ? 5 : Integer.parseInt(words.removeFirst());
        boolean swarm = words.remove("swarm");
        List<String> unknown = words.stream().filter(word -> !SCENARIOS.contains(word)).toList();
        if (!unknown.isEmpty()) throw new IllegalArgumentException("no such scenario: " + unknown + "; there are " + SCENARIOS);
        // An engine in swarm mode refuses live-restore; all subjects are measured on the same settings.
        try (Fleet fleet = Fleet.start(HOSTS, swarm ? "{}" : "{\"live-restore\": true}")) {
            SystemBench bench = new SystemBench(fleet, rounds, words.isEmpty() ? SCENARIOS : words);
            bench.run(swarm);
            bench.print();
        }
    }

    private void run(boolean swarm) throws Exception {
        rounds("start", this::startTime);
        cluster.start();
        subjects.add(new Subject("cardume", cluster.api(), () -> {
            cluster.startAgent(fleet.host(HOSTS));
            cluster.awaitReady();
            return null;
        }));
        if (swarm) {
            subjects.add(swarm());
        }
        rounds("deploys", _ -> {
            deploys(10);
            deploys(50);
        });
        rounds("kills", _ -> kills());
        rounds("hosts", _ -> lostHost(30));
        rounds("updates", _ -> {
            update("start-first");
            update("stop-first");
            brokenUpdate();
        });
        rounds("drains", _ -> drain());
        if (asked.contains("memory")) {
            memory();
        }
    }

    /** One round of a scenario. */
    private interface Round {
        void run(int number) throws Exception;
    }

    private void rounds(String scenario, Round round) throws Exception {
        for (int number = 1; asked.contains(scenario) && number <= rounds; number++) {
            round.run(number);
            System.err.println(scenario + ", round " + number + " of " + rounds);
        }
    }

    // --- scenarios ----------------------------------------------------------------------------------------------

    private void startTime(int round) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory(fleet.manager().directory(), "start");
        Path socket = data.resolve("api.sock");
        UnixHttp api = new UnixHttp(socket, Duration.ofSeconds(1));
        long start = System.nanoTime();
        Process manager = new ProcessBuilder(Fleet.root().resolve("bin/cardume").toString(), "manager", "--api", "unix://" + socket,
                "--cluster-addr", fleet.nobody() + ":" + (24770 + round), "--data-dir", data.resolve("data").toString())
                .redirectErrorStream(true).redirectOutput(data.resolve("log").toFile()).start();
        Await.until("the manager answers", LIMIT, () -> api.call("GET", "/_ping", "").status() == 200);
        note("start to first answered /_ping, cardume", start);
        manager.destroyForcibly().waitFor();
    }

    private void deploys(int replicas) throws Exception {
        long start = System.nanoTime();
        List<Made> raw = raw(replicas, fleet.hosts());
        note("deploy " + replicas + ", engines alone", start);
        remove(raw);
        for (Subject subject : subjects) {
            String service = nextName();
            start = System.nanoTime();
            create(subject, service, replicas, "");
            Await.until("all run", LIMIT, () -> running(subject, service) == replicas);
            note("deploy " + replicas + ", " + subject.name(), start);
            remove(subject, service);
        }
    }

    private void kills() throws Exception {
        long start = System.nanoTime();
        List<Made> raw = raw(1, fleet.hosts());
        note("container killed, one raw create+start", start);
        remove(raw);
        for (Subject subject : subjects) {
            String service = nextName();
            create(subject, service, 3, "");
            Await.until("all run", LIMIT, () -> running(subject, service) == 3);
            JsonNode victim = tasks(subject, service).getFirst();
            Host host = fleet.hosts().stream().filter(each -> each.running(service).stream()
                    .anyMatch(container -> container.id().equals(container(victim)))).findFirst().orElseThrow();
            long inside = host.engine().get("/containers/" + container(victim) + "/json").path("State").path("Pid").asLong();
            long pid = Long.parseLong(fleet.script("pid", String.valueOf(host.number()), String.valueOf(inside)));
            start = System.nanoTime();
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            Await.until("a replacement runs", LIMIT, () -> {
                List<JsonNode> now = tasks(subject, service).stream().filter(SystemBench::runs).toList();
                return now.size() == 3 && now.stream().noneMatch(task -> task.path("ID").equals(victim.path("ID")));
            });
            note("container killed, " + subject.name(), start);
            remove(subject, service);
        }
    }

    private void lostHost(int replicas) throws Exception {
        Host lost = fleet.host(HOSTS);
        long start = System.nanoTime();
        List<Made> raw = raw(replicas / HOSTS, fleet.hosts().subList(0, HOSTS - 1));
        note("host lost, raw start of what was lost", start);
        remove(raw);
        for (Subject subject : subjects) {
            String service = nextName();
            create(subject, service, replicas, "");
            Await.until("all run", LIMIT, () -> running(subject, service) == replicas);
            String node = nodeId(subject, lost);
            start = System.nanoTime();
            lost.kill();
            Await.until("all run elsewhere", LIMIT, () -> tasks(subject, service).stream()
                    .filter(task -> runs(task) && !task.path("NodeID").asText().equals(node)).count() == replicas);
            note("host lost, " + replicas + " of " + replicas + " running again, " + subject.name(), start);
            lost.start();
            for (Subject each : subjects) {
                each.revive().call();
            }
            remove(subject, service);
            lost.containers().forEach(container -> lost.remove(container.id()));
        }
    }

    /** Twelve replicas, two at a time, from one version to the next; ends when all twelve run the new one. */
    private void update(String order) throws Exception {
        long start = System.nanoTime();
        List<Made> raw = raw(12, fleet.hosts());
        note("update of 12, raw start of 12, engines alone", start);
        remove(raw);
        for (Subject subject : subjects) {
            String service = nextName();
            var how = ", \"UpdateConfig\": {\"Parallelism\": 2, \"Order\": \"" + order + "\"}";
            subject.api().call("POST", "/services/create", spec(service, 12, "cardume/web:1", how)).json();
            Await.until("all run", LIMIT, () -> running(subject, service) == 12);
            start = System.nanoTime();
            change(subject, service, spec(service, 12, "cardume/web:2", how));
            int lowest = lowestUntil("all run the new version", subject, service, 12, tasks -> runningOf("cardume/web:2", tasks) == 12);
            note("update of 12, " + order + ", " + subject.name(), start);
            note("lowest number running, update of 12, " + order + ", " + subject.name(), lowest);
            remove(subject, service);
        }
    }

    /**
     * A new version that crashes, rolled back by itself; ends when twelve of the old one run and none of the new one. A
     * client asks the twelve in turn all the while.
     */
    private void brokenUpdate() throws Exception {
        for (Subject subject : subjects) {
            String service = nextName();
            var how = ", \"UpdateConfig\": {\"Parallelism\": 2, \"Order\": \"start-first\", \"FailureAction\": \"rollback\"},"
                    + " \"EndpointSpec\": {\"Ports\": [{\"TargetPort\": 8080, \"PublishMode\": \"host\"}]}";
            subject.api().call("POST", "/services/create", spec(service, 12, "cardume/web:1", how)).json();
            Await.until("all run", LIMIT, () -> running(subject, service) == 12);
            try (Client client = new Client(addresses(subject, service))) {
                long start = System.nanoTime();
                change(subject, service, spec(service, 12, "cardume/crash:1", how));
                int lowest = lowestUntil("all is as before", subject, service, 12, tasks -> runningOf("cardume/web:1", tasks) == 12
                        && tasks.stream().noneMatch(task -> image(task).equals("cardume/crash:1") && task.path("DesiredState").asText().matches("running|ready"))
                        && subject.api().get("/services/" + service).path("UpdateStatus").path("State").asText().equals("rollback_completed"));
                note("broken update of 12 rolled back, " + subject.name(), start);
                note("lowest number running, broken update of 12, " + subject.name(), lowest);
                note("requests, broken update of 12, " + subject.name(), client.asked.get());
                note("requests lost, broken update of 12, " + subject.name(), client.lost.get());
            }
            remove(subject, service);
        }
    }

    /** Asks addresses in turn, over a new connection each time, until it is closed. */
    private static final class Client implements AutoCloseable {
        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger lost = new AtomicInteger();
        private final Thread thread;

        Client(List<InetSocketAddress> addresses) {
            thread = Thread.ofVirtual().start(() -> {
                for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                    ask(addresses.get(i % addresses.size()));
                }
            });
        }

        private void ask(InetSocketAddress address) {
            asked.incrementAndGet();
            try (Socket socket = new Socket()) {
                socket.connect(address, 2_000);
                socket.setSoTimeout(2_000);
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                if (!new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).contains("v1 ")) lost.incrementAndGet();
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) asked.decrementAndGet();
                else lost.incrementAndGet();
            }
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private List<InetSocketAddress> addresses(Subject subject, String service) {
        return tasks(subject, service).stream().filter(SystemBench::runs).map(task -> {
            Host host = fleet.hosts().stream().filter(each -> nodeId(subject, each).equals(task.path("NodeID").asText())).findFirst().orElseThrow();
            return new InetSocketAddress(host.address(), task.path("Status").path("PortStatus").path("Ports").path(0).path("PublishedPort").asInt());
        }).toList();
    }

    /** A host with ten of thirty replicas is drained; ends when thirty run elsewhere. */
    private void drain() throws Exception {
        for (Subject subject : subjects) {
            String service = nextName();
            create(subject, service, 30, "");
            Await.until("all run", LIMIT, () -> running(subject, service) == 30);
            String node = nodeId(subject, fleet.host(HOSTS));
            long start = System.nanoTime();
            availability(subject, node, "drain");
            int lowest = lowestUntil("all run elsewhere", subject, service, 30, tasks -> tasks.stream()
                    .filter(task -> runs(task) && !task.path("NodeID").asText().equals(node)).count() == 30);
            note("drain of a host with 10 of 30, " + subject.name(), start);
            note("lowest number running, drain of a host with 10 of 30, " + subject.name(), lowest);
            availability(subject, node, "active");
            remove(subject, service);
        }
    }

    /** Asks for the tasks until they are as wanted; the lowest number that ran at any time. */
    private static int lowestUntil(String what, Subject subject, String service, int most, Predicate<List<JsonNode>> wanted) {
        int[] lowest = {most};
        Await.until(what, LIMIT, () -> {
            List<JsonNode> now = tasks(subject, service);
            lowest[0] = Math.min(lowest[0], (int) now.stream().filter(task -> task.path("Status").path("State").asText().equals("running")).count());
            return wanted.test(now);
        });
        return lowest[0];
    }

    private static long runningOf(String image, List<JsonNode> tasks) {
        return tasks.stream().filter(task -> runs(task) && image(task).equals(image)).count();
    }

    private static String image(JsonNode task) {
        return task.path("Spec").path("ContainerSpec").path("Image").asText();
    }

    private static void change(Subject subject, String service, String spec) {
        long version = subject.api().get("/services/" + service).path("Version").path("Index").asLong();
        subject.api().call("POST", "/services/" + service + "/update?version=" + version, spec).json();
    }

    private static void availability(Subject subject, String node, String word) {
        JsonNode now = subject.api().get("/nodes/" + node);
        ObjectNode spec = ((ObjectNode) now.path("Spec")).put("Availability", word);
        subject.api().call("POST", "/nodes/" + node + "/update?version=" + now.path("Version").path("Index").asLong(), spec.toString()).json();
    }

    private static String spec(String service, int replicas, String image, String more) {
        return """
                {"Name": "%s", "Mode": {"Replicated": {"Replicas": %d}},
                 "TaskTemplate": {"ContainerSpec": {"Image": "%s"}}%s}""".formatted(service, replicas, image, more);
    }

    private void memory() throws Exception {
        Subject subject = subjects.getFirst();
        String service = nextName();
        create(subject, service, 50, ", \"Placement\": {\"Constraints\": [\"node.hostname==h1\"]}");
        Await.until("all run", LIMIT, () -> running(subject, service) == 50);
        TimeUnit.SECONDS.sleep(10);
        figures.put("resident MB with 50 tasks, manager", List.of(residentMegabytes(cluster.manager().pid())));
        figures.put("resident MB with 50 tasks, agent that runs all of them", List.of(residentMegabytes(cluster.agent(fleet.host(1)).pid())));
        remove(subject, service);
    }

    // --- the engines alone ----------------------------------------------------------------------------------------

    private record Made(Host host, String id) {
    }

    /** Creates and starts so many containers, spread over the hosts, a few in flight on each; ends when all run. */
    private List<Made> raw(int count, List<Host> hosts) throws Exception {
        String name = nextName();
        List<ExecutorService> lanes = hosts.stream().map(_ -> Executors.newFixedThreadPool(IN_FLIGHT)).toList();
        List<Future<Made>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Host host = hosts.get(i % hosts.size());
            String own = name + "." + i;
            all.add(lanes.get(i % hosts.size()).submit(() -> new Made(host, host.foreign(own, "cardume/web:1"))));
        }
        List<Made> made = new ArrayList<>();
        for (Future<Made> each : all) {
            made.add(each.get());
        }
        lanes.forEach(ExecutorService::shutdown);
        return made;
    }

    private static void remove(List<Made> all) throws Exception {
        try (ExecutorService lanes = Executors.newFixedThreadPool(IN_FLIGHT)) {
            for (Future<?> each : all.stream().map(made -> lanes.submit(() -> made.host().remove(made.id()))).toList()) {
                each.get();
            }
        }
    }

    // --- the subjects' API ----------------------------------------------------------------------------------------

    private static void create(Subject subject, String service, int replicas, String more) {
        subject.api().call("POST", "/services/create", """
                {"Name": "%s", "Mode": {"Replicated": {"Replicas": %d}},
                 "TaskTemplate": {"ContainerSpec": {"Image": "cardume/web:1"}%s}}""".formatted(service, replicas, more)).json();
    }

    private void remove(Subject subject, String service) {
        subject.api().call("DELETE", "/services/" + service, "").json();
        Await.until("nothing is left of it", LIMIT, () -> fleet.hosts().stream().flatMap(host -> host.tasks(service).stream()).toList(), List<Container>::isEmpty);
    }

    private static int running(Subject subject, String service) {
        return subject.api().get("/v1.41/services?status=true&filters=%7B%22name%22%3A%7B%22" + service + "%22%3Atrue%7D%7D")
                .path(0).path("ServiceStatus").path("RunningTasks").asInt();
    }

    private static List<JsonNode> tasks(Subject subject, String service) {
        return Cluster.stream(subject.api().get("/tasks?filters=%7B%22service%22%3A%7B%22" + service + "%22%3Atrue%7D%7D")).toList();
    }

    private static boolean runs(JsonNode task) {
        return task.path("DesiredState").asText().equals("running") && task.path("Status").path("State").asText().equals("running");
    }

    private static String container(JsonNode task) {
        return task.path("Status").path("ContainerStatus").path("ContainerID").asText();
    }

    private static String nodeId(Subject subject, Host host) {
        return Cluster.stream(subject.api().get("/nodes"))
                .filter(node -> node.path("Description").path("Hostname").asText().equals(host.name())
                        && node.path("Status").path("State").asText().equals("ready"))
                .findFirst().orElseThrow().path("ID").asText();
    }

    private Subject swarm() {
        Cli one = Cli.all("unix://" + fleet.host(1).socket()).getFirst();
        one.run("swarm", "init", "--advertise-addr", fleet.host(1).address()).ok();
        String token = one.run("swarm", "join-token", "-q", "worker").ok().line();
        fleet.hosts().stream().skip(1).forEach(host -> one.at("unix://" + host.socket())
                .run("swarm", "join", "--token", token, fleet.host(1).address() + ":2377").ok());
        UnixHttp api = fleet.host(1).engine();
        return new Subject("swarm mode", api, () -> {
            Await.until("all are ready", LIMIT, () -> Cluster.stream(api.get("/nodes"))
                    .allMatch(node -> node.path("Status").path("State").asText().equals("ready")));
            return null;
        });
    }

    // --- figures ----------------------------------------------------------------------------------------------------

    private String nextName() {
        made++;
        return "b" + made;
    }

    private void note(String what, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        figures.computeIfAbsent(what, _ -> new ArrayList<>()).add(seconds);
        System.err.printf("  %s: %.2f%n", what, seconds);
    }

    private void note(String what, int count) {
        figures.computeIfAbsent(what, _ -> new ArrayList<>()).add((double) count);
        System.err.printf("  %s: %d%n", what, count);
    }

    private void print() {
        System.out.println("| what | min | median | max | over the engines alone |");
        System.out.println("|---|---|---|---|---|");
        double floor = 0;
        for (var figure : figures.entrySet()) {
            List<Double> sorted = figure.getValue().stream().sorted().toList();
            double median = sorted.get(sorted.size() / 2);
            boolean isFloor = figure.getKey().contains("engines alone") || figure.getKey().contains("raw");
            floor = isFloor ? median : floor;
            boolean compared = !isFloor && floor > 0 && !figure.getKey().matches("(resident|lowest|start|broken|drain|requests).*");
            System.out.printf("| %s | %.2f | %.2f | %.2f | %s |%n", figure.getKey(), sorted.getFirst(), median, sorted.getLast(),
                    !compared ? "" : figure.getKey().startsWith("host lost") ? "+%.2f s".formatted(median - floor) : "× %.2f".formatted(median / floor));
        }
    }

    private static double residentMegabytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream().filter(line -> line.startsWith("VmRSS"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024).findFirst().orElseThrow();
    }
}
