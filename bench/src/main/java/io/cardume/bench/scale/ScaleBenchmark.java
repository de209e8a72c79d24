package io.cardume.bench.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.bench.page.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * Many nodes and tasks against one real manager: nodes join, services are created until all tasks run, some nodes die and come
 * back, services are updated, and the manager is killed and started again with all of that.
 */
public final class ScaleBenchmark {
    /** A run that is not told how long it may take. */
    private static final String MINUTES = "120";
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(3);
    private static final int CREATORS = 8;
    private static final int UPDATERS = 64;
    private static final int JOINING_AT_ONCE = 48;
    /** Each takes three open files, and a process may often not have more than 20,000. */
    private static final int NODES_OF_A_PROCESS = 5_000;
    private static final List<String> NOT_YET = List.of("tasks/new", "tasks/pending", "tasks/assigned", "tasks/accepted", "tasks/preparing", "tasks/ready", "tasks/starting");

    private final Setting setting;
    private final Figures figures = new Figures();
    private final ManagerProcess manager;
    private final Api api;
    private final List<String> services = new ArrayList<>();
    /** Those that were made so far, in whatever order. */
    private final List<String> made = new CopyOnWriteArrayList<>();
    private final List<String> shortcomings = new CopyOnWriteArrayList<>();
    private final long began = System.nanoTime();
    private Part part = Part.JOIN;
    private int wanted;
    private IntSupplier connected = () -> 0;
    private double logBefore;

    /** The parts of a run, with when each is over at the latest, of all the time there is: what comes after it is measured too. */
    private enum Part {
        JOIN("nodes join", 0.33),
        DEPLOY("services are created", 0.63),
        CHURN("nodes die and come back", 0.72),
        UPDATE("services are updated", 0.79),
        RESTART("the manager is killed and started", 1);

        private final String words;
        private final double until;

        Part(String words, double until) {
            this.words = words;
            this.until = until;
        }
    }

    /** What is asked for. */
    private record Setting(Path home, Path directory, Path nodesDirectory, int nodes, int tasks, int services, int updated, int updatedReplicas, String heap,
            Duration heartbeat, Duration limit, Fleet.Course course) {
        /** How many tasks a service has; the first ones are those that are updated. */
        int replicas(int number) {
            return number <= updated ? updatedReplicas : (tasks - updated * updatedReplicas) / (services - updated);
        }

        /** How many there are in all. */
        int all() {
            return updated * updatedReplicas + (services - updated) * replicas(services);
        }
    }

    private ScaleBenchmark(Setting setting) throws IOException {
        this.setting = setting;
        this.manager = new ManagerProcess(setting.home, setting.directory, setting.heap, setting.heartbeat);
        this.api = new Api(manager.apiPort());
    }

    /** Arguments: where Cardume is built, directories for the data of the manager and of nodes, where to store the figures, the commit, nodes, tasks, settings as name=number. */
    public static void main(String[] arguments) throws Exception {
        int status = 1;
        try {
            var words = List.of(arguments);
            var setting = setting(words);
            var run = new ScaleBenchmark(setting);
            try {
                run.measure(() -> run.store(Path.of(words.get(3)), words.get(4), words.subList(5, words.size())));
            } finally {
                run.store(Path.of(words.get(3)), words.get(4), words.subList(5, words.size()));
                run.manager.close();
            }
            status = run.shortcomings.isEmpty() ? 0 : 1;
        } catch (Exception e) {
            e.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(status); // thousands of connections need not be closed one by one
        }
    }

