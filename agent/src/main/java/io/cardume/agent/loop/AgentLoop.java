package io.cardume.agent.loop;

import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.files.FilesException;
import io.cardume.agent.files.GivenFile;
import io.cardume.agent.files.TaskFiles;
import io.cardume.agent.link.LinkListener;
import io.cardume.agent.link.Membership;
import io.cardume.agent.names.NameServer;
import io.cardume.agent.net.HostLinks;
import io.cardume.agent.task.Action;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.agent.task.Step;
import io.cardume.agent.task.TaskStep;
import io.cardume.agent.task.Wanted;
import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.EngineTrouble;
import io.cardume.api.PortConfig;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's heart: one thread that takes news in turn, asks {@link TaskStep} about every task, and starts what follows
 * on virtual threads, one action at a time per task. News only says that something may have changed; what is done
 * follows from the assignment and the containers as they are.
 */
public final class AgentLoop implements LinkListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentLoop.class);
    private static final int NEWS_WAITING = 1_024;
    private static final Duration SURVEY_AGAIN = Duration.ofSeconds(1);

    private final ContainerEngine engine;
    private final TaskFiles files;
    private final HealthChecks checks;
    private final Membership membership;
    private final Outbox outbox;
    private final LoopSettings settings;
    private final Clock clock;
    private final LogFeeds logs;
    private final Errands errands;
    private final HostNetworks networks;
    private final Semaphore starts;
    private final Semaphore stops;

    private final BlockingQueue<News> inbox = new ArrayBlockingQueue<>(NEWS_WAITING);
    /** Tasks whose containers may have changed; bounded by the number of containers. */
    private final Set<TaskId> changed = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean surveyWanted = new AtomicBoolean(true);
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final CompletableFuture<RuntimeException> failure = new CompletableFuture<>();
    private final Thread thread = Thread.ofPlatform().name("agent-loop").unstarted(this::run);
    private volatile boolean closed;
    private volatile long generation;
    /** Registry logins by service; in memory only. */
    private volatile SortedMap<String, String> logins = new TreeMap<>();
    private volatile Optional<EngineTrouble> trouble = Optional.empty();

    // All below is touched by the decision thread alone.
    private final SortedMap<TaskId, Kept> tasks = new TreeMap<>();
    private final Deliveries deliveries = new Deliveries();
    private final List<ToAgent.FollowLogs> waitingLogs = new ArrayList<>();
    private AutoCloseable watch = () -> {};
    private Optional<ClusterId> watched = Optional.empty();
    /** The cluster whose assignment is kept; what {@link #membership} says, but in the order of the news. */
    private Optional<ClusterId> cluster;
    private long turn;
    private boolean connected;
    /** Whether the whole assignment has come over the present connection. */
    private boolean whole;
    private boolean resyncAsked;
    /** Whether everything is to be told, not only what changed. */
    private boolean tellAll;
    private Instant lastHeard;
    private Instant decidedAt = Instant.EPOCH;
    private Instant toldAt = Instant.EPOCH;
    private Instant surveyDue = Instant.EPOCH;
    private boolean surveying;
    private boolean surveyFailed;
    private Optional<Instant> troubledSince = Optional.empty();
    /** Whether the containers of the present cluster were seen at least once. */
    private boolean surveyed;
    private boolean draining;
    private final List<CompletableFuture<Void>> awaitingNothing = new ArrayList<>();

    /**
     * @param engine the host's containers
     * @param files the files of secrets and configs they are given
     * @param checks checks from outside the containers
     * @param membership whose containers are kept
     * @param outbox takes what is said to the manager
     */
    public AgentLoop(
            ContainerEngine engine,
            TaskFiles files,
            HealthChecks checks,
            Membership membership,
            Outbox outbox,
            LoopSettings settings,
            Clock clock) {
        this(engine, files, checks, membership, outbox, settings, clock,
                new HostNetworks(engine, HostLinks.none("networks across hosts are not joined"), NameServer.ofHost(),
                        membership.node(), new TreeSet<>()));
    }

    /** The same, on a host that is part of networks across hosts. */
    public AgentLoop(
            ContainerEngine engine,
            TaskFiles files,
            HealthChecks checks,
            Membership membership,
            Outbox outbox,
            LoopSettings settings,
            Clock clock,
            HostNetworks networks) {
        this.networks = networks;
        this.engine = engine;
        this.files = files;
        this.checks = checks;
        this.membership = membership;
        this.outbox = outbox;
        this.settings = settings;
        this.clock = clock;
        this.logs = new LogFeeds(engine, outbox);
        this.errands = new Errands(engine.console(), membership::cluster, outbox);
        this.starts = new Semaphore(settings.starts());
        this.stops = new Semaphore(settings.stops());
        this.cluster = membership.cluster();
        this.lastHeard = clock.instant();
    }

    /** Begins to work. */
    public void start() {
        thread.start();
    }

    /** The sign of life of now: the assignment it works to, and how the engine is. */
    public FromAgent.Heartbeat sign() {
        return new FromAgent.Heartbeat(generation, trouble);
    }

    /** Completes if the loop has broken: it decides nothing any more, and its host must not pass for a healthy one. */
    public CompletableFuture<RuntimeException> failure() {
        return failure;
    }

    @Override
    public void joined(ClusterId cluster) {
        try {
            membership.join(cluster);
        } catch (IOException e) {
            throw new UncheckedIOException("the membership cannot be kept: " + e.getMessage(), e);
        }
        put(new News.Joined(cluster));
    }

    @Override
    public void told(ToAgent message) {
        if (message instanceof ToAgent.ClusterEnded(var cluster)) {
            try {
                membership.end(cluster);
            } catch (IOException e) {
                throw new UncheckedIOException("the membership cannot be ended: " + e.getMessage(), e);
            }
        }
        // Streams have a pace of their own; nothing is decided about them.
        if (message instanceof ToAgent.OfStream stream) errands.hear(stream);
        else if (message instanceof ToAgent.Logins(var byService)) logins = byService;
        else put(new News.Told(message));
    }

    @Override
    public void refused(String words) {}

    @Override
    public void parted(Instant heard) {
        errands.endAll();
        put(new News.Parted(heard));
    }

    /** Stops every container of the cluster; completes when none runs and the manager was told, if it is near. */
    public CompletableFuture<Void> drain() {
        put(new News.Drain());
        return drained;
    }

    /** Completes when there is no task and no container of the cluster any more. */
    public CompletableFuture<Void> cleared() {
        var cleared = new CompletableFuture<Void>();
        put(new News.Clear(cleared));
        return cleared;
    }

    /** Stops deciding. Containers stay as they are; actions that have begun run to their end. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void put(News news) {
        try {
            inbox.put(news);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            Optional<Instant> wakeAt = Optional.of(clock.instant());
            while (!closed) {
                takeUntil(wakeAt);
                turn++;
                wakeAt = decide(clock.instant());
            }
        } catch (InterruptedException e) {
            LOG.debug("the loop ends");
        } catch (RuntimeException e) {
            LOG.error("the agent's loop failed; containers stay as they are", e);
            failure.complete(e);
        } finally {
            close(watch);
            tasks.values().forEach(kept -> close(kept.checking));
            logs.stopAll();
            errands.endAll();
        }
    }

    private void takeUntil(Optional<Instant> wakeAt) throws InterruptedException {
        var first = wakeAt.isEmpty()
                ? inbox.take()
                : inbox.poll(Math.max(0, Duration.between(clock.instant(), wakeAt.get()).toNanos()), TimeUnit.NANOSECONDS);
        for (News news = first; news != null; news = inbox.poll()) hear(news);
    }

    // What is heard

    private void hear(News news) {
        switch (news) {
            case News.Joined(var joined) -> {
                if (!cluster.equals(Optional.of(joined))) ended(cluster);
                cluster = Optional.of(joined);
                connected = true;
                whole = false;
                resyncAsked = false;
                tasks.values().forEach(kept -> kept.told = Optional.empty());
            }
            case News.Parted(var heard) -> {
                connected = false;
                whole = false;
                lastHeard = heard;
                waitingLogs.clear();
                logs.stopAll();
            }
            case News.Told(var message) -> hear(message);
            case News.Acted acted -> hear(acted);
            case News.Looked(var id, var container) -> kept(id).ifPresent(kept -> {
                kept.busy = false;
                if (container.isPresent()) kept.sees(container.get(), turn);
                else surveyWanted.set(true);
            });
            case News.Surveyed(var began, var containers) -> {
                surveying = false;
                surveyFailed = false;
                troubledSince = Optional.empty();
                trouble = Optional.empty();
                surveyDue = clock.instant().plus(settings.resync());
                tellAll = true;
                containers.forEach((cluster, found) -> hear(began, cluster, found));
                files.keepOnly(tasks.keySet());
            }
            case News.NotSurveyed(var words) -> {
                surveying = false;
                surveyFailed = true;
                troubledSince = troubledSince.or(() -> Optional.of(clock.instant()));
                boolean lost = !troubledSince.get().plus(settings.engineLostAfter()).isAfter(clock.instant());
                trouble = Optional.of(new EngineTrouble(words, lost));
                surveyDue = clock.instant().plus(SURVEY_AGAIN);
                LOG.warn("the engine's containers cannot be listed: {}", words);
            }
            case News.Probed(var id, var check, var verdict) -> kept(id)
                    .filter(kept -> kept.check.equals(Optional.of(check)))
                    .ifPresent(kept -> kept.memory = kept.memory.probed(Optional.of(verdict)));
            case News.Look _ -> {}
            case News.Drain _ -> draining = true;
            case News.Clear(var cleared) -> awaitingNothing.add(cleared);
        }
    }

    private void hear(ToAgent message) {
        switch (message) {
            case ToAgent.Assignment assignment -> hear(assignment);
            case ToAgent.ClusterEnded(var gone) -> ended(Optional.of(gone));
            case ToAgent.Networks said -> cluster.ifPresent(own -> networks.told(own, said));
            case ToAgent.FollowLogs wanted -> waitingLogs.add(wanted);
            case ToAgent.GrantLogs(var request, var lines) -> logs.grant(request, lines);
            case ToAgent.StopLogs(var request) -> {
                waitingLogs.removeIf(waiting -> waiting.request().equals(request));
                logs.stop(request);
            }
            case ToAgent.Welcome _, ToAgent.Refused _, ToAgent.Balancing _, ToAgent.OfStream _, ToAgent.Logins _ -> {}
        }
    }

    /** A cluster is no more: nothing of it is wanted. */
    private void ended(Optional<ClusterId> gone) {
        tasks.values().stream().filter(kept -> gone.equals(Optional.of(kept.cluster))).forEach(Kept::forget);
        surveyWanted.set(true);
        gone.ifPresent(networks::ended);
        if (!cluster.equals(gone)) return;
        cluster = Optional.empty();
        generation = 0;
        whole = false;
    }

    private void hear(ToAgent.Assignment assignment) {
        if (cluster.isEmpty()) return;
        if (assignment.base().isPresent()) {
            if (whole && assignment.generation() <= generation) return;
            if (!whole || assignment.base().get() != generation) {
                if (!resyncAsked) resyncAsked = outbox.say(new FromAgent.Resync());
                return;
            }
            assignment.removed().forEach(id -> kept(id).ifPresent(Kept::forget));
        } else {
            if (whole && assignment.generation() < generation) return;
            var wanted = new TreeSet<TaskId>();
            assignment.tasks().forEach(task -> wanted.add(task.id()));
            tasks.values().stream()
                    .filter(kept -> kept.cluster.equals(cluster.get()) && !wanted.contains(kept.task))
                    .forEach(Kept::forget);
            if (!whole) tellAll = true;
            whole = true;
            resyncAsked = false;
        }
        generation = assignment.generation();
        for (AssignedTask task : assignment.tasks()) {
            var kept = tasks.computeIfAbsent(task.id(), id -> newTask(id));
            kept.assigned = Optional.of(task);
            kept.forgotten = false;
        }
        deliveries.take(assignment.delivered(), tasks.values().stream().flatMap(kept -> kept.assigned.stream()).toList());
    }

    /** A task heard of for the first time: it has no container, if all there are have been seen. */
    private Kept newTask(TaskId id) {
        var kept = new Kept(id, cluster.orElseThrow());
        kept.known = surveyed && watched.equals(cluster);
        if (kept.known) kept.since = turn;
        return kept;
    }

    private void hear(News.Acted acted) {
        kept(acted.task()).ifPresent(kept -> {
            kept.busy = false;
            var now = clock.instant();
            var action = acted.action();
            kept.memory = switch (acted.outcome()) {
                case News.Outcome.Done _ -> kept.memory.succeeded(action);
                case News.Outcome.Refused(var words) -> kept.memory.refused(action, words, now);
                case News.Outcome.Missed(var words) -> kept.memory.missed(action, words, now);
                case News.Outcome.Unreachable(var words) -> kept.memory.troubled(words, now);
            };
            if (acted.after().isPresent()) kept.sees(acted.after().get(), turn);
            else if (!(action instanceof Action.Pull) || acted.outcome() instanceof News.Outcome.Unreachable) surveyWanted.set(true);
        });
    }

    private void hear(long began, ClusterId surveyedCluster, SortedMap<TaskId, Container> found) {
        boolean ended = !cluster.equals(Optional.of(surveyedCluster));
        if (watched.equals(Optional.of(surveyedCluster))) surveyed = true;
        else if (ended && found.isEmpty()) forget(surveyedCluster);
        for (TaskId id : found.keySet()) {
            var kept = tasks.computeIfAbsent(id, missing -> new Kept(missing, surveyedCluster));
            if (ended || (whole && kept.assigned.isEmpty())) kept.forget();
        }
        for (Kept kept : tasks.values()) {
            if (!kept.cluster.equals(surveyedCluster)) continue;
            kept.memory = kept.memory.engineBack();
            if (kept.busy) continue; // it is looked at when its action ends
            if (kept.since > began) continue; // it was seen since
            kept.sees(found.getOrDefault(kept.task, new Container.Absent()), turn);
        }
    }

    private void forget(ClusterId gone) {
        try {
            membership.forget(gone);
        } catch (IOException e) {
            LOG.warn("the end of cluster {} cannot be noted: {}", gone, e.getMessage());
        }
    }

    private Optional<Kept> kept(TaskId id) {
        return Optional.ofNullable(tasks.get(id));
    }

    // What follows

    /** Looks at everything once; when to do so again although nothing is heard. */
    private Optional<Instant> decide(Instant now) {
        if (now.isBefore(decidedAt)) clockSetBack(now);
        decidedAt = now;
        var wakes = new TreeSet<Instant>();
        watchCluster();
        survey(now).ifPresent(wakes::add);
        lookAtChanged();
        boolean offline = !connected && lastHeard.plus(settings.offlineAfter()).isBefore(now);
        if (!connected && !offline) wakes.add(lastHeard.plus(settings.offlineAfter()).plusMillis(1));
        var due = new ArrayList<Due>();
        var heldPorts = heldPorts();
        for (Kept kept : tasks.values()) {
            if (!kept.known || (kept.assigned.isEmpty() && !kept.forgotten)) continue;
            Step step = TaskStep.next(wanted(kept, offline, heldPorts), kept.observed, kept.memory, now);
            kept.memory = kept.memory.said(step.status());
            kept.status = Optional.of(step.status());
            step.wakeAt().ifPresent(wakes::add);
            step.action().filter(_ -> !kept.busy).ifPresent(action -> due.add(new Due(kept, action)));
            check(kept);
        }
        tasks.values().removeIf(kept -> kept.forgotten && kept.known && !kept.busy && kept.observed instanceof Container.Absent);
        begin(due, now);
        feedLogs();
        tell(now).ifPresent(wakes::add);
        if (draining) lookWhetherDrained();
        if (tasks.isEmpty() && (surveyed || cluster.isEmpty())) {
            awaitingNothing.forEach(cleared -> cleared.complete(null));
            awaitingNothing.clear();
        }
        return wakes.isEmpty() ? Optional.empty() : Optional.of(wakes.first());
    }

    /** What was put off to a time that is far away now is done at once. */
    private void clockSetBack(Instant now) {
        toldAt = Instant.EPOCH;
        surveyDue = Instant.EPOCH;
        if (lastHeard.isAfter(now)) lastHeard = now;
    }

    private record Due(Kept kept, Action action) {}

    private Wanted wanted(Kept kept, boolean offline, Set<Port> heldPorts) {
        if (kept.assigned.isEmpty()) return Wanted.GONE;
        var task = kept.assigned.get();
        var wanted = known(kept).offline(offline).portsFree(task.ports().stream().map(Port::of).noneMatch(heldPorts::contains));
        boolean stop = draining && wanted.desired().compareTo(DesiredState.SHUTDOWN) < 0;
        return stop ? wanted.desired(DesiredState.SHUTDOWN) : wanted;
    }

    /** What is wanted of an assigned task; what the manager remembers of an earlier run of its container is void. */
    private static Wanted known(Kept kept) {
        var task = kept.assigned.orElseThrow();
        var wanted = Wanted.of(task);
        return kept.memory.restarts().total() == 0 ? wanted : wanted.startedAgain(task);
    }

    private record Port(String protocol, int number) {
        static Port of(PortConfig config) {
            return new Port(config.protocol().isEmpty() ? "tcp" : config.protocol(), config.publishedPort());
        }
    }

    /** Host ports of containers that still run although their tasks should not. */
    private Set<Port> heldPorts() {
        var held = new HashSet<Port>();
        for (Kept kept : tasks.values()) {
            boolean runs = kept.assigned.isPresent()
                    && kept.assigned.get().desired() == DesiredState.RUNNING
                    && kept.memory.verdict().isEmpty();
            if (!runs && kept.observed instanceof Container.Running running) {
                running.ports().forEach(port -> held.add(Port.of(port)));
            }
        }
        return held;
    }

    private void watchCluster() {
        if (cluster.equals(watched)) return;
        close(watch);
        watched = cluster;
        surveyed = false;
        surveyWanted.set(true);
        watch = cluster.isEmpty() ? () -> {} : engine.watch(cluster.get(), this::mayHaveChanged, () -> {
            surveyWanted.set(true);
            inbox.offer(new News.Look());
        });
    }

    private void mayHaveChanged(TaskId task) {
        if (changed.add(task)) inbox.offer(new News.Look());
    }

    private Optional<Instant> survey(Instant now) {
        if (surveying) return Optional.empty();
        var clusters = new TreeSet<>(membership.ended());
        cluster.ifPresent(clusters::add);
        if (clusters.isEmpty()) return Optional.empty();
        // After a failure a wanted survey waits like a due one, or an engine that is away would be asked without end.
        boolean wanted = surveyWanted.get() && !surveyFailed;
        if (surveyDue.isAfter(now) && !wanted) return Optional.of(surveyDue);
        surveyWanted.set(false);
        surveying = true;
        long began = turn;
        Thread.ofVirtual().name("survey").start(() -> {
            try {
                var found = new TreeMap<ClusterId, SortedMap<TaskId, Container>>();
                for (ClusterId one : clusters) found.put(one, engine.containers(one));
                put(new News.Surveyed(began, found));
            } catch (EngineException | RuntimeException e) {
                put(new News.NotSurveyed(e.getMessage()));
            }
        });
        return Optional.empty();
    }

    private void lookAtChanged() {
        for (TaskId id : List.copyOf(changed)) {
            var known = kept(id);
            if (known.isPresent() && known.get().busy) continue; // it is looked at when its action ends
            changed.remove(id);
            if (known.isEmpty() && cluster.isEmpty()) continue;
            var kept = tasks.computeIfAbsent(id, missing -> new Kept(missing, cluster.get()));
            if (whole && kept.assigned.isEmpty()) kept.forget();
            kept.busy = true;
            Thread.ofVirtual().name(id + "/look").start(() -> put(new News.Looked(id, look(id))));
        }
    }

    private Optional<Container> look(TaskId id) {
        changed.remove(id);
        try {
            return Optional.of(engine.container(id));
        } catch (EngineException e) {
            LOG.debug("container of task {} cannot be looked at: {}", id, e.getMessage());
            return Optional.empty();
        } catch (RuntimeException e) {
            LOG.error("container of task {} cannot be understood", id, e);
            return Optional.empty();
        }
    }

    /** What is nearly done comes first: a started container is worth more than two that were made. */
    private void begin(List<Due> due, Instant now) {
        due.sort(Comparator.comparingInt((Due next) -> rank(next.action())));
        for (Due next : due) {
            var lane = lane(next.action());
            if (lane.isPresent() && !lane.get().tryAcquire()) continue;
            begin(next.kept(), next.action(), lane, now);
        }
    }

    /** Who takes part in the few that may be in the engine's hands at a time. */
    private Optional<Semaphore> lane(Action action) {
        return switch (action) {
            case Action.Create _, Action.Start _, Action.Restart _, Action.Remove _ -> Optional.of(starts);
            case Action.Stop _ -> Optional.of(stops);
            case Action.Pull _ -> Optional.empty();
        };
    }

    private static int rank(Action action) {
        return switch (action) {
            case Action.Stop _ -> 0;
            case Action.Start _ -> 1;
            case Action.Restart _ -> 2;
            case Action.Create _ -> 3;
            case Action.Pull _ -> 4;
            case Action.Remove _ -> 5;
        };
    }

    private void begin(Kept kept, Action action, Optional<Semaphore> lane, Instant now) {
        var task = kept.task;
        var assigned = kept.assigned;
        var given = assigned.map(deliveries::of).orElse(List.of());
        var cluster = kept.cluster;
        kept.memory = kept.memory.ordered(action, now);
        kept.busy = true;
        LOG.debug("task {}: {}", task, action);
        Thread.ofVirtual().name(task + "/" + action.getClass().getSimpleName()).start(() -> {
            var outcome = perform(task, action, assigned, given, cluster);
            // The engine has a hand free again; the look that follows costs it next to nothing.
            lane.ifPresent(Semaphore::release);
            if (lane.isPresent()) inbox.offer(new News.Look());
            var after = action instanceof Action.Pull && outcome instanceof News.Outcome.Done
                    ? Optional.<Container>empty()
                    : look(task);
            // Started nothing because there is nothing: the container's absence says more than the words.
            boolean gone = after.isPresent() && after.get() instanceof Container.Absent && action instanceof Action.Start;
            put(new News.Acted(task, action, gone ? new News.Outcome.Done() : outcome, after));
        });
    }

    private News.Outcome perform(
            TaskId task, Action action, Optional<AssignedTask> assigned, List<GivenFile> given, ClusterId cluster) {
        try {
            switch (action) {
                case Action.Pull(var image) -> engine.pull(image,
                        assigned.flatMap(known -> Optional.ofNullable(logins.get(known.service().value()))));
                case Action.Create _ -> create(files.prepared(assigned.orElseThrow(), given), cluster);
                case Action.Start _ -> {
                    if (assigned.isPresent()) {
                        files.prepared(assigned.get(), given);
                        networks.join(assigned.get());
                    }
                    engine.start(task);
                }
                case Action.Stop _ -> engine.stop(task);
                case Action.Remove _ -> {
                    engine.remove(task);
                    files.remove(task);
                }
                case Action.Restart _ -> {
                    create(files.prepared(assigned.orElseThrow(), given), cluster);
                    engine.start(task);
                }
            }
            return new News.Outcome.Done();
        } catch (EngineException e) {
            LOG.info("task {}: {} failed: {}", task, action, e.getMessage());
            return switch (e.kind()) {
                case UNREACHABLE -> new News.Outcome.Unreachable(e.getMessage());
                case REFUSED -> new News.Outcome.Refused(e.getMessage());
                case NOT_FOUND -> action instanceof Action.Create
                        ? new News.Outcome.Missed(e.getMessage())
                        : new News.Outcome.Refused(e.getMessage());
                case CONFLICT -> action instanceof Action.Create
                        ? new News.Outcome.Refused(e.getMessage())
                        : new News.Outcome.Missed(e.getMessage());
            };
        } catch (FilesException e) {
            LOG.info("task {}: {} failed: {}", task, action, e.getMessage());
            return new News.Outcome.Refused(e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("task {}: {} failed", task, action, e);
            return new News.Outcome.Refused("the agent failed: " + e);
        }
    }

    private void create(AssignedTask task, ClusterId cluster) throws EngineException {
        try {
            engine.create(task, networks.prepare(task), cluster, membership.node());
            networks.join(task);
        } catch (EngineException e) {
            if (!task.spec().networks().isEmpty()) networks.doubt();
            throw e;
        }
    }

    private void check(Kept kept) {
        Optional<News.Check> wanted = kept.assigned.isPresent() && kept.observed instanceof Container.Running running
                        && kept.memory.verdict().isEmpty()
                ? Optional.of(new News.Check(running.id(), running.startedAt(), kept.assigned.get().serviceLabels()))
                : Optional.empty();
        if (wanted.equals(kept.check)) return;
        close(kept.checking);
        kept.checking = () -> {};
        kept.check = wanted;
        if (wanted.isEmpty()) return;
        var presumed = known(kept).presumed();
        kept.memory = kept.memory.probed(Optional.empty());
        var run = wanted.get();
        kept.checking = checks.begin(kept.assigned.orElseThrow(), (Container.Running) kept.observed, presumed,
                verdict -> put(new News.Probed(kept.task, run, verdict)));
    }

    private void feedLogs() {
        waitingLogs.removeIf(wanted -> {
            var kept = kept(wanted.task()).filter(found -> found.assigned.isPresent());
            if (kept.isEmpty()) {
                logs.refuse(wanted.request(), Optional.of("task " + wanted.task() + " is not on this node"));
                return true;
            }
            if (kept.get().observed instanceof Container.Running || kept.get().observed instanceof Container.Exited) {
                logs.begin(wanted, kept.get().assigned.get().spec().containerSpec().tty().orElse(false));
                return true;
            }
            boolean mayCome = wanted.options().follow() && kept.get().memory.verdict().isEmpty();
            if (!mayCome) logs.refuse(wanted.request(), Optional.empty());
            return !mayCome;
        });
    }

    /** Tells the manager what is new: the first at once, what follows close upon it together. */
    private Optional<Instant> tell(Instant now) {
        if (!connected || !whole || !surveyed) return Optional.empty();
        var reports = new ArrayList<TaskReport>();
        for (Kept kept : tasks.values()) {
            if (kept.status.isEmpty() || !watched.equals(Optional.of(kept.cluster))) continue;
            if (tellAll || !kept.told.equals(kept.status)) reports.add(new TaskReport(kept.task, kept.status.get()));
        }
        if (reports.isEmpty() && !tellAll) return Optional.empty();
        var notBefore = toldAt.plus(settings.gather());
        if (notBefore.isAfter(now) && !tellAll) return Optional.of(notBefore);
        if (!outbox.say(new FromAgent.Statuses(generation, tellAll, reports))) {
            return Optional.of(now.plusMillis(100)); // the connection is about to end, or has
        }
        tellAll = false;
        toldAt = now;
        reports.forEach(report -> kept(report.task()).ifPresent(kept -> kept.told = Optional.of(report.status())));
        return Optional.empty();
    }

    private void lookWhetherDrained() {
        boolean quiet = tasks.values().stream().noneMatch(kept -> kept.busy || kept.observed instanceof Container.Running);
        boolean told = !connected || !whole || tasks.values().stream()
                .filter(kept -> watched.equals(Optional.of(kept.cluster)))
                .allMatch(kept -> kept.told.equals(kept.status));
        if (quiet && told) drained.complete(null);
    }

    private static void close(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            LOG.debug("closing failed", e);
        }
    }
}
