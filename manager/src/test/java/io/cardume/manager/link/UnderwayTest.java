package io.cardume.manager.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.TaskReport;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnderwayTest {
    private static final NodeId NODE = new NodeId("a");
    private static final Duration LOOK = Duration.ofMillis(5);

    private final ManagerLoop loop = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), new MemoryStore(), InstantSource.system(), "seed", _ -> {});
    private final CountDownLatch held = new CountDownLatch(1);
    private final List<String> order = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        loop.start();
    }

    @AfterEach
    void close() {
        held.countDown();
        loop.close();
    }

    /** Keeps the loop in a turn until it is let go. */
    private void hold() {
        loop.submit(_ -> {
            try {
                return held.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private Command<Void> note(String what) {
        return _ -> {
            order.add(what);
            return null;
        };
    }

    private static HearNode report(String task) {
        return new HearNode(NODE, List.of(new TaskReport(new TaskId(task), TaskStatus.of(Instant.EPOCH, TaskState.RUNNING, "started", ""))));
    }

    @Test
    void whatIsSaidIsDoneInItsOrderThoughReportsGoTogether() throws Exception {
        hold();
        var done = new CompletableFuture<Void>();
        var underway = new Underway(loop, LOOK, () -> false);
        underway.say(note("first"), () -> order.add("then"));
        for (int i = 0; i < 5; i++) underway.say(report("t" + i), () -> order.add("report"));
        underway.say(note("second"), () -> order.add("then"));
        underway.say(report("last"), () -> done.complete(null));
        held.countDown();
        done.get(60, TimeUnit.SECONDS);
        assertThat(order).containsSubsequence("first", "then", "report", "report", "report", "report", "report", "then");
        assertThat(order).containsSubsequence("first", "second", "then");
    }

    @Test
    void reportsThatGoTogetherAreAllHeardTheOldestFirst() {
        var both = report("x").and(report("y")).and(report("x"));
        assertThat(both.node()).isEqualTo(NODE);
        assertThat(both.reports()).extracting(one -> one.task().value()).containsExactly("x", "y", "x");
    }

    @Test
    void whoSaysMoreThanIsStoredWaits() throws Exception {
        hold();
        var underway = new Underway(loop, LOOK, () -> false);
        var said = new AtomicInteger();
        var all = new CountDownLatch(100);
        var saying = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 100; i++) {
                    underway.say(report("t" + i), all::countDown);
                    said.incrementAndGet();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        while (saying.getState() != Thread.State.TIMED_WAITING || said.get() < 16) Thread.onSpinWait();
        assertThat(said).hasValue(16);
        held.countDown();
        assertThat(all.await(60, TimeUnit.SECONDS)).as("none is lost").isTrue();
    }

    @Test
    void whoHasEndedWaitsNoMore() throws Exception {
        hold();
        var ended = new AtomicBoolean();
        var underway = new Underway(loop, LOOK, ended::get);
        for (int i = 0; i < 16; i++) underway.say(note("said " + i), () -> {});
        ended.set(true);
        underway.say(note("late"), () -> {});
        held.countDown();
        loop.submit(_ -> null).get(60, TimeUnit.SECONDS);
        assertThat(order).as("the one that was handed over, and none that waited").containsExactly("said 0");
    }
}
