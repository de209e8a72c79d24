package io.cardume.manager.http;

import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.UserRole;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.link.LogsBehind;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.ManagerLoop;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/** Logs of services and tasks, as one stream of frames. */
final class Logs implements AutoCloseable {
    private static final int QUEUE = 16;
    private static final int SYSTEM_ERROR = 3;
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final ApiVersion MULTIPLEXED = new ApiVersion(1, 42);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final ManagerLoop loop;
    private final LogSource source;
    private final Admission admission;
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();

    Logs(ManagerLoop loop, LogSource source, Admission admission) {
        this.loop = loop;
        this.source = source;
        this.admission = admission;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/services/{id}/logs", UserRole.VIEWER, exchange -> {
                    var service = Lookup.service(exchange.spaces(), loop.published(), exchange.path("id"));
                    boolean tty = service.spec().taskTemplate().containerSpec().tty().orElse(false);
                    stream(exchange, service.id(), Optional.empty(), tty);
                }),
                Route.get("/tasks/{id}/logs", UserRole.VIEWER, exchange -> {
                    var state = loop.published();
                    ofTask(exchange, state, Lookup.task(exchange.spaces(), state, exchange.path("id")));
                }));
    }

    /** Answers with the log of one task. */
    void ofTask(Exchange exchange, ClusterState state, Task task) throws IOException {
        boolean tty = state.service(task.service()).orElseThrow().template(task.revision()).containerSpec().tty().orElse(false);
        stream(exchange, task.service(), Optional.of(task.id()), tty);
    }

    private void stream(Exchange exchange, ServiceId service, Optional<TaskId> only, boolean tty) throws IOException {
        var options = options(exchange);
        try (var _ = admission.stream(exchange)) {
            var stream = new Stream(exchange, service, only, tty, options);
            open.add(stream);
            try {
                stream.run();
            } finally {
                open.remove(stream);
            }
        }
    }

    private static LogOptions options(Exchange exchange) {
        boolean stdout = exchange.flag("stdout");
        boolean stderr = exchange.flag("stderr");
        if (!stdout && !stderr) throw new ApiException(400, "Bad parameters: you must choose at least one stream: stdout=1, stderr=1");
        var tail = exchange.query("tail");
        Optional<Integer> last = tail.matches("[0-9]{1,9}") ? Optional.of(Integer.parseInt(tail)) : Optional.empty();
        if (last.isEmpty() && !tail.isEmpty() && !tail.equals("all") && !tail.matches("-[0-9]{1,9}"))
            throw new ApiException(400, "tail: \"" + tail + "\" is not allowed; it is all or a number of lines");
        return new LogOptions(stdout, stderr, exchange.flag("follow"), Events.time(exchange, "since"), last);
    }

    /** Ends all streams. */
    @Override
    public void close() {
        open.forEach(stream -> stream.gone = true);
    }

    /** One client and what it reads: a thread for each task, and a queue in which their frames wait for the client. */
    private final class Stream {
        private final Exchange exchange;
        private final ServiceId service;
        private final Optional<TaskId> only;
        private final boolean tty;
        private final LogOptions options;
        private final Optional<Instant> until;
        private final boolean timestamps;
        private final boolean details;
        private final BlockingQueue<byte[]> frames = new ArrayBlockingQueue<>(QUEUE);
        private final SortedMap<TaskId, Thread> readers = new ConcurrentSkipListMap<>();
        private final List<String> unavailable = Collections.synchronizedList(new ArrayList<>());
        private volatile boolean gone;

        Stream(Exchange exchange, ServiceId service, Optional<TaskId> only, boolean tty, LogOptions options) {
            this.exchange = exchange;
            this.service = service;
            this.only = only;
            this.tty = tty;
            this.options = options;
            this.until = Events.time(exchange, "until");
            this.timestamps = exchange.flag("timestamps");
            this.details = exchange.flag("details");
        }

        void run() throws IOException {
            var context = exchange.context();
            boolean multiplexed = !tty && exchange.apiVersion().compareTo(MULTIPLEXED) >= 0;
            Peer.stream(exchange, Streams.Right.to(service, exchange.caller(), _ -> true), multiplexed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream",
                    () -> gone = true);
            var out = context.res().getOutputStream();
            Runnable unsubscribe = options.follow() ? loop.subscribe(this::committed) : () -> {};
            try {
                tasks(loop.published()).forEach(task -> read(task.id()));
                while (!gone) {
                    byte[] frame = frames.poll(100, TimeUnit.MILLISECONDS);
                    if (frame != null) {
                        out.write(frame);
                        if (frames.isEmpty()) out.flush();
                    } else if (isOver()) break;
                }
                if (!gone && !unavailable.isEmpty()) out.write(frame(SYSTEM_ERROR, incomplete().getBytes(StandardCharsets.UTF_8)));
                out.flush();
            } catch (IOException e) {
                gone = true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                unsubscribe.run();
                gone = true;
                readers.values().forEach(Thread::interrupt);
            }
        }

        /** The tasks that have or had a container. */
        private List<Task> tasks(ClusterState state) {
            List<Task> all = only.isPresent() ? state.task(only.get()).stream().toList() : state.tasksOf(service);
            return all.stream().filter(task -> task.node().isPresent() && task.status().container().isPresent()).toList();
        }

        private void committed(Committed committed) {
            for (Change change : committed.transaction().changes())
                if (change instanceof Change.TaskRemoved(var id)) readers.computeIfPresent(id, (_, reader) -> reader.isAlive() ? reader : null);
                else if (change instanceof Change.TaskPut(var task) && task.service().equals(service)
                        && only.filter(id -> !id.equals(task.id())).isEmpty() && task.status().container().isPresent())
                    read(task.id());
        }

        private void read(TaskId task) {
            if (gone) return;
            readers.computeIfAbsent(task, id -> Thread.ofVirtual().name("logs " + id).start(() -> follow(id)));
        }

        /** Reads one task's log to its end; while it is followed, an agent that goes away is waited for. */
        private void follow(TaskId task) {
            var wanted = options;
            var last = new Instant[] {Instant.EPOCH};
            try {
                while (!gone) {
                    try {
                        source.follow(task, wanted, line -> {
                            last[0] = line.at();
                            if (until.filter(line.at()::isAfter).isEmpty()) put(framed(task, line));
                        });
                        return;
                    } catch (InterruptedException e) {
                        return;
                    } catch (Exception e) {
                        boolean over = loop.published().task(task).map(Task::isDead).orElse(true);
                        if (!(e instanceof LogsBehind) && (!options.follow() || over)) {
                            unavailable.add("task " + task + ": " + e.getMessage());
                            return;
                        }
                        if (last[0].isAfter(Instant.EPOCH))
                            wanted = new LogOptions(wanted.stdout(), wanted.stderr(), wanted.follow(), Optional.of(last[0].plusNanos(1)), Optional.empty());
                        Thread.sleep(PAUSE);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void put(byte[] frame) {
            try {
                frames.put(frame);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean isOver() {
            boolean idle = readers.values().stream().noneMatch(Thread::isAlive) && frames.isEmpty();
            if (!idle) return false;
            if (!options.follow()) return true;
            var state = loop.published();
            return only.isPresent()
                    ? state.task(only.get()).map(Task::isDead).orElse(true)
                    : state.service(service).map(found -> found.removed()).orElse(true);
        }

        private String incomplete() {
            return "Error grabbing logs: warning: incomplete log stream. some logs could not be retrieved for the following reasons: "
                    + String.join("; ", unavailable) + "\n";
        }

        private byte[] framed(TaskId task, LogLine line) {
            var head = new StringBuilder();
            if (timestamps) head.append(TIME.format(line.at())).append(' ');
            if (details) head.append(details(task)).append(' ');
            var prefix = head.toString().getBytes(StandardCharsets.UTF_8);
            return frame(line.stream(), ByteBuffer.allocate(prefix.length + line.text().length).put(prefix).put(line.text()).array());
        }

        private byte[] frame(int stream, byte[] payload) {
            if (tty) return payload;
            return ByteBuffer.allocate(8 + payload.length).put((byte) stream).put(new byte[3]).putInt(payload.length).put(payload).array();
        }

        private String details(TaskId id) {
            var node = loop.published().task(id).flatMap(Task::node).map(found -> found.value()).orElse("");
            var said = new TreeMap<>(Map.of(
                    "com.docker.swarm.node.id", node, "com.docker.swarm.service.id", service.value(), "com.docker.swarm.task.id", id.value()));
            var words = new ArrayList<String>();
            said.forEach((key, value) -> words.add(key + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
            return String.join(",", words);
        }
    }
}
