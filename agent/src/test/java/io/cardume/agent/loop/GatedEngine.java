package io.cardume.agent.loop;

import io.cardume.agent.engine.Changed;
import io.cardume.agent.engine.Console;
import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.EngineImages;
import io.cardume.agent.engine.FakeEngine;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.Ran;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** An engine whose heavy calls can be held back, and whose news can be lost. */
final class GatedEngine implements ContainerEngine {
    final AtomicInteger waiting = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();
    final AtomicInteger surveys = new AtomicInteger();
    final AtomicInteger looks = new AtomicInteger();
    final AtomicInteger oddLooks = new AtomicInteger();
    final List<String> order = new CopyOnWriteArrayList<>();
    volatile boolean deaf;
    private final FakeEngine fake;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile CountDownLatch stops = new CountDownLatch(0);

    GatedEngine(FakeEngine fake) {
        this.fake = fake;
    }

    void open() {
        gate.countDown();
        stops.countDown();
    }

    void holdStarts() {
        gate = new CountDownLatch(1);
    }

    void holdStops() {
        stops = new CountDownLatch(1);
    }

    private void pass(String what) {
        most.accumulateAndGet(waiting.incrementAndGet(), Math::max);
        await(gate);
        waiting.decrementAndGet();
        order.add(what);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public NodeDescription describe() throws EngineException {
        return fake.describe();
    }

    @Override
    public SortedMap<TaskId, Container> containers(ClusterId cluster) throws EngineException {
        var all = fake.containers(cluster);
        surveys.incrementAndGet();
        return all;
    }

    @Override
    public Container container(TaskId task) throws EngineException {
        looks.incrementAndGet();
        if (oddLooks.getAndUpdate(left -> Math.max(0, left - 1)) > 0) throw new IllegalStateException("an odd inspection");
        return fake.container(task);
    }

    @Override
    public void pull(String image, Optional<String> login) throws EngineException {
        fake.pull(image, login);
    }

    @Override
    public Container create(AssignedTask task, ClusterId cluster, NodeId node) throws EngineException {
        pass("create");
        return fake.create(task, cluster, node);
    }

    @Override
    public void start(TaskId task) throws EngineException {
        pass("start");
        fake.start(task);
    }

    @Override
    public void stop(TaskId task) throws EngineException {
        await(stops);
        fake.stop(task);
    }

    @Override
    public Container remove(TaskId task) throws EngineException {
        return fake.remove(task);
    }

    @Override
    public AutoCloseable watch(ClusterId cluster, Consumer<Changed> changed, Runnable resync) {
        return fake.watch(cluster, task -> {
            if (!deaf) changed.accept(task);
        }, resync);
    }

    @Override
    public void logs(TaskId task, boolean tty, LogOptions options, Consumer<LogLine> sink) throws EngineException {
        fake.logs(task, tty, options, sink);
    }

    @Override
    public Ran run(TaskId task, List<String> command, Duration limit) throws EngineException {
        return fake.run(task, command, limit);
    }

    @Override
    public boolean runs(String handle) {
        return fake.runs(handle);
    }

    @Override
    public Console console() {
        return fake.console();
    }

    @Override
    public EngineImages images() {
        return fake.images();
    }

    @Override
    public Duration callLimit() {
        return fake.callLimit();
    }

    @Override
    public void close() {}
}
