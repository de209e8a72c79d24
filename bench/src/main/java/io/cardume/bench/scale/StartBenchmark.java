package io.cardume.bench.scale;

import io.cardume.api.ContainerStatus;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.ContainerSpec;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.bench.page.Machine;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.Turn;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.Keyring;
import io.cardume.manager.store.RatisStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How long a manager that was killed takes to answer again, by how much it has to read: nodes and tasks as its own turns make them, of which the
 * last ones are in the log and not in a snapshot. No agent comes back meanwhile. {@code bench/start} starts it.
 */
public final class StartBenchmark {
    private static final PlannerSettings LIVENESS = PlannerSettings.DEFAULTS;
    private static final int TASKS_OF_A_SERVICE = 100;
    private static final int REPORTS_AT_ONCE = 100;
    private static final int SERVICES_AT_ONCE = 20;
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Planner planner = new Planner(LIVENESS);
    private final RatisStore store;
    private ClusterState state;

    private StartBenchmark(RatisStore store) {
        this.store = store;
        this.state = store.recovered().touchedWhole();
    }

    /**
     * Arguments: where Cardume is built; a directory, in which {@code made} is used if it is there already; how many nodes; how many tasks; how many
     * reports of tasks are in no snapshot; how many starts; the heap, or "usual".
     */
    public static void main(String[] words) throws Exception {
        var home = Path.of(words[0]);
        var directory = Path.of(words[1]);
        int tasks = Integer.parseInt(words[3]);
        var heap = words[6].equals("usual") ? "" : words[6];
        var made = directory.resolve("made");
        if (!Files.exists(made)) make(home, directory, Integer.parseInt(words[2]), tasks, Integer.parseInt(words[4]));
        System.out.printf(Locale.ROOT, "%,d nodes, %,d tasks, %,d reports after the snapshot; heap %s, load %s; %,d MB of snapshots, %,d MB of log%n", Integer.parseInt(words[2]), tasks,
                Integer.parseInt(words[4]), words[6], Machine.load(), megabytes(made, "snapshot\\.\\d+_\\d+"), megabytes(made, "log_.*"));
        for (int i = Integer.parseInt(words[5]); i > 0; i--) start(home, directory, made, heap, tasks);
    }

    private static long megabytes(Path under, String names) throws IOException {
        try (var files = Files.find(under, 9, (file, _) -> file.getFileName().toString().matches(names))) {
            return files.mapToLong(file -> file.toFile().length()).sum() / 1_000_000;
        }
    }

    private static void start(Path home, Path directory, Path made, String heap, int tasks) throws Exception {
        var now = Files.createDirectories(directory.resolve("now"));
        delete(now);
        copy(made, now);
        try (var manager = new ManagerProcess(home, now, heap, HEARTBEAT)) {
            var api = new Api(manager.apiPort());
            long began = System.nanoTime();
            manager.start();
            double answers = manager.awaitAnswer(api, PATIENCE);
            double cpu = manager.cpuSeconds();
            api.get("/services?" + Api.filters("{\"name\":[\"s00001\"]}"));
            double reads = (System.nanoTime() - began) / 1e9;
            api.post("/networks/create", "{\"Name\":\"later\",\"Driver\":\"overlay\"}");
            double writes = (System.nanoTime() - began) / 1e9;
            double resident = manager.peakMb();
            long running = api.counts().getOrDefault("tasks/running", 0L);
            System.out.printf(Locale.ROOT, "  answers after %.2f s (%.2f s of processor), with a service after %.2f s, writes after %.2f s; %,.0f MB resident at most, %,.0f MB of heap alive, %,d tasks run%n",
                    answers, cpu, reads, writes, resident, manager.liveHeapMb(), running);
            if (running != tasks) throw new IllegalStateException("not all is there again");
            manager.kill();
        }
    }

    private static void make(Path home, Path directory, int nodes, int tasks, int reports) throws Exception {
        var making = Files.createDirectories(directory.resolve("making"));
        try (var manager = new ManagerProcess(home, making, "", HEARTBEAT)) {
            manager.start();
            manager.awaitAnswer(new Api(manager.apiPort()), PATIENCE);
        }
        var data = making.resolve("manager");
        try (var keys = Keyring.open(data, data.resolve("log")); var store = open(data, keys)) {
            var benchmark = new StartBenchmark(store);
            benchmark.join(nodes);
            benchmark.run(tasks);
        }
        try (var keys = Keyring.open(data, data.resolve("log")); var store = open(data, keys)) {
            var benchmark = new StartBenchmark(store);
            benchmark.report(List.copyOf(benchmark.state.tasks().values()), reports, 1);
            // As it lies there when the process is killed now.
            var made = Files.createDirectory(directory.resolve("unfinished"));
            copy(making, made);
            Files.move(made, directory.resolve("made"));
        }
        delete(making);
    }

