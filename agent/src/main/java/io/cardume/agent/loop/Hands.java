package io.cardume.agent.loop;

import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.files.FilesException;
import io.cardume.agent.files.GivenFile;
import io.cardume.agent.files.TaskFiles;
import io.cardume.agent.task.Action;
import io.cardume.agent.task.Container;
import io.cardume.api.ClusterId;
import io.cardume.api.ImageRegistry;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.ToAgent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what follows for tasks, each action on a thread of its own, a few at a time at the engine; what came of it is news. */
final class Hands {
    private static final Logger LOG = LoggerFactory.getLogger(Hands.class);
    private static final Duration CONNECTED_STILL = Duration.ofMillis(50);
    private static final Duration UNSEEN_STILL = Duration.ofMillis(500);

    private final ContainerEngine engine;
    private final Images images;
    private final TaskFiles files;
    private final HostNetworks networks;
    private final NodeId node;
    private final Deliveries deliveries;
    private final Sight sight;
    private final Inbox inbox;
    private final HealthChecks checks;
    private final Semaphore starts;
    private final Semaphore stops;
    /** Registry logins by service and registry; in memory only. */
    private volatile SortedMap<String, String> logins = new TreeMap<>();

    Hands(ContainerEngine engine, Images images, TaskFiles files, HostNetworks networks, NodeId node, Deliveries deliveries,
            Sight sight, Inbox inbox, HealthChecks checks, LoopSettings settings) {
        this.engine = engine;
        this.images = images;
        this.files = files;
        this.networks = networks;
        this.node = node;
        this.deliveries = deliveries;
        this.sight = sight;
        this.inbox = inbox;
        this.checks = checks;
        this.starts = new Semaphore(settings.starts());
        this.stops = new Semaphore(settings.stops());
    }

    /** An action that is due for a task that is not busy. */
    record Due(Kept kept, Action action) {}

    /** The registry logins to pull with, by service and registry. */
    void logins(SortedMap<String, String> byService) {
        logins = byService;
    }

    /** Begins what may begin now. What is nearly done comes first: a started container is worth more than two that were made. */
    void begin(List<Due> due, Instant now) {
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
            case Action.Pull _, Action.Drain _ -> Optional.empty();
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
            case Action.Drain _ -> 6;
        };
    }

    private void begin(Kept kept, Action action, Optional<Semaphore> lane, Instant now) {
        var task = kept.task;
        var assigned = kept.assigned;
        var given = assigned.map(deliveries::of).orElse(List.of());
        var cluster = kept.cluster;
        var seen = kept.observed;
        kept.memory = kept.memory.ordered(action, now);
        kept.busy = true;
        LOG.debug("task {}: {}", task, action);
        Thread.ofVirtual().name(task + "/" + action.getClass().getSimpleName()).start(() -> {
            var performed = perform(task, action, assigned, given, cluster, seen);
            // The engine has a hand free again; the look that follows costs it next to nothing.
            lane.ifPresent(Semaphore::release);
            var outcome = performed.outcome();
            boolean pulled = action instanceof Action.Pull && outcome instanceof News.Outcome.Done;
            boolean looks = performed.after().isEmpty() && !pulled;
            if (lane.isPresent() && looks) inbox.wake();
            var after = looks ? sight.look(task) : performed.after();
            // Started nothing because there is nothing: the container's absence says more than the words.
            boolean gone = after.isPresent() && after.get() instanceof Container.Absent && action instanceof Action.Start;
            inbox.put(new News.Acted(task, action, gone ? new News.Outcome.Done() : outcome, after));
        });
    }

    /** What came of an action, and the container after it where that needs no look. */
    private record Performed(News.Outcome outcome, Optional<Container> after) {
        Performed(News.Outcome outcome) {
            this(outcome, Optional.empty());
        }
    }

    private Performed perform(
            TaskId task, Action action, Optional<AssignedTask> assigned, List<GivenFile> given, ClusterId cluster, Container seen) {
        var after = Optional.<Container>empty();
        try {
            switch (action) {
                case Action.Pull(var image, _) -> images.get(image,
                        assigned.flatMap(known -> Optional.ofNullable(logins.get(ToAgent.Logins.key(known.service(), ImageRegistry.of(image))))),
                        words -> inbox.put(new News.Coming(task, words)));
                case Action.Create _ -> after = Optional.of(create(prepared(assigned.orElseThrow(), given), cluster));
                case Action.Start _ -> {
                    if (assigned.isPresent()) {
                        prepared(assigned.get(), given);
                        networks.join(assigned.get());
                    }
                    engine.start(task);
                }
                case Action.Drain(var limit) -> awaitNobody(task, seen, limit);
                case Action.Stop _ -> {
                    engine.stop(task);
                    after = sight.ended(task, seen, assigned);
                }
                case Action.Remove _ -> {
                    var left = engine.remove(task);
                    if (left instanceof Container.Absent) sight.gone(task);
                    files.remove(task);
                    after = Optional.of(left);
                }
                case Action.Restart _ -> {
                    create(prepared(assigned.orElseThrow(), given), cluster);
                    engine.start(task);
                }
            }
            return new Performed(new News.Outcome.Done(), after);
        } catch (EngineException e) {
            LOG.info("task {}: {} failed: {}", task, action, e.getMessage());
            return new Performed(switch (e.kind()) {
                case UNREACHABLE -> new News.Outcome.Unreachable(e.getMessage());
                case REFUSED -> new News.Outcome.Refused(e.getMessage());
                case NOT_FOUND -> action instanceof Action.Create
                        ? new News.Outcome.Missed(e.getMessage())
                        : new News.Outcome.Refused(e.getMessage());
                case CONFLICT -> action instanceof Action.Create
                        ? new News.Outcome.Refused(e.getMessage())
                        : new News.Outcome.Missed(e.getMessage());
            });
        } catch (FilesException e) {
            LOG.info("task {}: {} failed: {}", task, action, e.getMessage());
            return new Performed(new News.Outcome.Refused(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("task {}: {} failed", task, action, e);
            return new Performed(new News.Outcome.Refused("the agent failed: " + e));
        }
    }

    /** Waits until nobody is connected to a container, or for as long as is allowed; that long too where nobody can tell. */
    private void awaitNobody(TaskId task, Container seen, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        boolean said = false;
        try {
            for (var now = seen; now instanceof Container.Running running; ) {
                var connected = checks.connected(running);
                long left = end - System.nanoTime();
                if (connected == HealthChecks.Connected.NOBODY || left <= 0) return;
                boolean unseen = connected == HealthChecks.Connected.UNSEEN;
                // The engine knows whether it has just ended.
                if (unseen) now = sight.look(task).orElse(running);
                if (!(now instanceof Container.Running)) return;
                if (unseen && !said) LOG.info("task {}: who is connected to it is not seen, it has {} s", task, limit.toSeconds());
                said |= unseen;
                Thread.sleep(Duration.ofNanos(Math.min(left, (unseen ? UNSEEN_STILL : CONNECTED_STILL).toNanos())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private AssignedTask prepared(AssignedTask task, List<GivenFile> given) throws FilesException {
        var all = new ArrayList<>(given);
        networks.resolversFile(task).ifPresent(all::add);
        return files.prepared(task, all);
    }

    private Container create(AssignedTask task, ClusterId cluster) throws EngineException {
        try {
            var made = engine.create(task, networks.prepare(task), cluster, node);
            networks.join(task);
            return made;
        } catch (EngineException e) {
            if (!task.spec().networks().isEmpty()) networks.doubt();
            throw e;
        }
    }
}
