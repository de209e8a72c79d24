package io.cardume.manager.link;

import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.HeldImage;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings images that no registry gives from the engine of a node that has them to that of one that lacks them. Nothing is
 * kept here: who has an image is asked when one is wanted, and what passes through waits in the two errands' windows only.
 */
final class ImageRelay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageRelay.class);
    /** Transfers that one node may take part in as the giver, and as many as the taker. */
    private static final int PER_NODE = 2;
    private static final int IN_ALL = 16;
    private static final int ASKED_AT_ONCE = 32;
    private static final Duration ANSWER = Duration.ofSeconds(5);
    /** Longer than an engine may take to begin, which its agent sees to. */
    private static final Duration SILENCE = Duration.ofMinutes(7);
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** An agent that wants an image says so every 2 s. */
    private static final Duration GIVEN_UP = Duration.ofSeconds(30);
    private static final int LONGEST_ANSWER = 64 << 10;

    /** Says something to a node's agent, if it is connected. */
    interface Teller {
        void tell(NodeId node, ToAgent message);
    }

    private record Want(NodeId node, String image) {}

    /** An image, and what it has to run on. */
    private record Sought(String image, Platform platform) {}

    record Holder(NodeId node, HeldImage image) {}

    /**
     * Who has an image.
     *
     * @param holders nodes whose engines have one and the same image
     * @param complete whether every node that could have it was asked and answered
     */
    private record Found(List<Holder> holders, boolean complete) {}

    private final Supplier<ClusterState> state;
    private final Agents agents;
    private final Teller teller;
    private final Map<Want, Course> underway = new ConcurrentHashMap<>();
    private final Map<Sought, CompletableFuture<Found>> searches = new ConcurrentHashMap<>();
    private final Turns turns = new Turns();

    ImageRelay(Supplier<ClusterState> state, Agents agents, Teller teller) {
        this.state = state;
        this.agents = agents;
        this.teller = teller;
    }

    /** A node's agent wants an image, or says again that it does. Never blocks. */
    void wanted(NodeId node, String image) {
        if (!isNamed(node, image)) {
            LOG.debug("node {} asks for image {}, which no task of it names", node, image);
            teller.tell(node, new ToAgent.ImageNews(image, ToAgent.ImageNews.Course.BROKEN, "no task of this node needs image " + image));
            return;
        }
        var mine = new Course(new Want(node, image));
        var known = underway.putIfAbsent(mine.want, mine);
        if (known == null) mine.thread.start();
        else known.askedAgain();
    }

    /** An agent is given no more than its tasks need. */
    private boolean isNamed(NodeId node, String image) {
        var now = state.get();
        return now.tasksOn(node).stream().filter(Task::isLive).anyMatch(task -> now.service(task.service())
                .filter(service -> service.revisions().get(task.revision()).template().containerSpec().image().equals(image)).isPresent());
    }

    @Override
    public void close() {
        underway.values().forEach(course -> course.thread.interrupt());
    }

    // Who has it

    /** Asks the nodes, those first that run what is made of the image; all who want to know at the same time ask once. */
    private Found find(Sought image) throws InterruptedException {
        var mine = new CompletableFuture<Found>();
        var running = searches.putIfAbsent(image, mine);
        if (running == null) {
            running = mine;
            Thread.ofVirtual().name("who has " + image.image()).start(() -> {
                try {
                    var found = search(image);
                    searches.remove(image, mine);
                    mine.complete(found);
                } catch (InterruptedException | RuntimeException e) {
                    searches.remove(image, mine);
                    mine.completeExceptionally(e);
                }
            });
        }
        try {
            return running.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the search for image " + image.image() + " failed", e.getCause());
        }
    }

    private Found search(Sought image) throws InterruptedException {
        var now = state.get();
        var left = new ArrayList<>(likelyFirst(now, image));
        boolean complete = now.nodes().values().stream().allMatch(node -> !fits(node, image) || mayGive(node));
        while (!left.isEmpty()) {
            var some = left.subList(0, Math.min(ASKED_AT_ONCE, left.size()));
            var asked = new TreeMap<NodeId, CompletableFuture<Optional<HeldImage>>>();
            for (NodeId node : some) {
                var answer = new CompletableFuture<Optional<HeldImage>>();
                asked.put(node, answer);
                Thread.ofVirtual().name("has " + node + " " + image.image()).start(() -> ask(node, image.image(), answer));
            }
            some.clear();
            var holders = new ArrayList<Holder>();
            for (var entry : asked.entrySet()) {
                try {
                    entry.getValue().get(2 * ANSWER.toMillis(), TimeUnit.MILLISECONDS).ifPresent(held -> holders.add(new Holder(entry.getKey(), held)));
                } catch (ExecutionException | TimeoutException e) {
                    complete = false;
                }
            }
            if (!holders.isEmpty()) return new Found(ofOneKind(holders), complete);
        }
        return new Found(List.of(), complete);
    }

    private void ask(NodeId node, String image, CompletableFuture<Optional<HeldImage>> answer) {
        try (var stream = agents.open(node, new Errand.HasImage(image))) {
            answer.complete(Optional.of(Json.lenient().readValue(stream.all(ANSWER, LONGEST_ANSWER), HeldImage.class)));
        } catch (ErrandException e) {
            if (e.kind() == ErrandFailure.Kind.NOT_FOUND) answer.complete(Optional.empty());
            else answer.completeExceptionally(e);
        } catch (IOException | InterruptedException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private static Collection<NodeId> likelyFirst(ClusterState now, Sought image) {
        var nodes = new LinkedHashSet<NodeId>();
        now.services().values().stream()
                .filter(service -> service.spec().taskTemplate().containerSpec().image().equals(image.image()))
                .flatMap(service -> now.tasksOf(service.id()).stream())
                .filter(Task::isRunning)
                .flatMap(task -> task.node().stream())
                .forEach(nodes::add);
        nodes.addAll(now.nodes().keySet());
        nodes.removeIf(id -> now.node(id).filter(node -> fits(node, image) && mayGive(node)).isEmpty());
        return nodes;
    }

    private static boolean fits(Node node, Sought image) {
        return node.hasAgent() && node.description().platform().equals(image.platform());
    }

    private static boolean mayGive(Node node) {
        return node.liveness() == Node.Liveness.READY && node.trouble().isEmpty();
    }

    /** Where nodes have different images of one name, the one that most of them have counts; of several such, the newest. */
    private static List<Holder> ofOneKind(List<Holder> holders) {
        SortedMap<String, List<Holder>> byId = new TreeMap<>();
        for (Holder holder : holders) byId.computeIfAbsent(holder.image().id(), _ -> new ArrayList<>()).add(holder);
        return Collections.max(byId.values(), Comparator.<List<Holder>>comparingInt(List::size)
                .thenComparing(same -> same.getFirst().image().createdAt())
                .thenComparing(same -> same.getFirst().image().id()));
    }

    // How it comes

    /** Who gives and takes how much; all of it bounded. */
    static final class Turns {
        private final SortedMap<NodeId, Integer> giving = new TreeMap<>();
        private final SortedMap<NodeId, Integer> taking = new TreeMap<>();
        /** How often in a row a node could not do its part. */
        private final SortedMap<NodeId, Integer> failures = new TreeMap<>();
        private int all;

        /** The best of those who may give now, if the taker may take: one that has not failed, one that is not busy. */
        synchronized Optional<Holder> take(NodeId taker, List<Holder> holders) {
            if (all >= IN_ALL || taking.getOrDefault(taker, 0) >= PER_NODE) return Optional.empty();
            var giver = holders.stream().filter(holder -> giving.getOrDefault(holder.node(), 0) < PER_NODE)
                    .min(Comparator.<Holder>comparingInt(holder -> failures.getOrDefault(holder.node(), 0))
                            .thenComparingInt(holder -> giving.getOrDefault(holder.node(), 0)));
            giver.ifPresent(holder -> {
                giving.merge(holder.node(), 1, Integer::sum);
                taking.merge(taker, 1, Integer::sum);
                all++;
            });
            return giver;
        }

        /**
         * @param failed who could not do its part, if anyone
         * @param known the nodes there are
         */
        synchronized void giveBack(NodeId taker, NodeId giver, boolean given, Optional<NodeId> failed, Set<NodeId> known) {
            if (given) failures.keySet().removeAll(List.of(giver, taker));
            failed.ifPresent(node -> failures.merge(node, 1, Integer::sum));
            failures.keySet().retainAll(known);
            giving.merge(giver, -1, (a, b) -> a + b == 0 ? null : a + b);
            taking.merge(taker, -1, (a, b) -> a + b == 0 ? null : a + b);
            all--;
            notifyAll();
        }

        synchronized void await(Duration limit) throws InterruptedException {
            wait(limit.toMillis());
        }
    }

    /** One image on its way to one node. */
    private final class Course {
        final Want want;
        final Thread thread;
        private volatile String words;
        private volatile long askedNanos = System.nanoTime();
        /** Whose turn it is: if something fails, it has failed. */
        private Optional<NodeId> atWork = Optional.empty();

        Course(Want want) {
            this.want = want;
            this.words = "looking for a node that has image " + want.image();
            this.thread = Thread.ofVirtual().name("image " + want.image() + " to " + want.node()).unstarted(this::run);
        }

        /** Said each time, for any word may be lost. */
        void askedAgain() {
            askedNanos = System.nanoTime();
            say(ToAgent.ImageNews.Course.COMING, words);
        }

        private void coming(String how) {
            words = how;
            say(ToAgent.ImageNews.Course.COMING, how);
        }

        private void ends(ToAgent.ImageNews.Course how, String why) {
            // First forgotten, then told: who asks again begins anew.
            underway.remove(want, this);
            say(how, why);
        }

        private void say(ToAgent.ImageNews.Course how, String why) {
            teller.tell(want.node(), new ToAgent.ImageNews(want.image(), how, why));
        }

        private void run() {
            try {
                while (System.nanoTime() - askedNanos < GIVEN_UP.toNanos()) {
                    var taker = state.get().node(want.node());
                    if (taker.isEmpty()) return;
                    var found = find(new Sought(want.image(), taker.get().description().platform()));
                    if (found.holders().isEmpty()) {
                        ends(ToAgent.ImageNews.Course.NOWHERE, found.complete() ? "no node has it" : "no node that answers has it");
                        return;
                    }
                    if (found.holders().stream().anyMatch(holder -> holder.node().equals(want.node()))) {
                        ends(ToAgent.ImageNews.Course.BROKEN, "image " + want.image() + " has come by another way");
                        return;
                    }
                    var giver = turns.take(want.node(), found.holders());
                    if (giver.isPresent()) {
                        boolean given = false;
                        try {
                            given = bring(giver.get());
                        } finally {
                            turns.giveBack(want.node(), giver.get().node(), given, given ? Optional.empty() : atWork, state.get().nodes().keySet());
                        }
                        return;
                    }
                    coming("waiting for its turn to get image " + want.image() + " from another node");
                    turns.await(LOOK);
                }
            } catch (InterruptedException e) {
                LOG.debug("image {} does not come to node {}: the manager ends", want.image(), want.node());
            } catch (RuntimeException e) {
                LOG.error("image {} cannot be brought to node {}", want.image(), want.node(), e);
                ends(ToAgent.ImageNews.Course.BROKEN, "the manager failed: " + e);
            } finally {
                underway.remove(want, this);
            }
        }

        /** Whether it was brought. */
        private boolean bring(Holder giver) throws InterruptedException {
            var begun = System.nanoTime();
            coming("getting image " + want.image() + " from node " + name(giver.node()));
            atWork = Optional.of(want.node());
            try (var into = agents.open(want.node(), new Errand.LoadImage(want.image(), giver.image().id()))) {
                atWork = Optional.of(giver.node());
                try (var from = agents.open(giver.node(), new Errand.SaveImage(want.image()))) {
                    long bytes = carry(from, into, giver);
                    LOG.info("image {} was brought from node {} to node {}: {} bytes in {} ms", want.image(), name(giver.node()),
                            name(want.node()), bytes, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
                    return true;
                } catch (ErrandException e) {
                    LOG.warn("image {} could not be brought from node {} to node {}: {}", want.image(), name(giver.node()), name(want.node()), e.getMessage());
                    // Before its end of the errand is closed, so that the agent knows why.
                    ends(ToAgent.ImageNews.Course.BROKEN, "getting image " + want.image() + " from node " + name(giver.node()) + " failed: " + e.getMessage());
                }
            } catch (ErrandException e) {
                ends(ToAgent.ImageNews.Course.BROKEN, e.getMessage());
            }
            return false;
        }

        private long carry(AgentStream from, AgentStream into, Holder giver) throws ErrandException, InterruptedException {
            long bytes = 0;
            for (long heard = System.nanoTime(); ; ) {
                atWork = Optional.of(giver.node());
                switch (from.next(LOOK)) {
                    case AgentStream.Piece.Data(_, var part) -> {
                        bytes += part.length;
                        for (int at = 0; at < part.length; at += LinkStream.CHUNK) {
                            awaitRoom(into);
                            if (into.send(Arrays.copyOfRange(part, at, Math.min(part.length, at + LinkStream.CHUNK)))) continue;
                            loaded(into);
                            throw ErrandException.unreachable("it was not taken to its end");
                        }
                        heard = System.nanoTime();
                    }
                    case AgentStream.Piece.End _ -> {
                        awaitRoom(into);
                        into.sendEnd();
                        loaded(into);
                        return bytes;
                    }
                    case AgentStream.Piece.Silence _ -> {
                        orNobodyWaits();
                        if (System.nanoTime() - heard > SILENCE.toNanos())
                            throw ErrandException.unreachable("node " + name(giver.node()) + " was silent for " + SILENCE.toMinutes() + " min");
                    }
                }
            }
        }

        /** Until the taker takes more, as long as it may be about to. */
        private void awaitRoom(AgentStream into) throws ErrandException, InterruptedException {
            atWork = Optional.of(want.node());
            for (long begun = System.nanoTime(); !into.awaitRoom(LOOK); ) {
                orNobodyWaits();
                if (System.nanoTime() - begun > SILENCE.toNanos())
                    throw ErrandException.unreachable("node " + name(want.node()) + " took nothing for " + SILENCE.toMinutes() + " min");
            }
        }

        /** An agent that loads an image does not ask for it meanwhile, but its tasks may be gone. */
        private void orNobodyWaits() throws ErrandException {
            if (isNamed(want.node(), want.image())) return;
            atWork = Optional.empty();
            throw ErrandException.unreachable("no task of the node needs it any more");
        }

        /** Waits until the taker has loaded it, or has said why not. */
        private void loaded(AgentStream into) throws ErrandException, InterruptedException {
            for (long begun = System.nanoTime(); System.nanoTime() - begun < SILENCE.toNanos(); )
                if (into.next(LOOK) instanceof AgentStream.Piece.End) return;
            throw ErrandException.unreachable("it was not loaded within " + SILENCE.toMinutes() + " min");
        }

        private String name(NodeId node) {
            return state.get().node(node).map(known -> known.description().hostname()).orElse(node.value());
        }
    }
}
