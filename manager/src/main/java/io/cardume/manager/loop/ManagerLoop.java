package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.api.RebalanceView;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Leaving;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.plan.Obstacles;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.Rebalance;
import io.cardume.manager.store.EntryTooLarge;
import io.cardume.manager.store.Store;
import io.cardume.manager.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer. Commands that wait while one turn is on its way to disk are taken together by the next; reads of
 * {@link #published()} never wait.
 */
public final class ManagerLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ManagerLoop.class);
    /** Of users, and as many of agents. */
    static final int PLACES = 16_384;
    /** A turn that took all that waits would be long, and with it the wait of who comes next. */
    private static final int AT_ONCE = 1_024;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    /** A turn this much later than it should be means that nobody listened for a while. */
    private static final Duration LATE = Duration.ofSeconds(1);
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(10);
    /** Shorter than any node is waited for. */
    private static final Duration UNHEARD_WAIT = Duration.ofSeconds(5);

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
    private final Inbox<Waiting<?>> inbox = new Inbox<>(PLACES, AT_ONCE);
    private final List<Consumer<Committed>> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "manager-loop");
    private volatile ClusterState published;
    private volatile Optional<String> fault = Optional.empty();
    private volatile boolean closing;
    /** Nothing is taken any more. */
    private volatile boolean over;
    private Optional<Instant> wakeAt = Optional.empty();
    private Awaited awaited = Awaited.NOBODY;
    private boolean listens;
    private Instant waitsBegan = Instant.MIN;
    private Instant turnBegan = Instant.MAX;
    private Instant turnDue = Instant.MAX;

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

    /** The first command once agents can be heard: heartbeats are not stored, so every lease begins anew, and every wait for tables. */
    public static Command<Awaited> leasesBeginAnew() {
        return draft -> {
            waitsBeginAnew(draft);
            return Awaited.all(draft);
        };
    }

    /** Starts taking commands. No node is judged by its silence, or waited for in vain, before this {@link #listens}. */
    public void start() {
        submit(new MakeIngress()).whenComplete((made, failure) -> {
            if (failure instanceof Refusal refusal && refusal.kind() == Refusal.Kind.CONFLICT) LOG.error("{}", refusal.getMessage());
            else if (failure == null && made)
                LOG.warn("the network for published ports was missing and has been made. Services that publish any answer when their tasks"
                        + " are new: docker service update --force NAME");
        });
        thread.start();
    }

    /** From now on agents can be heard, so that their leases begin. */
    public void listens() {
        var answer = new CompletableFuture<Awaited>();
        // Before it is asked for, so that it is done by the loop's own thread.
        answer.thenAccept(all -> {
            awaited = all;
            listens = true;
        });
        submit(leasesBeginAnew(), answer);
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

    /** Which tasks would do better on another node, as the planner judges. */
    public RebalanceView rebalance() {
        return Rebalance.proposal(published, clock.instant());
    }

    /**
     * Asks for a command to be done.
     *
     * @return completes once it is stored and published; fails with a {@link Refusal} if it cannot be done, or too many wait
     */
    public <A> CompletableFuture<A> submit(Command<A> command) {
        return submit(command, new CompletableFuture<>());
    }

    private <A> CompletableFuture<A> submit(Command<A> command, CompletableFuture<A> answer) {
        if (closing) stopped(answer);
        else if (!inbox.offer(new Waiting<>(command, answer)))
            answer.completeExceptionally(new Refusal(Refusal.Kind.UNAVAILABLE,
                    "the manager has " + PLACES + " commands waiting already; try again shortly"));
        if (over) leaveNone();
        return answer;
    }

    /**
     * The same for what an agent says: it waits until there is a place for it, and takes none of those for users. An agent is to
     * ask for few things at a time, so that all agents have their turn.
     *
     * @param isGone whether the agent has gone meanwhile, so that nothing is to be done
     * @return completes once it is stored and published; fails with a {@link Refusal} if it cannot be done, or the agent has gone
     */
    public <A> CompletableFuture<A> submitOfAgent(Command<A> command, BooleanSupplier isGone) throws InterruptedException {
        var answer = new CompletableFuture<A>();
        if (closing) stopped(answer);
        else if (!inbox.put(new Waiting<>(command, answer), isGone)) {
            if (isGone.getAsBoolean()) answer.completeExceptionally(new Refusal(Refusal.Kind.UNAVAILABLE, "the agent has gone"));
            else stopped(answer);
        }
        if (over) leaveNone();
        return answer;
    }

    /**
     * What a command would answer now; nothing is changed.
     *
     * @throws Refusal if it cannot be done
     */
    public <A> A tryOut(Command<A> command) throws Refusal {
        return command.apply(new Draft(published, clock.instant(), seed));
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
            while (!closing) turn(inbox.take(untilWake(clock.instant())));
        } catch (InterruptedException e) {
            LOG.debug("the loop was interrupted to stop");
        } catch (StoreException | RuntimeException | Error e) {
            closing = true;
            onFatal.accept(e);
        }
        inbox.close();
        over = true;
        leaveNone();
    }

    /** Answers who came too late for the last turn. */
    private void leaveNone() {
        inbox.left().forEach(waiting -> stopped(waiting.answer()));
    }

    private static void stopped(CompletableFuture<?> answer) {
        answer.completeExceptionally(new Refusal(Refusal.Kind.UNAVAILABLE, "the manager is stopping"));
    }

    private Duration untilWake(Instant now) {
        var wait = wakeAt.map(at -> Duration.between(now, at)).orElse(LONGEST_WAIT);
        return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.isNegative() ? Duration.ZERO : wait;
    }

    /** Takes a turn; commands that are too much for one entry of the log are taken in halves. */
    private void turn(List<Waiting<?>> waiting) throws StoreException {
        try {
            commit(waiting);
        } catch (EntryTooLarge e) {
            if (waiting.isEmpty()) throw new StoreException("a plan does not fit the log: " + e.getMessage(), e);
            if (waiting.size() > 1) {
                turn(waiting.subList(0, waiting.size() / 2));
                turn(waiting.subList(waiting.size() / 2, waiting.size()));
            } else {
                waiting.getFirst().answer().completeExceptionally(new Refusal(Refusal.Kind.INVALID,
                        "the request is too large to be stored: " + e.getMessage() + "; make it smaller"));
                turn(List.of());
            }
        } catch (StoreException e) {
            var unknown = new Refusal(Refusal.Kind.UNAVAILABLE, "it is not known whether this was stored: " + e.getMessage())
                    .inBrief("it is not known whether this was stored");
            waiting.forEach(one -> one.answer().completeExceptionally(unknown));
            throw e;
        }
    }

    private void commit(List<Waiting<?>> waiting) throws StoreException, EntryTooLarge {
        var now = clock.instant();
        var commands = new ArrayList<Command<?>>();
        var before = published;
        var next = Optional.<Awaited>empty();
        var lost = lostTime(now);
        if (!lost.isZero()) {
            next = Optional.of(awaited.movedBy(lost));
            commands.add(leasesMovedBy(lost));
        } else {
            next = awaited.next(before, now);
            next.ifPresent(again -> commands.add(awaited.beginAnew(again)));
        }
        boolean unheard = !listens && !now.isBefore(waitsBegan.plus(UNHEARD_WAIT));
        if (unheard) commands.add(waitsBeginAnew());
        int own = commands.size();
        waiting.forEach(one -> commands.add(one.command()));
        var turn = Turn.decide(before, commands, planner, now, seed);
        if (turn.transaction().isPresent()) store.append(turn.transaction().get(), turn.after());
        published = turn.after();
        awaited = next.orElse(awaited);
        if (unheard) waitsBegan = now;
        wakeAt = turn.wakeAt();
        turnBegan = now;
        turnDue = now.plus(untilWake(now));
        note(turn.fault());
        turn.transaction().ifPresent(transaction -> tell(new Committed(before, transaction, turn.after())));
        for (int i = 0; i < waiting.size(); i++) {
            switch (turn.answers().get(own + i)) {
                case Turn.Answer.Done(var value) -> waiting.get(i).complete(value);
                case Turn.Answer.Failed(var why) -> waiting.get(i).answer().completeExceptionally(why);
            }
        }
    }

    /**
     * How long this process or its clock stood still or jumped since the last turn, negative for a jump back. Nodes were
     * silent then because nobody listened, which is no evidence against them: their leases are moved by as much.
     */
    private Duration lostTime(Instant now) {
        if (turnBegan == Instant.MAX) return Duration.ZERO;
        boolean lost = now.isBefore(turnBegan) || now.isAfter(turnDue.plus(LATE));
        return lost ? Duration.between(turnBegan, now) : Duration.ZERO;
    }

    /** The first command after a time in which nobody listened: what was silent then proves nothing by that. */
    public static Command<Void> leasesMovedBy(Duration lost) {
        return draft -> {
            waitsBeginAnew(draft);
            for (NodeId node : draft.state().nodes().keySet()) {
                var heard = draft.state().heard(node);
                if (heard.isPresent()) draft.add(new Change.NodeHeard(node, heard.get().plus(lost)));
            }
            return null;
        };
    }

    private static Command<Void> waitsBeginAnew() {
        return draft -> {
            waitsBeginAnew(draft);
            return null;
        };
    }

    /** Agents that could not be heard did not keep a task waiting that leaves. */
    private static void waitsBeginAnew(Draft draft) {
        draft.state().leaving().forEach((version, tasks) -> tasks.forEach(id ->
                draft.put(draft.state().tasks().get(id).leaving(new Leaving(version, draft.now())))));
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
        // An interrupt would break off the write of a turn that is being stored, and pass for a failing disk.
        inbox.close();
        try {
            thread.join(LONGEST_CLOSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
