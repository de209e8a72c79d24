package io.cardume.bench.scale;

import io.cardume.agent.link.Credentials;
import io.cardume.agent.link.LinkListener;
import io.cardume.agent.link.ManagerAddress;
import io.cardume.agent.link.ManagerLink;
import io.cardume.agent.trust.Identity;
import io.cardume.agent.trust.ManagerTls;
import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A node without an engine: its certificates, its connection and what is said on it are an agent's; a task runs when the
 * time for its start is over. As an agent does, it starts some tasks at a time and gathers what is new of them.
 */
final class SimulatedNode implements LinkListener, AutoCloseable {
    private static final long GATHER_MILLIS = 20;
    private static final long SOON_MILLIS = 250;
    private static final long MEMORY_BYTES = 1L << 40;

    private final Fleet fleet;
    private final NodeId id;
    private final String address;
    private final Identity identity;
    private final Credentials credentials;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile ManagerLink link;

    // All below is touched under this object's lock.
    private final Map<TaskId, Run> runs = new HashMap<>();
    private final ArrayDeque<Run> queue = new ArrayDeque<>();
    private Optional<ClusterId> cluster = Optional.empty();
    private int starting;
    private long generation;
    private boolean connected;
    private boolean whole;
    private boolean tellAll;
    private boolean resyncAsked;
    private boolean flushDue;

    SimulatedNode(Fleet fleet, int number, Path directory) throws IOException {
        this.fleet = fleet;
        this.id = new NodeId("node%06d".formatted(number));
        this.address = "10.%d.%d.%d".formatted(number >> 16 & 255, number >> 8 & 255, number & 255);
        this.identity = Identity.in(Files.createDirectories(directory.resolve(id.value())), id, Clock.systemUTC());
        this.credentials = new Credentials(identity, this::say);
        this.link = newLink();
    }

    private ManagerLink newLink() {
        return new ManagerLink(List.of(ManagerAddress.of("127.0.0.1", fleet.port())), this::dial, this::sign, this, Clock.systemUTC());
    }

    void start() {
        link.start();
    }

    /** Cuts the connection; what runs goes on. */
    @Override
    public void close() {
        link.close();
    }

    /** Connects again after {@link #close}. */
    void comeBack() {
        link = newLink();
        link.start();
    }

    private boolean say(FromAgent message) {
        return link.say(message);
    }

    private FromAgent.Heartbeat sign() {
        credentials.look();
        synchronized (this) {
            return new FromAgent.Heartbeat(generation, Optional.empty());
        }
    }

    private ManagerLink.Dial dial() {
        var held = identity.held();
        if (held.isPresent()) return new ManagerLink.Dial(hello("", ""), ManagerTls.of(held.get(), Clock.systemUTC()), false);
        var token = JoinToken.parse(fleet.token());
        return new ManagerLink.Dial(hello(token.text(), Pem.of(identity.asked())), ManagerTls.of(token, Clock.systemUTC()), true);
    }

    private synchronized FromAgent.Hello hello(String token, String key) {
        var description = new NodeDescription(id.value(), new Platform("x86_64", "linux"), 1_000_000_000_000L, MEMORY_BYTES, "28.2.2", new TreeMap<>(),
                List.of("Log/json-file", "Network/bridge", "Network/host", "Network/null", "Volume/local"));
        return new FromAgent.Hello(token, id, cluster, description, address, key);
    }

    @Override
    public void joined(ClusterId into) {
        boolean before;
        synchronized (this) {
            before = connected;
            cluster = Optional.of(into);
            connected = true;
            whole = false;
            resyncAsked = false;
        }
        if (!before) fleet.joined();
        letNext();
    }

    @Override
    public void refused(String words) {
        fleet.refused(id, words);
        letNext();
    }

    /** Whether it was let in or not, the next one may try. */
    private void letNext() {
        if (answered.compareAndSet(false, true)) fleet.answered();
    }

    @Override
    public void parted(Instant lastHeard) {
        boolean before;
        synchronized (this) {
            before = connected;
            connected = false;
            whole = false;
        }
        if (before) fleet.parted();
    }

    @Override
    public void told(ToAgent message) {
        switch (message) {
            case ToAgent.Issued _, ToAgent.Roots _, ToAgent.RenewNow _ -> credentials.told(message);
            case ToAgent.Assignment assignment -> take(assignment);
            case ToAgent.Balancing balancing -> say(new FromAgent.Balanced(balancing.generation(), List.of()));
            default -> {}
        }
    }