    private static Setting setting(List<String> words) {
        int nodes = Integer.parseInt(words.get(5));
        int tasks = Integer.parseInt(words.get(6));
        var set = new TreeMap<String, String>();
        for (String word : words.subList(7, words.size())) {
            var parts = word.split("=", 2);
            if (parts.length != 2 || !List.of("services", "updated", "updated-tasks", "heap", "heartbeat", "start", "stop", "at-once", "minutes").contains(parts[0]))
                throw new IllegalArgumentException("\"" + word + "\" is no setting; it is one of services=, updated=, updated-tasks=, heap=, heartbeat=, start=, stop=, at-once=, minutes=");
            set.put(parts[0], parts[1]);
        }
        int services = Integer.parseInt(set.getOrDefault("services", Integer.toString(Math.clamp(tasks / 100, 1, 1_000))));
        long heartbeat = Long.parseLong(set.getOrDefault("heartbeat", nodes > 100 ? "5000" : "1000"));
        int updated = Integer.parseInt(set.getOrDefault("updated", Integer.toString(Math.clamp(services / 10, 1, Math.max(1, services - 1)))));
        int replicas = Integer.parseInt(set.getOrDefault("updated-tasks", Integer.toString(tasks / services)));
        if (updated >= services || updated * replicas >= tasks)
            throw new IllegalArgumentException("updated=" + updated + " updated-tasks=" + replicas + " leave nothing of " + services + " services and " + tasks + " tasks that is not updated");
        return new Setting(Path.of(words.get(0)), Path.of(words.get(1)), Path.of(words.get(2)), nodes, tasks, services, updated, replicas,
                set.getOrDefault("heap", Math.max(512, tasks / 1_000 * 5 + nodes / 2) + "m"), Duration.ofMillis(heartbeat), Duration.ofMinutes(Long.parseLong(set.getOrDefault("minutes", MINUTES))),
                new Fleet.Course(Long.parseLong(set.getOrDefault("start", "200")), Long.parseLong(set.getOrDefault("stop", "100")),
                        Integer.parseInt(set.getOrDefault("at-once", "4"))));
    }

    private void store(Path file, String commit, List<String> words) throws IOException {
        var about = "One real manager process and %,d simulated agents on the same machine of %d cores, by mutual TLS over loopback; no containers, a task runs %d ms after its node begins with it, %d at a time."
                .formatted(setting.nodes, Runtime.getRuntime().availableProcessors(), setting.course.startMillis(), setting.course.atOnce());
        if (!shortcomings.isEmpty()) about += " Not as it was meant to be: " + String.join("; ", shortcomings) + ".";
        figures.store(file, "%,d nodes, %,d tasks".formatted(setting.nodes, wanted == 0 ? setting.all() : wanted), about,
                "bench/scale " + String.join(" ", words), commit);
    }

    private interface Keeping {
        void keep() throws IOException;
    }

    /** @param soFar keeps what was measured so far: a run takes long, and may be cut off */
    private void measure(Keeping soFar) throws Exception {
        System.out.printf(Locale.ROOT, "%,d nodes, %,d services of %,d tasks and %,d of %,d; heartbeat %d ms, heap %s, load %s%n", setting.nodes, setting.updated,
                setting.updatedReplicas, setting.services - setting.updated, setting.replicas(setting.services), setting.heartbeat.toMillis(), setting.heap, Machine.load());
        manager.start();
        figures.add("manager starts: until its API answers", manager.awaitAnswer(api, setting.limit), "s");
        double emptyHeap = manager.liveHeapMb();
        double emptyResident = manager.residentMb();
        figures.add("manager's live heap, empty", emptyHeap, "MB");
        figures.add("manager's resident memory, empty", emptyResident, "MB");
        var token = api.json("/swarm").path("JoinTokens").path("Worker").asText();
        var fleet = new Fleet(1, Math.min(setting.nodes, NODES_OF_A_PROCESS), JOINING_AT_ONCE, setting.course, manager.clusterPort(), token, setting.nodesDirectory);
        connected = fleet::connectedNow;
        part(Part.JOIN, soFar, () -> join(fleet));
        double joinedHeap = idle("with nodes only");
        figures.add("manager's live heap per node", (joinedHeap - emptyHeap) * 1e3 / setting.nodes, "kB");
        figures.add("manager's resident memory per node, heap and all", (manager.residentMb() - emptyResident) * 1e3 / setting.nodes, "kB");

        var sampler = new Sampler(new Api(manager.apiPort()), fleet, made);
        Thread.ofPlatform().name("sampler").daemon().start(sampler);
        part(Part.DEPLOY, soFar, () -> deploy(fleet, sampler));
        sampler.during("at rest");
        double fullHeap = idle("with all tasks");
        figures.add("manager's live heap per task", (fullHeap - joinedHeap) * 1e6 / Math.max(1, wanted), "bytes");
        figures.add("manager's resident memory, all tasks run", manager.residentMb(), "MB");
        part(Part.CHURN, soFar, () -> churn(fleet, sampler));
        part(Part.UPDATE, soFar, () -> update(fleet, sampler));
        sampler.during("");
        sampler.millis().forEach((what, millis) -> figures.add(what, millis, "ms"));
        part(Part.RESTART, soFar, () -> restart(fleet));
        sampler.end();
        if (!fleet.refusals().isEmpty()) System.out.println("  nodes were refused " + fleet.refusals());
    }