    private static RatisStore open(Path data, Keyring keys) throws Exception {
        return RatisStore.open(data.resolve("log"), keys, why -> Runtime.getRuntime().halt(1));
    }

    private void take(List<Command<?>> commands) throws Exception {
        var turn = Turn.decide(state, commands, planner, Instant.now(), "bench");
        if (turn.fault().isPresent()) throw turn.fault().get();
        for (Turn.Answer answer : turn.answers()) if (answer instanceof Turn.Answer.Failed(var why)) throw why;
        state = turn.after();
        if (turn.transaction().isPresent()) store.append(turn.transaction().get(), turn.after());
    }

    private void join(int nodes) throws Exception {
        List<Command<?>> joins = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            var id = new NodeId("node%021d".formatted(i));
            var host = new NodeDescription("host%05d".formatted(i), new Platform("x86_64", "linux"), 8_000_000_000L, 32L << 30, "28.2.2", new TreeMap<>(), List.of());
            joins.add(draft -> {
                draft.put(new Node(id, 0, draft.now(), draft.now(), "", new TreeMap<>(), Node.Role.WORKER, Node.Availability.ACTIVE, host, "10.0.0.2", true,
                        Node.Liveness.READY, "", Optional.empty(), Optional.empty(), Optional.empty()));
                return null;
            });
        }
        take(joins);
        hear();
    }

    private void hear() throws Exception {
        take(List.of(draft -> {
            draft.state().nodes().values().stream().filter(Node::hasAgent).forEach(node -> draft.add(new Change.NodeHeard(node.id(), draft.now().plusSeconds(36_000))));
            return null;
        }));
    }

    private void run(int tasks) throws Exception {
        for (int first = 0; first < tasks; first += SERVICES_AT_ONCE * TASKS_OF_A_SERVICE) {
            List<Command<?>> creates = new ArrayList<>();
            for (int task = first; task < Math.min(tasks, first + SERVICES_AT_ONCE * TASKS_OF_A_SERVICE); task += TASKS_OF_A_SERVICE) {
                var container = ContainerSpec.of("web:1").with(List.of("LOG_LEVEL=info", "DATABASE_HOST=database"), Optional.empty(), List.of());
                var template = new TaskSpec(container, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), List.of());
                creates.add(new CreateService(new ServiceSpec("s%05d".formatted(task / TASKS_OF_A_SERVICE), new TreeMap<>(), template, ServiceMode.UNSAID, Optional.empty(),
                        Optional.empty(), Optional.empty()).replicas(TASKS_OF_A_SERVICE)));
            }
            take(creates);
            var fresh = state.tasks().values().stream().filter(task -> !task.isRunning()).toList();
            report(fresh, fresh.size(), 0);
        }
    }

    /** They run, and were restarted so often. */
    private void report(List<Task> tasks, int count, int restarts) throws Exception {
        for (int at = 0; at < count; at += REPORTS_AT_ONCE) {
            List<Command<?>> reports = new ArrayList<>();
            for (int i = at; i < Math.min(count, at + REPORTS_AT_ONCE); i++) {
                var id = tasks.get(i % tasks.size()).id();
                int now = restarts == 0 ? 0 : restarts + i / tasks.size();
                reports.add(draft -> {
                    var task = draft.state().tasks().get(id);
                    draft.put(task.observed(new TaskStatus(draft.now(), TaskState.RUNNING, "started", "",
                            Optional.of(new ContainerStatus(String.format("%08x", id.hashCode()).repeat(8), 4_242, Optional.empty())), List.of(), false, now, true, "", "")));
                    return null;
                });
            }
            take(reports);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (Path file : all.filter(file -> !file.equals(from)).toList()) {
                var there = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) Files.createDirectories(there);
                else Files.copy(file, there);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).filter(file -> !file.equals(directory)).toList()) Files.delete(file);
        }
    }
}
