package io.cardume.manager.loop;

import static io.cardume.manager.loop.Commands.init;
import static io.cardume.manager.loop.Commands.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Transaction;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.EntryTooLarge;
import io.cardume.manager.store.MemoryStore;
import io.cardume.manager.store.Store;
import io.cardume.manager.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class ManagerLoopTest {
    @Test
    void whatIsAnsweredIsStoredAndPublished() throws Exception {
        var store = new MemoryStore();
        try (var loop = loop(store, new CompletableFuture<>())) {
            loop.submit(init()).get(60, TimeUnit.SECONDS);
            ServiceId id = loop.submit(new CreateService(service("web", 2))).get(60, TimeUnit.SECONDS);
            assertThat(loop.published().service(id)).isPresent();
            assertThat(store.recovered()).isEqualTo(loop.published());
            assertThat(loop.published().tasksOf(id)).as("planned in the same turn").hasSize(2)
                    .allMatch(task -> task.born() == loop.published().service(id).get().version());
        }
    }

    @Test
    void commandsThatWaitForTheDiskAreStoredTogether() throws Exception {
        var slow = new SlowStore();
        try (var loop = loop(slow, new CompletableFuture<>())) {
            heldUp(loop, slow);
            var answers = new ArrayList<CompletableFuture<ServiceId>>();
            for (int i = 0; i < 100; i++) answers.add(loop.submit(new CreateService(service("s" + i, 0))));
            slow.released.countDown();
            for (var answer : answers) answer.get(60, TimeUnit.SECONDS);
            assertThat(slow.appended).hasSizeLessThan(5);
        }
    }

    @Test
    void agentsTakeNoPlaceFromUsersAndLoseNothingWhenTheirsAreFull() throws Exception {
        var slow = new SlowStore();
        try (var loop = loop(slow, new CompletableFuture<>())) {
            heldUp(loop, slow);
            int more = ManagerLoop.PLACES + 1_000;
            var heard = new CountDownLatch(more);
            var waiting = new ArrayList<Thread>();
            for (int i = 0; i < more; i++)
                waiting.add(Thread.ofVirtual().start(() -> {
                    try {
                        loop.submitOfAgent(draft -> null, () -> false).thenRun(heard::countDown);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
            await("all places of agents are taken, and others wait", () -> waiting.stream().filter(Thread::isAlive).count() == 1_000);
            var created = loop.submit(new CreateService(service("web", 0)));
            assertThat(created).as("it has a place").isNotDone();
            var unheard = created.thenApply(_ -> heard.getCount());
            slow.released.countDown();
            assertThat(unheard.get(60, TimeUnit.SECONDS)).as("a user's command is among the first").isEqualTo(more);
            assertThat(heard.await(60, TimeUnit.SECONDS)).as("all agents are heard").isTrue();
        }
    }

    @Test
    void usersWhoFindNoPlaceAreToldSoAndKeepNoAgentWaiting() throws Exception {
        var slow = new SlowStore();
        try (var loop = loop(slow, new CompletableFuture<>())) {
            heldUp(loop, slow);
            var answers = new ArrayList<CompletableFuture<Object>>();
            for (int i = 0; i < ManagerLoop.PLACES; i++) answers.add(loop.submit(draft -> null));
            assertThatThrownBy(() -> loop.submit(draft -> null).get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(Refusal.class)
                    .hasMessageContaining("commands waiting already; try again shortly");
            var heard = loop.submitOfAgent(draft -> answers.getLast().isDone(), () -> false);
            slow.released.countDown();
            assertThat(heard.get(60, TimeUnit.SECONDS)).as("users' last command came before it").isFalse();
            for (var answer : answers) answer.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void whatAnAgentSaidThatHasGoneIsNotDone() throws Exception {
        try (var loop = loop(new MemoryStore(), new CompletableFuture<>())) {
            var said = loop.submitOfAgent(draft -> {
                throw new IllegalStateException("it is done");
            }, () -> true);
            assertThatThrownBy(() -> said.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(Refusal.class).hasMessageContaining("the agent has gone");
        }
    }

    @Test
    void whoWaitsForAPlaceWhenTheManagerStopsIsToldSo() throws Exception {
        var slow = new SlowStore();
        var loop = loop(slow, new CompletableFuture<>());
        heldUp(loop, slow);
        var told = new CountDownLatch(ManagerLoop.PLACES + 10);
        for (int i = 0; i < ManagerLoop.PLACES + 10; i++)
            Thread.ofVirtual().start(() -> {
                try {
                    loop.submitOfAgent(draft -> null, () -> false).whenComplete((_, _) -> told.countDown());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        var closing = Thread.ofPlatform().start(loop::close);
        slow.released.countDown();
        closing.join();
        assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> loop.submit(draft -> null).get(60, TimeUnit.SECONDS)).hasMessageContaining("the manager is stopping");
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void aRefusedCommandLeavesItsNeighboursAlone() throws Exception {
        try (var loop = loop(new MemoryStore(), new CompletableFuture<>())) {
            loop.submit(init());
            var first = loop.submit(new CreateService(service("web", 0)));
            var second = loop.submit(new CreateService(service("web", 0)));
            var third = loop.submit(new CreateService(service("db", 0)));
            first.get(60, TimeUnit.SECONDS);
            third.get(60, TimeUnit.SECONDS);
            assertThatThrownBy(() -> second.get(60, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(Refusal.class);
            assertThat(loop.published().services()).hasSize(2);
        }
    }

    @Test
    void aStoreThatFailsStopsTheManagerAndNothingIsAnswered() throws Exception {
        var fatal = new CompletableFuture<Throwable>();
        try (var loop = loop(new FullStore(), fatal)) {
            var answer = loop.submit(init());
            assertThat(fatal.get(60, TimeUnit.SECONDS)).hasMessage("disk full");
            assertThat(loop.published()).isEqualTo(ClusterState.empty());
            assertThat(answer.isDone() && !answer.isCompletedExceptionally()).isFalse();
        }
    }

    @Test
    void whatIsTooLargeForTheLogIsRefusedAloneAndItsNeighboursAreStored() throws Exception {
        var small = new SmallStore(4);
        try (var loop = loop(small, new CompletableFuture<>())) {
            loop.submit(init()).get(60, TimeUnit.SECONDS);
            var answers = new ArrayList<CompletableFuture<ServiceId>>();
            answers.add(loop.submit(new CreateService(service("a", 1))));
            answers.add(loop.submit(new CreateService(service("large", 9))));
            answers.add(loop.submit(new CreateService(service("b", 1))));
            answers.get(0).get(60, TimeUnit.SECONDS);
            answers.get(2).get(60, TimeUnit.SECONDS);
            assertThatThrownBy(() -> answers.get(1).get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(Refusal.class)
                    .hasMessageContaining("too large");
            assertThat(loop.published().serviceNamed("large")).isEmpty();
            assertThat(loop.published().services()).hasSize(2);
        }
    }

    @Test
    void timeInWhichNobodyListenedIsNoEvidenceAgainstANode() throws Exception {
        var time = new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
        var loop = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), new MemoryStore(), time::get, "seed", _ -> {});
        try (loop) {
            loop.start();
            loop.listens();
            loop.submit(init()).get(60, TimeUnit.SECONDS);
            loop.submit(new JoinNode(Commands.hello("a"), "")).get(60, TimeUnit.SECONDS);
            for (int hours : new int[] {1, -2, 1}) {
                time.set(time.get().plus(Duration.ofHours(hours)));
                loop.submit(draft -> null).get(60, TimeUnit.SECONDS);
                assertThat(loop.published().node(new NodeId("a")).get().liveness()).isEqualTo(Node.Liveness.READY);
            }
        }
    }

    @Test
    void afterAStartNodesAreWaitedForAsLongAsOthersComeBack() throws Exception {
        var time = new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
        var loop = restarted(time, 20);
        try (loop) {
            loop.start();
            loop.listens();
            for (int back = 0; back < 18; back++) {
                hear(loop, back);
                assertThat(down(loop)).as("%d are back", back).isEmpty();
                time.set(time.get().plusMillis(900));
            }
            for (int i = 0; i < 6; i++) {
                hear(loop, 18);
                time.set(time.get().plusMillis(900));
            }
            hear(loop, 18);
            assertThat(down(loop)).containsExactly("node18", "node19");
        }
    }

    @Test
    void whoHasNotComeBackIsNotReadyBecauseAnotherHas() throws Exception {
        var time = new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
        var loop = restarted(time, 4);
        try (loop) {
            loop.start();
            loop.listens();
            for (int i = 0; i < 4; i++) {
                hear(loop, 0);
                time.set(time.get().plusMillis(900));
            }
            for (int i = 0; i < 3; i++) {
                hear(loop, 1);
                time.set(time.get().plusMillis(900));
            }
            assertThat(loop.published().node(new NodeId("node0")).get().liveness()).isEqualTo(Node.Liveness.READY);
            for (String other : List.of("node1", "node2", "node3"))
                assertThat(loop.published().node(new NodeId(other)).get().liveness()).as(other).isEqualTo(Node.Liveness.SUSPECT);
        }
    }

    @Test
    void nobodyIsWaitedForLongerThanTwoMinutesHoweverSlowlyOthersCome() throws Exception {
        var time = new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
        var loop = restarted(time, 40);
        try (loop) {
            loop.start();
            loop.listens();
            for (int step = 0; step < 150; step++) {
                hear(loop, 1 + step / 4);
                if (step < 130) assertThat(down(loop)).as("step %d", step).isEmpty();
                time.set(time.get().plusMillis(900));
            }
            hear(loop, 38);
            assertThat(down(loop)).containsExactly("node38", "node39");
        }
    }

    @Test
    void aDoorThatOpensLateCostsNoNode() throws Exception {
        var time = new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
        var loop = restarted(time, 2);
        try (loop) {
            loop.start();
            for (int i = 0; i < 200; i++) {
                loop.submit(draft -> null).get(60, TimeUnit.SECONDS);
                assertThat(loop.published().nodes().values()).extracting(Node::liveness).as("nobody could be heard").containsOnly(Node.Liveness.READY);
                time.set(time.get().plusMillis(900));
            }
            loop.listens();
            for (int i = 0; i < 10; i++) {
                hear(loop, 1);
                time.set(time.get().plusMillis(900));
            }
            assertThat(down(loop)).as("its lease began when it could be heard").containsExactly("node1");
        }
    }

    /** A loop that is not started yet, over what another stored that so many nodes had joined. */
    private static ManagerLoop restarted(AtomicReference<Instant> time, int nodes) throws Exception {
        var store = new MemoryStore();
        var before = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), store, time::get, "seed", _ -> {});
        try (before) {
            before.start();
            before.submit(init()).get(60, TimeUnit.SECONDS);
            for (int i = 0; i < nodes; i++) before.submit(new JoinNode(Commands.hello("node" + i), "")).get(60, TimeUnit.SECONDS);
        }
        return new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), store, time::get, "seed", _ -> {});
    }

    private static void hear(ManagerLoop loop, int nodes) throws Exception {
        for (int i = 0; i < nodes; i++) loop.submit(new HearNode(new NodeId("node" + i), List.of())).get(60, TimeUnit.SECONDS);
        loop.submit(draft -> null).get(60, TimeUnit.SECONDS);
    }

    private static List<String> down(ManagerLoop loop) {
        return loop.published().nodes().values().stream().filter(node -> node.liveness() == Node.Liveness.DOWN).map(node -> node.id().value()).toList();
    }

    @Test
    void closingLetsTheTurnThatIsBeingStoredEnd() throws Exception {
        var fatal = new CompletableFuture<Throwable>();
        var slow = new SlowStore();
        var loop = loop(slow, fatal);
        var answer = heldUp(loop, slow);
        var closing = Thread.ofPlatform().start(loop::close);
        while (closing.isAlive() && closing.getState() != Thread.State.TIMED_WAITING) Thread.onSpinWait();
        slow.released.countDown();
        closing.join();
        assertThat(answer).isCompletedWithValue(Commands.MANAGER);
        assertThat(fatal).isNotDone();
    }

    private static ManagerLoop loop(Store store, CompletableFuture<Throwable> fatal) {
        var loop = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), store, InstantSource.system(), "seed", fatal::complete);
        loop.start();
        return loop;
    }

    /** Has the loop in a turn that its store holds up; what that turn answers. */
    private static CompletableFuture<NodeId> heldUp(ManagerLoop loop, SlowStore slow) throws InterruptedException {
        var answer = loop.submit(init());
        assertThat(slow.entered.await(60, TimeUnit.SECONDS)).isTrue();
        return answer;
    }

    private static final class SlowStore implements Store {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);
        final List<Transaction> appended = new ArrayList<>();

        @Override
        public ClusterState recovered() {
            return ClusterState.empty();
        }

        @Override
        public void append(Transaction transaction) throws StoreException {
            entered.countDown();
            try {
                if (!released.await(60, TimeUnit.SECONDS)) throw new StoreException("never released");
            } catch (InterruptedException e) {
                throw new StoreException("interrupted", e);
            }
            appended.add(transaction);
        }

        @Override
        public void close() {}
    }

    /** Takes so many changes in an entry. */
    private static final class SmallStore implements Store {
        private final int limit;

        SmallStore(int limit) {
            this.limit = limit;
        }

        @Override
        public ClusterState recovered() {
            return ClusterState.empty();
        }

        @Override
        public void append(Transaction transaction) throws EntryTooLarge {
            if (transaction.changes().size() > limit) throw new EntryTooLarge(transaction.changes().size(), limit);
        }

        @Override
        public void close() {}
    }

    private static final class FullStore implements Store {
        @Override
        public ClusterState recovered() {
            return ClusterState.empty();
        }

        @Override
        public void append(Transaction transaction) throws StoreException {
            throw new StoreException("disk full");
        }

        @Override
        public void close() {}
    }
}