    private interface Work {
        void go() throws Exception;
    }

    /** One part; what goes wrong with it is said, and the next one follows while there is a manager. */
    private void part(Part next, Keeping soFar, Work work) throws IOException, InterruptedException {
        part = next;
        System.out.printf(Locale.ROOT, "  -- %s (%.0f s)%n", part.words, since(began));
        try {
            work.go();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            e.printStackTrace();
            fellShort(part.words + ": " + e.getMessage());
            if (!manager.isAlive()) throw new IllegalStateException("the manager has ended, see " + manager.log(), e);
        } finally {
            soFar.keep();
        }
    }

    private void fellShort(String words) {
        System.out.println("  !! " + words);
        shortcomings.add(words.replaceAll("\\s+", " "));
    }

    /** Whether the part that goes on has had its time. */
    private boolean isLate() {
        return since(began) > setting.limit.toSeconds() * part.until;
    }

    private void join(Fleet fleet) throws Exception {
        spent();
        long began = System.nanoTime();
        for (int first = NODES_OF_A_PROCESS + 1; first <= setting.nodes; first += NODES_OF_A_PROCESS)
            fleet.with(new FleetProcess(fleet, first, Math.min(NODES_OF_A_PROCESS, setting.nodes - first + 1), JOINING_AT_ONCE, setting.nodesDirectory));
        fleet.start();
        await("all nodes are ready", () -> allReady(fleet));
        double seconds = since(began);
        figures.add("all nodes join", seconds, "s");
        figures.addHigherIsBetter("nodes joined per second", setting.nodes / seconds, "1/s");
        tellSpent("joining");
    }

