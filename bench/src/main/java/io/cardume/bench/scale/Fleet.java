package io.cardume.bench.scale;

import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** All simulated nodes, the one clock that their tasks go by, and what is counted of them. */
final class Fleet {
    private static final int REMEMBERED = 4_096;

    /**
     * How tasks go.
     *
     * @param startMillis from assigned to running, when it is its turn
     * @param stopMillis from told to stopped
     * @param atOnce tasks that a node starts at a time
     */
    record Course(long startMillis, long stopMillis, int atOnce) {}

    private final Course course;
    private final int port;
    private final String token;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<FleetProcess> others = new CopyOnWriteArrayList<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(2);
    private final AtomicInteger connected = new AtomicInteger();
    private final AtomicLong placed = new AtomicLong();
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong stopped = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicReferenceArray<TaskId> some = new AtomicReferenceArray<>(REMEMBERED);
    private volatile String lastRefusal = "";
    /** Nodes that are on their way into the cluster. */
    private final Semaphore joining;

    /**
     * @param first the number of its first node
     * @param count how many it has
     * @param atOnce how many may be on their way into the cluster
     */
    Fleet(int first, int count, int atOnce, Course course, int port, String token, Path directory) throws IOException {
        this.course = course;
        this.port = port;
        this.token = token;
        this.joining = new Semaphore(atOnce);
        for (int i = 0; i < count; i++) nodes.add(new SimulatedNode(this, first + i, directory));
    }

    /** Lets all nodes join, some at a time. */
    void start() throws InterruptedException {
        for (SimulatedNode node : nodes) {
            joining.acquire();
            node.start();
        }
    }

    /** Counts the nodes of another process too. */
    void with(FleetProcess other) {
        others.add(other);
    }

    /** Those of this process. */
    List<SimulatedNode> nodes() {
        return nodes;
    }

    Course course() {
        return course;
    }

    int port() {
        return port;
    }

    String token() {
        return token;
    }

    void after(long millis, Runnable what) {
        timer.schedule(what, millis, TimeUnit.MILLISECONDS);
    }

    void joined() {
        connected.incrementAndGet();
    }

    /** A node was let in, or refused, for the first time. */
    void answered() {
        joining.release();
    }

    void parted() {
        connected.decrementAndGet();
    }

    void refused(NodeId node, String words) {
        refusals.incrementAndGet();
        lastRefusal = node + ": " + words;
    }

    void placed(TaskId task, ServiceId service) {
        long count = placed.getAndIncrement();
        if (count < REMEMBERED || ThreadLocalRandom.current().nextInt(16) == 0) some.set((int) (count % REMEMBERED), task);
    }

    void started() {
        started.incrementAndGet();
    }

    void stopped() {
        stopped.incrementAndGet();
    }

    /** How many have a connection now that a manager let in. */
    int connectedNow() {
        return connected.get() + (int) others.stream().mapToLong(FleetProcess::connected).sum();
    }

    /** Tasks that nodes were told of, ever. */
    long placedEver() {
        return placed.get() + others.stream().mapToLong(FleetProcess::placed).sum();
    }

    long startedEver() {
        return started.get() + others.stream().mapToLong(FleetProcess::started).sum();
    }

    long stoppedEver() {
        return stopped.get() + others.stream().mapToLong(FleetProcess::stopped).sum();
    }

    /** How often a node was refused, and the last reason; "" while none was. */
    String refusals() {
        return refusals.get() == 0 ? "" : refusals.get() + " times, at last " + lastRefusal;
    }

    /** Some task that was placed; it may be gone. */
    TaskId someTask() {
        var count = (int) Math.min(REMEMBERED, placed.get());
        return count == 0 ? new TaskId("none") : some.get(ThreadLocalRandom.current().nextInt(count));
    }
}
