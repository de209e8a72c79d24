package io.cardume.agent.engine;

import io.cardume.agent.task.Container;
import io.cardume.agent.task.Ran;
import io.cardume.api.ClusterId;
import io.cardume.api.HealthConfig;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.PortConfig;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * An engine in memory: deterministic, without threads or time of its own. What a real engine's world would do (processes
 * that exit, registries without the image) is said by the test. Images can be pulled unless they were named
 * {@link #unknown}; nothing is present until it was pulled.
 */
public final class FakeEngine implements ContainerEngine {
    private static final class Made {
        final AssignedTask task;
        final ClusterId cluster;
        final List<LogLine> log = new ArrayList<>();
        Container shown;

        Made(AssignedTask task, ClusterId cluster, Container shown) {
            this.task = task;
            this.cluster = cluster;
            this.shown = shown;
        }
    }

    private record Watcher(ClusterId cluster, Consumer<Changed> changed, Runnable resync) {}

    private final Console console = new FakeConsole(this);
    private final FakeImages images = new FakeImages(this);
    private final InstantSource clock;
    private final NodeDescription description;
    private final SortedMap<TaskId, Made> made = new TreeMap<>();
    private final SortedMap<String, Integer> pulls = new TreeMap<>();
    private final SortedMap<String, String> logins = new TreeMap<>();
    /** The id of each image that is there. */
    private final SortedMap<String, String> present = new TreeMap<>();
    private final SortedSet<String> unknown = new TreeSet<>();
    private final SortedSet<String> forbidden = new TreeSet<>();
    private final SortedMap<TaskId, String> refusedCreates = new TreeMap<>();
    private final SortedMap<TaskId, String> refusedStarts = new TreeMap<>();
    private final SortedMap<TaskId, Ran> commands = new TreeMap<>();
    private final List<Watcher> watchers = new ArrayList<>();
    private int counter;
    private int nextPort = 49153;
    private boolean reachable = true;
    private EngineNetworks networks = EngineNetworks.NONE;

    /** An empty engine on a host of 4 CPUs and 8 GiB; the clock gives containers their times. */
    public FakeEngine(String hostname, InstantSource clock) {
        this(new NodeDescription(
                        hostname,
                        new Platform("x86_64", "linux"),
                        4_000_000_000L,
                        8L << 30,
                        "20.10.24",
                        Collections.emptySortedMap(),
                        List.of("Log/json-file", "Network/bridge", "Network/overlay", "Volume/local")),
                clock);
    }

    /** An empty engine that describes its host so. */
    public FakeEngine(NodeDescription description, InstantSource clock) {
        this.description = description;
        this.clock = clock;
    }

    // ---- what the world does

    /** Its networks across hosts are these; without, it has none. */
    public synchronized void has(EngineNetworks theirs) {
        networks = theirs;
    }

    @Override
    public synchronized EngineNetworks networks() {
        return networks;
    }

    /** The task's process ends with a code. */
    public void exits(TaskId task, int code) {
        ends(task, code, false);
    }

    /** The kernel kills the task's process for want of memory. */
    public void outOfMemory(TaskId task) {
        ends(task, 137, true);
    }

    /** The engine's health check of a running task passes. */
    public void healthy(TaskId task) {
        health(task, Container.Health.HEALTHY);
    }

    /** The engine's health check of a running task has failed for good. */
    public void unhealthy(TaskId task) {
        health(task, Container.Health.UNHEALTHY);
    }

    /** The task's process writes a line to its standard output. */
    public synchronized void says(TaskId task, String line) {
        made(task).log.add(new LogLine(1, clock.instant(), (line + "\n").getBytes(StandardCharsets.UTF_8)));
        notifyAll();
    }

    /** Somebody removes the task's container behind the agent's back. */
    public void vanishes(TaskId task) {
        synchronized (this) {
            made.remove(task);
            notifyAll();
        }
        tell(task, Changed.How.REMOVED);
    }

    /** An image is there without a pull. */
    public synchronized void present(String image) {
        present(image, "sha256:" + String.format("%064x", image.hashCode()));
    }

    /** An image is there without a pull, and has this id. */
    public synchronized void present(String image, String id) {
        present.put(image, id);
    }

    /** An image is not there, or no longer. */
    public synchronized void absent(String image) {
        present.remove(image);
    }

    /** The id of an image that is there. */
    public synchronized Optional<String> imageId(String image) {
        return Optional.ofNullable(present.get(image));
    }

    /** No registry has this image, and it is not there. */
    public synchronized void unknown(String image) {
        present.remove(image);
        unknown.add(image);
    }

    /** The image's registry wants a login. */
    public synchronized void forbidden(String image) {
        forbidden.add(image);
    }

    /** Making the task's container will be refused with these words. */
    public synchronized void refusesCreate(TaskId task, String words) {
        refusedCreates.put(task, words);
    }

    /** Starting the task's container will be refused with these words. */
    public synchronized void refusesStart(TaskId task, String words) {
        refusedStarts.put(task, words);
    }

    /** Commands in the task's container end so. */
    public synchronized void commandsEnd(TaskId task, int exitCode, String output) {
        commands.put(task, new Ran.Ended(exitCode, output));
    }

    /** Every call fails until {@link #reachable} is called. */
    public synchronized void unreachable() {
        reachable = false;
    }

    /** The engine answers again; watchers are told to look at everything. */
    public void reachable() {
        List<Watcher> all;
        synchronized (this) {
            reachable = true;
            all = List.copyOf(watchers);
        }
        all.forEach(watcher -> watcher.resync().run());
    }

    /** The host and its engine were restarted: whatever ran has ended with 137. */
    public void restarted() {
        List<TaskId> running;
        synchronized (this) {
            running = made.values().stream()
                    .filter(container -> container.shown instanceof Container.Running)
                    .map(container -> container.task.id())
                    .toList();
        }
        running.forEach(task -> exits(task, 137));
        reachable();
    }

    /** The task as its container was made of it. */
    public synchronized AssignedTask madeOf(TaskId task) {
        return made(task).task;
    }

    /** The login an image was last asked for with. */
    public synchronized Optional<String> login(String image) {
        return Optional.ofNullable(logins.get(image));
    }

    /** How often an image was pulled from its registry, successfully or not. */
    public synchronized int pulls(String image) {
        return pulls.getOrDefault(image, 0);
    }

    // ---- the engine

    @Override
    public synchronized NodeDescription describe() throws EngineException {
        answer();
        return description;
    }

    @Override
    public synchronized SortedMap<TaskId, Container> containers(ClusterId cluster) throws EngineException {
        answer();
        var shown = new TreeMap<TaskId, Container>();
        made.forEach((task, container) -> {
            if (container.cluster.equals(cluster)) shown.put(task, container.shown);
        });
        return shown;
    }

    @Override
    public synchronized Container container(TaskId task) throws EngineException {
        answer();
        return shown(task);
    }

    @Override
    public synchronized void pull(String image, Optional<String> login) throws EngineException {
        answer();
        login.ifPresent(said -> logins.put(image, said));
        if (present.containsKey(image)) return;
        pulls.merge(image, 1, Integer::sum);
        if (forbidden.contains(image)) throw new EngineException(EngineException.Kind.REFUSED, "unauthorized: authentication required");
        if (unknown.contains(image))
            throw new EngineException(
                    EngineException.Kind.NOT_FOUND,
                    "pull access denied for " + image + ", repository does not exist or may require 'docker login'");
        present(image);
    }

    @Override
    public synchronized Container create(AssignedTask task, ClusterId cluster, NodeId node) throws EngineException {
        answer();
        if (made.containsKey(task.id())) return shown(task.id());
        String image = task.spec().containerSpec().image();
        if (!present.containsKey(image))
            throw new EngineException(EngineException.Kind.NOT_FOUND, "No such image: " + image);
        if (refusedCreates.containsKey(task.id()))
            throw new EngineException(EngineException.Kind.REFUSED, refusedCreates.get(task.id()));
        String id = String.format("%064x", ++counter);
        made.put(task.id(), new Made(task, cluster, new Container.Created(id)));
        return shown(task.id());
    }

    @Override
    public void start(TaskId task) throws EngineException {
        synchronized (this) {
            answer();
            switch (shown(task)) {
                case Container.Running _ -> {
                    return;
                }
                case Container.Absent _ -> throw new EngineException(
                        EngineException.Kind.NOT_FOUND, "there is no container of task " + task);
                case Container.Created(String id) -> run(task, id);
                case Container.Exited exited -> run(task, exited.id());
            }
        }
        tell(task, Changed.How.STARTED);
    }

    private void run(TaskId task, String id) throws EngineException {
        if (refusedStarts.containsKey(task))
            throw new EngineException(EngineException.Kind.REFUSED, refusedStarts.get(task));
        Made container = made(task);
        boolean checked = container.task.spec().containerSpec().healthcheck()
                .map(HealthConfig::test)
                .filter(test -> !test.isEmpty() && !test.equals(List.of("NONE")))
                .isPresent();
        container.shown = new Container.Running(
                id,
                1000 + ++counter,
                clock.instant(),
                checked ? Container.Health.STARTING : Container.Health.NONE,
                container.task.ports().stream().map(this::bound).toList(),
                List.of("127.0.0.1"));
    }

    private PortConfig bound(PortConfig port) {
        return new PortConfig(
                Optional.empty(),
                port.protocol().isEmpty() ? "tcp" : port.protocol(),
                port.targetPort(),
                port.publishedPort() == 0 ? nextPort++ : port.publishedPort(),
                "host");
    }

    @Override
    public void stop(TaskId task) throws EngineException {
        synchronized (this) {
            answer();
            if (!(shown(task) instanceof Container.Running)) return;
        }
        exits(task, 143);
    }

    @Override
    public Container remove(TaskId task) throws EngineException {
        synchronized (this) {
            answer();
            if (made.remove(task) == null) return new Container.Absent();
            notifyAll();
        }
        tell(task, Changed.How.REMOVED);
        return new Container.Absent();
    }

    @Override
    public AutoCloseable watch(ClusterId cluster, Consumer<Changed> changed, Runnable resync) {
        var watcher = new Watcher(cluster, changed, resync);
        synchronized (this) {
            watchers.add(watcher);
        }
        resync.run();
        return () -> {
            synchronized (this) {
                watchers.remove(watcher);
            }
        };
    }

    @Override
    public void logs(TaskId task, boolean tty, LogOptions options, Consumer<LogLine> sink) throws EngineException {
        int next = 0;
        while (true) {
            LogLine line;
            synchronized (this) {
                answer();
                Made container = made.get(task);
                if (container == null && next == 0)
                    throw new EngineException(
                            EngineException.Kind.NOT_FOUND, "there is no container of task " + task);
                if (container == null) return;
                if (next == 0 && options.tail().isPresent())
                    next = Math.max(0, container.log.size() - options.tail().get());
                if (next == container.log.size()) {
                    if (!options.follow() || !(container.shown instanceof Container.Running)) return;
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return;
                    }
                    continue;
                }
                line = container.log.get(next++);
            }
            boolean wanted = line.stream() == 1 ? options.stdout() : options.stderr();
            if (wanted && options.since().filter(since -> line.at().isBefore(since)).isEmpty()) sink.accept(line);
        }
    }

    @Override
    public synchronized Ran run(TaskId task, List<String> command, Duration limit) throws EngineException {
        answer();
        return switch (shown(task)) {
            case Container.Running _ -> commands.getOrDefault(task, new Ran.Ended(0, ""));
            case Container.Absent _ ->
                throw new EngineException(EngineException.Kind.NOT_FOUND, "there is no container of task " + task);
            case Container.Created _, Container.Exited _ ->
                throw new EngineException(EngineException.Kind.CONFLICT, "Container of task " + task + " is not running");
        };
    }

    @Override
    public boolean runs(String handle) {
        return false;
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public FakeImages images() {
        return images;
    }

    @Override
    public Duration callLimit() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void close() {}

    private void ends(TaskId task, int code, boolean oom) {
        Container.Exited ended;
        synchronized (this) {
            Made container = made(task);
            if (!(container.shown instanceof Container.Running running))
                throw new IllegalStateException("task " + task + " does not run: " + container.shown);
            ended = new Container.Exited(running.id(), code, oom, clock.instant(), "");
            container.shown = ended;
            notifyAll();
        }
        tell(oom ? new Changed(task, Changed.How.SOMEHOW)
                : new Changed(task, Changed.How.ENDED, Optional.of(new Changed.End(ended.id(), code, ended.finishedAt()))));
    }

    private void health(TaskId task, Container.Health health) {
        synchronized (this) {
            Made container = made(task);
            if (!(container.shown instanceof Container.Running running))
                throw new IllegalStateException("task " + task + " does not run: " + container.shown);
            container.shown = new Container.Running(
                    running.id(), running.pid(), running.startedAt(), health, running.ports(), running.addresses());
        }
        tell(task, Changed.How.SOMEHOW);
    }

    private void tell(TaskId task, Changed.How how) {
        tell(new Changed(task, how));
    }

    private void tell(Changed news) {
        List<Watcher> told;
        synchronized (this) {
            told = reachable ? List.copyOf(watchers) : List.of();
        }
        told.forEach(watcher -> watcher.changed().accept(news));
    }

    private Container shown(TaskId task) {
        Made container = made.get(task);
        return container == null ? new Container.Absent() : container.shown;
    }

    private Made made(TaskId task) {
        Made container = made.get(task);
        if (container == null) throw new IllegalStateException("there is no container of task " + task);
        return container;
    }

    private void answer() throws EngineException {
        if (!reachable)
            throw new EngineException(
                    EngineException.Kind.UNREACHABLE, "cannot reach the engine at fake://: Connection refused");
    }
}