    /** Notes how many tasks nodes have started, every few seconds, until it is ended. */
    private static Progress follow(Fleet fleet, long began) {
        var progress = new Progress(new ConcurrentSkipListMap<>(), new AtomicBoolean());
        Thread.ofPlatform().daemon().name("progress").start(() -> {
            try {
                while (!progress.over().get()) {
                    progress.seen().put(since(began), (double) (fleet.startedEver() - fleet.stoppedEver()));
                    Thread.sleep(PROGRESS_EVERY);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return progress;
    }

    private record Progress(ConcurrentSkipListMap<Double, Double> seen, AtomicBoolean over) {}

    private void deploy(Fleet fleet, Sampler sampler) throws Exception {
        sampler.during("deploying");
        spent();
        long began = System.nanoTime();
        var progress = follow(fleet, began);
        var byNumber = new ConcurrentSkipListMap<Integer, String>();
        try {
            byCallers("all services are made", CREATORS, setting.services, (own, number) -> {
                var id = own.post("/services/create", service("s%05d".formatted(number), setting.replicas(number))).path("ID").asText();
                byNumber.put(number, id);
                made.add(id);
            });
            figures.add("all services created", since(began), "s");
            services.addAll(byNumber.values());
            wanted = byNumber.keySet().stream().mapToInt(setting::replicas).sum();
            if (wanted < setting.all()) fellShort("%,d of %,d services were made, with %,d tasks".formatted(byNumber.size(), setting.services, wanted));
            await("all nodes were told of their tasks", () -> fleet.placedEver() >= wanted);
            figures.add("all tasks placed, and their nodes told", since(began), "s");
            figures.addHigherIsBetter("tasks placed and told per second", wanted / since(began), "1/s");
            await("all tasks run", this::allRun);
        } finally {
            progress.over().set(true);
            double running = since(began);
            long ran = counts().getOrDefault("tasks/running", 0L);
            figures.addLine("tasks that run", "Tasks that run while services are created", "tasks", progress.seen());
            figures.add(ran == wanted ? "all tasks run, and the manager says so" : "until %,d tasks ran, and the manager said so".formatted(ran), running, "s");
            figures.addHigherIsBetter("tasks placed, running and reported per second", ran / running, "1/s");
            figures.addPublished("tasks placed, running and reported per second", 2_000_000 / (22 * 60.0), "1/s", "nomad",
                    "Nomad's published run: 2,000,000 containers on 6,100 hosts in 22 minutes; real containers, other machines");
            tellSpent("deploying");
        }
    }

    /** Does something once for each number from 1 to a count, on some connections at once. */
    private void byCallers(String what, int callers, int count, Call call) throws Exception {
        var next = new AtomicInteger();
        var failures = new ConcurrentLinkedQueue<Exception>();
        var done = new CountDownLatch(callers);
        for (int i = 0; i < callers; i++) Thread.ofVirtual().start(() -> {
            try {
                var own = new Api(manager.apiPort());
                for (int number = next.incrementAndGet(); number <= count && !isLate(); number = next.incrementAndGet()) {
                    try {
                        call.of(own, number);
                    } catch (IOException e) {
                        failures.add(e);
                    }
                }
            } catch (InterruptedException e) {
                failures.add(e);
            } finally {
                done.countDown();
            }
        });
        while (!done.await(1, TimeUnit.SECONDS)) manager.logMb();
        if (!failures.isEmpty()) fellShort(what + ": " + failures.size() + " were not, the first: " + failures.peek());
    }

    private interface Call {
        void of(Api api, int number) throws IOException, InterruptedException;
    }

    /** What the manager does when nothing happens; its live heap in MB. */
    private double idle(String when) throws Exception {
        double heap = manager.liveHeapMb();
        figures.add("manager's live heap " + when, heap, "MB");
        spent();
        Thread.sleep(IDLE);
        figures.add("manager's processor at rest " + when, manager.cpuSince() / IDLE.toSeconds() * 100, "% of a core");
        return heap;
    }

    private void churn(Fleet fleet, Sampler sampler) throws Exception {
        var dying = fleet.nodes().subList(0, Math.max(1, setting.nodes / 100));
        sampler.during("1 % of nodes dying");
        spent();
        long began = System.nanoTime();
        long before = fleet.placedEver();
        for (SimulatedNode node : dying) Thread.ofVirtual().start(node::close);
        long back;
        try {
            await("the manager says that nodes are down", () -> counted("nodes/down") == dying.size());
            figures.add("1 % of nodes cut off: until they are down", since(began), "s");
            await("their tasks run elsewhere", this::allRun);
            figures.add("1 % of nodes cut off: until all tasks run elsewhere", since(began), "s");
            figures.add("of these seconds nodes may be silent for", ManagerProcess.downAfter(setting.heartbeat).toMillis() / 1e3, "s");
            figures.addHigherIsBetter("tasks replaced for that", fleet.placedEver() - before, "tasks");
            tellSpent("1 % of nodes dying");
        } finally {
            back = System.nanoTime();
            dying.forEach(SimulatedNode::comeBack);
        }
        await("all nodes are ready again", () -> allReady(fleet));
        figures.add("1 % of nodes come back: until all are ready", since(back), "s");
    }

    private void update(Fleet fleet, Sampler sampler) throws Exception {
        int count = Math.min(setting.updated, services.size());
        sampler.during("rolling updates");
        spent();
        long began = System.nanoTime();
        long before = fleet.placedEver();
        var open = new ConcurrentSkipListSet<String>();
        byCallers("all updates are asked for", UPDATERS, count, (own, number) -> {
            var id = services.get(number - 1);
            var service = own.json("/services/" + id);
            var spec = (ObjectNode) service.path("Spec");
            ((ObjectNode) spec.path("TaskTemplate").path("ContainerSpec")).put("Image", "web:2");
            own.post("/services/" + id + "/update?version=" + service.path("Version").path("Index").asLong(), spec.toString());
            open.add(id);
        });
        figures.add("rolling updates of %,d services: asked for".formatted(open.size()), since(began), "s");
        int asked = open.size();
        try {
            await("all updates are done", () -> {
                for (var each = open.iterator(); each.hasNext();) {
                    if (!state(api.json("/services/" + each.next())).equals("completed")) return false;
                    each.remove();
                }
                return allRun();
            });
            figures.add("rolling updates of %,d services: done".formatted(asked), since(began), "s");
        } finally {
            figures.addHigherIsBetter("tasks replaced per second by rolling updates", (fleet.placedEver() - before) / since(began), "1/s");
            figures.addHigherIsBetter("tasks replaced by rolling updates", fleet.placedEver() - before, "tasks");
            tellSpent("rolling updates");
        }
    }

    private static String state(JsonNode service) {
        return service.path("UpdateStatus").path("State").asText();
    }

    private void restart(Fleet fleet) throws Exception {
        long started = fleet.startedEver();
        long stopped = fleet.stoppedEver();
        figures.add("manager's snapshots on disk at the end", manager.snapshotsMb(), "MB");
        manager.snapshots().forEach((what, values) -> figures.add(what, values, what.endsWith("size") ? "MB" : "s"));
        manager.kill();
        while (fleet.connectedNow() > 0 && !isLate()) Thread.sleep(Duration.ofMillis(10));
        long began = System.nanoTime();
        manager.start();
        figures.add("manager killed and started: until its API answers", manager.awaitAnswer(api, setting.limit), "s");
        figures.add("manager killed and started: until it answers with a service", firstService(began), "s");
        await("all nodes are back", () -> allReady(fleet));
        figures.add("manager killed and started: until all nodes are back", since(began), "s");
        Thread.sleep(ManagerProcess.downAfter(setting.heartbeat).plusSeconds(5));
        await("all tasks run", this::allRun);
        figures.add("tasks started or stopped because of that", fleet.startedEver() - started + fleet.stoppedEver() - stopped, "tasks");
        figures.add("manager's live heap after the restart", manager.liveHeapMb(), "MB");
        figures.add("manager's resident memory after the restart", manager.residentMb(), "MB");
    }

    private double firstService(long began) throws InterruptedException {
        while (true) {
            try {
                api.get("/services/" + services.getFirst());
                return since(began);
            } catch (IOException e) {
                Thread.sleep(5);
            }
        }
    }

    /** The manager's own node is one of them. */
    private boolean allReady(Fleet fleet) throws Exception {
        return fleet.connectedNow() == setting.nodes && counted("nodes/ready") == setting.nodes + 1;
    }

    private long counted(String what) throws Exception {
        return api.counts().getOrDefault(what, 0L);
    }

    /** What the manager says of its objects; nothing where it does not answer. */
    private Map<String, Long> counts() throws InterruptedException {
        try {
            return api.counts();
        } catch (IOException e) {
            System.out.println("  !! asked in vain: " + e);
            return Map.of();
        }
    }

    private boolean allRun() throws Exception {
        var counts = api.counts();
        return counts.getOrDefault("tasks/running", 0L) == wanted && NOT_YET.stream().noneMatch(counts::containsKey);
    }

    private void spent() throws IOException {
        manager.cpuSince();
        logBefore = manager.logMb();
    }

    private void tellSpent(String doing) throws IOException {
        figures.add("manager's processor time for " + doing, manager.cpuSince(), "s");
        figures.add("manager's log grew, by whole MB, for " + doing, manager.logMb() - logBefore, "MB");
    }

    private static String service(String name, int replicas) {
        return """
                {"Name":"%s","Labels":{"team":"bench"},"TaskTemplate":{"ContainerSpec":{"Image":"web:1","Env":["LANG=C.UTF-8","MODE=production"]},
                "Resources":{"Reservations":{"NanoCPUs":10000000,"MemoryBytes":16777216}}},
                "Mode":{"Replicated":{"Replicas":%d}},"UpdateConfig":{"Parallelism":%d}}""".formatted(name, replicas, Math.max(1, replicas / 10));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(String what, Condition condition) throws Exception {
        while (true) {
            long asked = System.nanoTime();
            manager.logMb();
            if (holds(condition)) return;
            if (isLate()) throw new IllegalStateException("not after %.0f s of the run: %s; %,d of %,d nodes connected, %s".formatted(since(began), what, connected.getAsInt(), setting.nodes, counts()));
            if (!manager.isAlive()) throw new IllegalStateException("the manager has ended, see " + manager.log());
            // The answer's cost grows with the number of tasks: it is asked for a small part of the time.
            Thread.sleep(Duration.ofNanos(Math.clamp((System.nanoTime() - asked) * 10, 10_000_000, 2_000_000_000)));
        }
    }

    /** A manager that does not answer in time may answer the next time. */
    private static boolean holds(Condition condition) throws Exception {
        try {
            return condition.holds();
        } catch (IOException e) {
            System.out.println("  !! asked in vain: " + e);
            return false;
        }
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / 1e9;
    }
}