    private synchronized void take(ToAgent.Assignment assignment) {
        if (assignment.base().isPresent()) {
            if (whole && assignment.generation() <= generation) return;
            if (!whole || assignment.base().get() != generation) {
                if (!resyncAsked) resyncAsked = say(new FromAgent.Resync());
                return;
            }
            assignment.removed().forEach(this::forget);
        } else {
            if (whole && assignment.generation() < generation) return;
            var wanted = new HashSet<TaskId>();
            assignment.tasks().forEach(task -> wanted.add(task.id()));
            for (TaskId known : List.copyOf(runs.keySet())) if (!wanted.contains(known)) forget(known);
            tellAll = true;
            whole = true;
            resyncAsked = false;
        }
        generation = assignment.generation();
        assignment.tasks().forEach(this::take);
        pump();
        flushSoon();
    }

    private void take(AssignedTask assigned) {
        boolean live = assigned.desired().compareTo(DesiredState.RUNNING) <= 0;
        var run = runs.get(assigned.id());
        if (run == null) {
            run = new Run(assigned.id(), Instant.now());
            runs.put(assigned.id(), run);
            if (live) fleet.placed(assigned.id(), assigned.service());
        }
        run.released |= assigned.desired() == DesiredState.RUNNING;
        if (live) enqueue(run);
        else end(run);
    }

    private void enqueue(Run run) {
        if (run.queued || run.ending || run.state.compareTo(TaskState.READY) > 0 || run.state == TaskState.READY && !run.released) return;
        run.queued = true;
        queue.add(run);
    }

    private void end(Run run) {
        if (run.ending || run.state.isDead()) return;
        run.ending = true;
        if (run.state.compareTo(TaskState.STARTING) < 0) stopped(run);
        else fleet.after(fleet.course().stopMillis(), () -> {
            synchronized (this) {
                stopped(run);
                flushSoon();
            }
        });
    }

    private void stopped(Run run) {
        if (run.state.isDead()) return;
        if (run.state == TaskState.RUNNING) fleet.stopped();
        run.becomes(TaskState.SHUTDOWN, Instant.now());
    }

    private void forget(TaskId task) {
        var run = runs.remove(task);
        if (run == null) return;
        if (run.state == TaskState.RUNNING) fleet.stopped();
        run.ending = true;
        run.state = TaskState.SHUTDOWN;
    }

    /** Begins what there is room for. */
    private void pump() {
        while (starting < fleet.course().atOnce() && !queue.isEmpty()) {
            var run = queue.poll();
            run.queued = false;
            if (run.ending) continue;
            starting++;
            fleet.after(fleet.course().startMillis() / 2, () -> created(run));
        }
    }

    private synchronized void created(Run run) {
        if (run.ending || !run.released) {
            if (!run.ending) run.becomes(TaskState.READY, Instant.now());
            ended();
        } else {
            run.becomes(TaskState.STARTING, Instant.now());
            // As an agent does: what leads on soon is told with what it leads to.
            run.news = fleet.course().startMillis() > 2 * SOON_MILLIS;
            fleet.after(fleet.course().startMillis() / 2, () -> started(run));
        }
        flushSoon();
    }

    private synchronized void started(Run run) {
        if (run.state == TaskState.STARTING) {
            run.becomes(TaskState.RUNNING, Instant.now());
            fleet.started();
        }
        ended();
        flushSoon();
    }

    private void ended() {
        starting--;
        pump();
    }

    private void flushSoon() {
        if (flushDue) return;
        flushDue = true;
        fleet.after(GATHER_MILLIS, this::flush);
    }

    private void flush() {
        FromAgent.Statuses said;
        synchronized (this) {
            flushDue = false;
            if (!connected || !whole) return;
            var reports = new ArrayList<TaskReport>();
            for (Run run : runs.values()) {
                if (!run.news && !tellAll) continue;
                run.news = false;
                reports.add(run.report());
            }
            if (reports.isEmpty() && !tellAll) return;
            said = new FromAgent.Statuses(generation, tellAll, reports);
            tellAll = false;
            if (say(said)) return;
            tellAll = true;
            flushDue = true;
        }
        fleet.after(TimeUnit.SECONDS.toMillis(1), this::flush);
    }
}
