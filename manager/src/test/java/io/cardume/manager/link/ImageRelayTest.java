package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.init;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.HeldImage;
import io.cardume.api.link.ToAgent;
import io.cardume.api.link.ToAgent.ImageNews.Course;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.store.MemoryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets which image from whom, with agents that are a few maps. */
class ImageRelayTest {
    /** What tasks of {@link Commands#service} are made of. */
    private static final String IMAGE = "web:1";

    private final ManagerLoop loop = new ManagerLoop(new Planner(AgentServerTest.LEASES), new MemoryStore(), InstantSource.system(), "seed", error -> {
        throw new AssertionError(error);
    });
    private final FakeEngines engines = new FakeEngines();
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final ImageRelay relay = new ImageRelay(loop::published, engines, (node, message) -> told.add(new Told(node.value(), (ToAgent.ImageNews) message)));

    private record Told(String node, ToAgent.ImageNews news) {}

    @BeforeEach
    void formCluster() throws Exception {
        loop.start();
        loop.submit(init()).get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void endCluster() {
        relay.close();
        loop.close();
    }

    @Test
    void anImageIsBroughtFromTheNodeThatHasIt() throws Exception {
        join("a", "b", "c");
        needs("b");
        engines.has("c", "the image");

        wants("b");

        assertThat(next("b", Course.COMING)).isEqualTo("getting image web:1 from node c");
        assertThat(engines.loaded("b")).isEqualTo("the image");
        assertThat(engines.opened("a")).containsExactly(new Errand.HasImage(IMAGE));
    }

    @Test
    void itIsOneTransferHoweverOftenItIsAskedFor() throws Exception {
        join("a", "b");
        needs("b");
        engines.has("a", "the image");
        engines.holdBack("a");
        wants("b");
        next("b", Course.COMING);

        wants("b");
        wants("b");

        assertThat(next("b", Course.COMING)).isEqualTo("getting image web:1 from node a");
        engines.letGo("a");
        engines.loaded("b");
        assertThat(engines.opened("a")).filteredOn(Errand.SaveImage.class::isInstance).hasSize(1);
        assertThat(engines.opened("b")).filteredOn(Errand.LoadImage.class::isInstance).hasSize(1);
    }

    @Test
    void anImageThatNobodyHasIsNowhere() throws Exception {
        join("a", "b");
        needs("b");
        wants("b");
        assertThat(next("b", Course.NOWHERE)).isEqualTo("no node has it");

        engines.away("a");
        wants("b");
        assertThat(next("b", Course.NOWHERE)).isEqualTo("no node that answers has it");
    }

    @Test
    void anAgentGetsOnlyWhatItsTasksName() throws Exception {
        join("a", "b");
        engines.has("a", "the image");
        wants("b");
        assertThat(next("b", Course.BROKEN)).isEqualTo("no task of this node needs image web:1");

        needs("b");
        relay.wanted(new NodeId("b"), "secret:1");
        assertThat(next("b", Course.BROKEN)).isEqualTo("no task of this node needs image secret:1");
        assertThat(engines.opened("a")).isEmpty();
    }

    @Test
    void aGiverThatIsLostBreaksItOffInWordsAndAnotherIsPreferredThen() throws Exception {
        join("a", "b", "c");
        needs("b");
        engines.has("a", "the image");
        engines.has("c", "the image");
        engines.holdBack("a");
        wants("b");
        assertThat(next("b", Course.COMING)).isEqualTo("getting image web:1 from node a");

        engines.gives("a");
        engines.lost("a");

        assertThat(next("b", Course.BROKEN)).isEqualTo("getting image web:1 from node a failed: the connection to the agent was lost");
        engines.closed("b");
        assertThat(engines.images("b")).as("half of it is nothing").isEmpty();
        engines.back("a");
        wants("b");
        assertThat(next("b", Course.COMING)).isEqualTo("getting image web:1 from node c");
        assertThat(engines.loaded("b")).isEqualTo("the image");
    }

    @Test
    void aTakerThatRefusesIsToldAndItsGiverIsFree() throws Exception {
        join("a", "b");
        needs("b");
        engines.has("a", "the image");
        engines.refuses("b", "no space left on device");
        wants("b");
        next("b", Course.COMING);
        assertThat(next("b", Course.BROKEN)).isEqualTo("getting image web:1 from node a failed: no space left on device");
        engines.closed("a");
    }

    @Test
    void whoFailedIsAskedLastAndForgottenWhenItIsGone() {
        var taker = new NodeId("t");
        var held = new HeldImage("sha256:1", Instant.EPOCH);
        var a = new ImageRelay.Holder(new NodeId("a"), held);
        var b = new ImageRelay.Holder(new NodeId("b"), held);
        var all = Set.of(a.node(), b.node(), taker);
        var turns = new ImageRelay.Turns();

        assertThat(turns.take(taker, List.of(a, b))).contains(a);
        turns.giveBack(taker, a.node(), false, Optional.of(taker), all);
        assertThat(turns.take(taker, List.of(a, b))).as("the taker failed").contains(a);
        turns.giveBack(taker, a.node(), false, Optional.of(a.node()), all);
        assertThat(turns.take(taker, List.of(a, b))).as("the giver failed").contains(b);
        turns.giveBack(taker, b.node(), true, Optional.empty(), Set.of(b.node(), taker));
        assertThat(turns.take(taker, List.of(a, b))).as("it was away and is a new node").contains(a);
    }

    @Test
    void aTakerThatTakesNothingIsNotWaitedForWhenItsTaskIsGone() throws Exception {
        join("a", "b");
        needs("b");
        engines.has("a", "the image");
        engines.full("b");
        wants("b");
        next("b", Course.COMING);
        engines.gives("a");

        loop.submit(draft -> {
            for (Task task : draft.state().tasksOn(new NodeId("b"))) draft.add(new Change.TaskRemoved(task.id()));
            for (Service service : draft.state().services().values()) draft.put(service.gone());
            return null;
        }).get(60, TimeUnit.SECONDS);

        assertThat(next("b", Course.BROKEN)).isEqualTo("getting image web:1 from node a failed: no task of the node needs it any more");
        engines.closed("a");
        engines.closed("b");
    }

    @Test
    void aNodeGivesToTwoAtATime() throws Exception {
        join("a", "b", "c", "d");
        needs("b", "c", "d");
        engines.has("a", "the image");
        engines.holdBack("a");
        wants("b");
        assertThat(next("b", Course.COMING)).startsWith("getting");
        wants("c");
        assertThat(next("c", Course.COMING)).startsWith("getting");

        wants("d");

        assertThat(next("d", Course.COMING)).isEqualTo("waiting for its turn to get image web:1 from another node");
        engines.letGo("a");
        for (String node : List.of("b", "c", "d")) assertThat(engines.loaded(node)).isEqualTo("the image");
    }

    @Test
    void whereNodesHaveDifferentImagesMostOfThemCount() throws Exception {
        join("a", "b", "c", "d");
        needs("b");
        engines.has("a", "another");
        engines.has("c", "the image");
        engines.has("d", "the image");

        wants("b");

        assertThat(engines.loaded("b")).isEqualTo("the image");
    }

    // ---- words

    private void wants(String node) {
        relay.wanted(new NodeId(node), IMAGE);
    }

    private void join(String... nodes) throws Exception {
        for (String node : nodes) loop.submit(new JoinNode(hello(node), "10.0.0.1")).get(60, TimeUnit.SECONDS);
    }

    private void needs(String... nodes) throws Exception {
        loop.submit(draft -> {
            var service = Service.of(draft.newServiceId(), Commands.service("web", nodes.length), draft.now());
            draft.put(service);
            for (int i = 0; i < nodes.length; i++)
                draft.put(Task.of(draft.newTaskId(), service.id(), i + 1, 1, Optional.empty(), 0, "", draft.now())
                        .on(new NodeId(nodes[i]), TaskStatus.of(draft.now(), TaskState.ASSIGNED, "", "")));
            return null;
        }).get(60, TimeUnit.SECONDS);
    }

    /** What a node is told next; it must be of this kind. */
    private String next(String node, Course course) throws InterruptedException {
        var next = told.poll(60, TimeUnit.SECONDS);
        assertThat(next).isNotNull().extracting(Told::node, said -> said.news().course()).containsExactly(node, course);
        return next.news().words();
    }

    /** Engines whose images are a text each; its id is made of the text. */
    private static final class FakeEngines implements Agents {
        private final Map<String, String> images = new ConcurrentHashMap<>();
        private final Map<String, String> refusals = new ConcurrentHashMap<>();
        private final Map<String, Boolean> held = new ConcurrentHashMap<>();
        private final Map<String, Boolean> full = new ConcurrentHashMap<>();
        private final Map<String, Boolean> away = new ConcurrentHashMap<>();
        private final Map<String, List<Errand>> opened = new ConcurrentHashMap<>();
        private final List<Stream> streams = new CopyOnWriteArrayList<>();

        void has(String node, String image) {
            images.put(node, image);
        }

        void away(String node) {
            away.put(node, true);
        }

        void refuses(String node, String words) {
            refusals.put(node, words);
        }

        /** It has no room for anything that is sent to it. */
        void full(String node) {
            full.put(node, true);
        }

        /** What it gives stays half given. */
        void holdBack(String node) {
            held.put(node, true);
        }

        void letGo(String node) {
            held.remove(node);
            of(node, Errand.SaveImage.class).forEach(Stream::rest);
        }

        void lost(String node) {
            away(node);
            streams.stream().filter(stream -> stream.node.equals(node)).forEach(stream -> stream.fails(ErrandFailure.Kind.UNREACHABLE, "the connection to the agent was lost"));
        }

        void back(String node) {
            away.remove(node);
            held.remove(node);
        }

        Optional<String> images(String node) {
            return Optional.ofNullable(images.get(node));
        }

        List<Errand> opened(String node) {
            return opened.getOrDefault(node, List.of());
        }

        String loaded(String node) {
            await(() -> images.containsKey(node));
            return images.get(node);
        }

        void gives(String node) {
            await(() -> of(node, Errand.SaveImage.class).stream().anyMatch(stream -> stream.begun()));
        }

        void closed(String node) {
            await(() -> streams.stream().filter(stream -> stream.node.equals(node)).allMatch(stream -> stream.closed));
        }

        private List<Stream> of(String node, Class<? extends Errand> kind) {
            return streams.stream().filter(stream -> stream.node.equals(node) && kind.isInstance(stream.errand)).toList();
        }

        private static void await(BooleanSupplier condition) {
            var end = Instant.now().plusSeconds(60);
            while (!condition.getAsBoolean()) {
                assertThat(Instant.now()).as("waited in vain").isBefore(end);
                LockSupport.parkNanos(1_000_000);
            }
        }

        private static String id(String text) {
            return "sha256:" + text.hashCode();
        }

        @Override
        public AgentStream open(NodeId node, Errand errand) throws ErrandException {
            if (away.containsKey(node.value())) throw ErrandException.unreachable("the agent of node " + node + " is not connected");
            var stream = new Stream(node.value(), errand);
            opened.computeIfAbsent(node.value(), _ -> new CopyOnWriteArrayList<>()).add(errand);
            streams.add(stream);
            stream.begin();
            return stream;
        }

        private interface Next {
            AgentStream.Piece piece() throws ErrandException;
        }

        private final class Stream implements AgentStream {
            final String node;
            final Errand errand;
            volatile boolean closed;
            private final BlockingQueue<Next> pieces = new LinkedBlockingQueue<>();
            private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
            private volatile boolean over;
            private boolean begun;

            Stream(String node, Errand errand) {
                this.node = node;
                this.errand = errand;
            }

            synchronized void begin() {
                begun = true;
                switch (errand) {
                    case Errand.HasImage _ when !images.containsKey(node) -> fails(ErrandFailure.Kind.NOT_FOUND, "No such image");
                    case Errand.HasImage _ -> {
                        answers(json(new HeldImage(id(images.get(node)), Instant.EPOCH)));
                        ends();
                    }
                    case Errand.SaveImage _ -> {
                        answers(images.get(node).substring(0, 3));
                        if (!held.containsKey(node)) rest();
                    }
                    case Errand.LoadImage _ -> {}
                    default -> throw new AssertionError(errand);
                }
            }

            synchronized boolean begun() {
                return begun;
            }

            synchronized void rest() {
                if (!begun || over) return;
                answers(images.get(node).substring(3));
                ends();
            }

            private void answers(String text) {
                pieces.add(() -> new Piece.Data(1, text.getBytes(StandardCharsets.UTF_8)));
            }

            private void ends() {
                over = true;
                pieces.add(() -> new Piece.End(Optional.empty()));
            }

            void fails(ErrandFailure.Kind kind, String words) {
                over = true;
                pieces.add(() -> {
                    throw new ErrandException(new ErrandFailure(kind, words));
                });
            }

            @Override
            public Piece next(Duration limit) throws ErrandException, InterruptedException {
                var next = pieces.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
                return next == null ? new Piece.Silence() : next.piece();
            }

            @Override
            public boolean awaitRoom(Duration limit) throws InterruptedException {
                if (!full.containsKey(node)) return true;
                TimeUnit.NANOSECONDS.sleep(Math.min(limit.toNanos(), 1_000_000));
                return false;
            }

            @Override
            public boolean send(byte[] bytes) {
                assertThat(full).doesNotContainKey(node);
                taken.writeBytes(bytes);
                if (refusals.containsKey(node)) fails(ErrandFailure.Kind.REFUSED, refusals.get(node));
                return !over;
            }

            @Override
            public boolean sendEnd() {
                var text = taken.toString(StandardCharsets.UTF_8);
                if (errand instanceof Errand.LoadImage(_, var id) && id.equals(id(text))) images.put(node, text);
                ends();
                return true;
            }

            @Override
            public void close() {
                closed = true;
            }

            private static String json(HeldImage image) {
                try {
                    return Json.lenient().writeValueAsString(image);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
