package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.plan.Obstacles;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.store.Store;
import io.cardume.manager.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer. Commands that wait while one turn is on its way to disk are taken together by the next; reads of
 * {@link #published()} never wait.
 */
public final class ManagerLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ManagerLoop.class);
    private static final int INBOX = 16_384;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private record Waiting<A>(Command<A> command, CompletableFuture<A> answer) {
        @SuppressWarnings("unchecked")
        void complete(Object value) {
            answer.complete((A) value);
        }
    }

    private final Planner planner;
    private final Store store;
    private final InstantSource clock;
    private final String seed;
    private final Consumer<Throwable> onFatal;
    private final BlockingQueue<Waiting<?>> inbox = new ArrayBlockingQueue<>(INBOX);
    private final List<Consumer<Committed>> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "manager-loop");
    private volatile ClusterState published;
    private volatile Optional<String> fault = Optional.empty();
    private volatile boolean closing;
    private Optional<Instant> wakeAt = Optional.empty();

    /**
     * @param seed what makes this manager's ids differ from another's
     * @param onFatal called when a transaction could not be stored: the process must not go on
     */
    public ManagerLoop(Planner planner, Store store, InstantSource clock, String seed, Consumer<Throwable> onFatal) {
        this.planner = planner;
        this.store = store;
        this.clock = clock;
        this.seed = seed;
        this.onFatal = onFatal;
        this.published = store.recovered().touchedWhole();
    }

    /** The first command after a start: heartbeats are not stored, so every node's lease begins anew. */
    public static Command<Void> leasesBeginAnew() {
        return draft -> {
            for (Node node : draft.state().nodes().values())
                if (node.hasAgent() && node.liveness() != Node.Liveness.DOWN)
                    draft.add(new Change.NodeHeard(node.id(), draft.now()));
            return null;
        };
    }

    /** Starts taking commands. */
    public void start() {
        submit(leasesBeginAnew());
        thread.start();
    }

    /** The state as of the last stored transaction. */
    public ClusterState published() {
        return published;
    }

    /** Why the cluster is not being planned for, if it is not: a fault of this program. */
    public Optional<String> fault() {
        return fault;
    }

    /** For each node that cannot take a task now, why, as the planner judges; nodes that can are left out. */
    public SortedMap<NodeId, String> obstaclesTo(Task task) {
        return Obstacles.to(task, published, clock.instant());
    }

    /**
     * Asks for a command to be done.
     *
     * @return completes once it is stored and published; fails with a {@link Refusal} if it cannot be done
     */
    public <A> CompletableFuture<A> submit(Command<A> command) {
        var answer = new CompletableFuture<A>();
        if (closing) answer.completeExceptionally(new Refusal(Refusal.Kind.UNAVAILABLE, "the manager is stopping"));
        else if (!inbox.offer(new Waiting<>(command, answer)))
            answer.completeExceptionally(new Refusal(Refusal.Kind.UNAVAILABLE,
                    "the manager has " + INBOX + " commands waiting already; try again shortly"));
        return answer;
    }

    /**
     * Tells of every stored transaction, in order, on the loop's own thread: a listener must be quick and must not wait.
     *
     * @return stops telling
     */
    public Runnable subscribe(Consumer<Committed> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void run() {
        try {
            while (!closing) turn(take());
        } catch (InterruptedException e) {
            LOG.debug("the loop was interrupted to stop");
        } catch (StoreException | RuntimeException | Error e) {
            closing = true;
            onFatal.accept(e);
        }
        var left = new ArrayList<Waiting<?>>();
        inbox.drainTo(left);
        left.forEach(waiting -> waiting.answer()
                .completeExceptionally(new Refusal(Refusal.Kind.UNAVAILABLE, "the manager is stopping")));
    }

    /** All commands that wait; none if it is time to plan again. */
    private List<Waiting<?>> take() throws InterruptedException {
        var untilWake = wakeAt.map(at -> Duration.between(clock.instant(), at)).orElse(LONGEST_WAIT);
        var wait = untilWake.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : untilWake;
        var taken = new ArrayList<Waiting<?>>();
        var first = inbox.poll(Math.max(0, wait.toNanos()), TimeUnit.NANOSECONDS);
        if (first != null) {
            taken.add(first);
            inbox.drainTo(taken);
        }
        return taken;
    }

    private void turn(List<Waiting<?>> waiting) throws StoreException {
        var before = published;
        var commands = waiting.stream().map(Waiting::command).toList();
        var turn = Turn.decide(before, commands, planner, clock.instant(), seed);
        if (turn.transaction().isPresent()) store.append(turn.transaction().get());
        published = turn.after();
        wakeAt = turn.wakeAt();
        note(turn.fault());
        turn.transaction().ifPresent(transaction -> tell(new Committed(before, transaction, turn.after())));
        for (int i = 0; i < waiting.size(); i++) {
            switch (turn.answers().get(i)) {
                case Turn.Answer.Done(var value) -> waiting.get(i).complete(value);
                case Turn.Answer.Failed(var why) -> waiting.get(i).answer().completeExceptionally(why);
            }
        }
    }

    private void note(Optional<RuntimeException> planning) {
        if (planning.isPresent()) LOG.error("planning failed, the plan was not committed", planning.get());
        fault = planning.map(e -> "planning failed: " + e);
    }

    private void tell(Committed committed) {
        for (Consumer<Committed> listener : listeners) {
            try {
                listener.accept(committed);
            } catch (RuntimeException e) {
                LOG.error("a listener failed on transaction {}", committed.transaction().version(), e);
            }
        }
    }

    /** Stops after the turn that is being taken; does not close the store. */
    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
