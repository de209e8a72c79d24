package io.cardume.manager.simulator;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Invariants;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.link.AssignmentsLaw;
import io.cardume.manager.link.TablesLaw;
import io.cardume.manager.loop.Awaited;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.Turn;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import io.cardume.manager.store.ReplayLaw;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A manager on one thread: the loop's real turns over a store in memory. Every turn that changes something is held to the laws; of those
 * in which there was only a sign of life, and nothing that was not so before, one in some.
 */
final class SimManager {
    private static final String SEED = "simulation";
    private static final int SELDOM = 8;
    private final Planner planner = new Planner(PlannerSettings.DEFAULTS);
    /** Asks whether the laws hold: what the other one keeps from plan to plan is not made anew by that. */
    private final Planner judge = new Planner(PlannerSettings.DEFAULTS);
    private final MemoryStore store = new MemoryStore();
    private final UpdateArithmetic arithmetic = new UpdateArithmetic();
    private final TablesLaw tables = new TablesLaw();
    private final AssignmentsLaw assignments = new AssignmentsLaw();
    private final ReplayLaw replay = new ReplayLaw();
    private final Roads roads;
    private final Owners owners;
    private ClusterState published = ClusterState.empty();
    private Optional<Instant> wakeAt = Optional.empty();
    private boolean up;
    private Awaited awaited = Awaited.NOBODY;
    private int silent;
    private int held;
    private int turns;

    /** @param agents whom it speaks to; nobody may be led to what it lets them stop */
    SimManager(List<SimAgent> agents) {
        this.roads = new Roads(agents);
        this.owners = new Owners(agents);
    }

    boolean isUp() {
        return up;
    }

    ClusterState published() {
        return published;
    }

    /** The time at which it wants to look again by itself. */
    Optional<Instant> wakeAt() {
        return up ? wakeAt : Optional.empty();
    }

    /** The process dies; only what was stored is left. */
    void dies() {
        up = false;
    }

    void starts(Instant now) {
        var before = published;
        published = store.recovered().touchedWhole();
        if (!published.equals(before)) throw new AssertionError("law 5, replayable: stored " + published + ", published " + before);
        replay.assertHolds(before);
        up = true;
        tables.begins(published);
        assignments.begins();
        awaited = Awaited.NOBODY;
        var answers = turn(List.of(ManagerLoop.leasesBeginAnew()), now);
        if (answers.getFirst() instanceof Turn.Answer.Done(Awaited all)) awaited = all;
    }

    /** It has slept for a while, as on a machine that was halted: nobody is lost because of that. */
    void slept(Duration lost, Instant now) {
        turn(Optional.of(awaited.movedBy(lost)), List.of(ManagerLoop.leasesMovedBy(lost)), List.of(), now);
    }

    /** Takes a turn and gives the answers; a law that is broken is an error. */
    List<Turn.Answer> turn(List<? extends Command<?>> commands, Instant now) {
        var next = awaited.next(published, now);
        return turn(next, next.map(awaited::beginAnew).stream().toList(), commands, now);
    }

    /** An agent has joined; it knows nothing yet. */
    void joined(NodeId node) {
        assignments.joined(node);
    }

    /** What an agent is told of its tasks, if there is something to tell. */
    Optional<ToAgent.Assignment> tells(NodeId node) {
        return assignments.tells(published, node);
    }

    /** Everything is told to an agent next. */
    void resync(NodeId node) {
        assignments.resync(node);
    }

    /** Whether an agent knows what it was told last, as it says. */
    boolean knows(NodeId node, long generation) {
        return assignments.generation(node) == generation;
    }

    private List<Turn.Answer> turn(Optional<Awaited> next, List<Command<Void>> own, List<? extends Command<?>> commands, Instant now) {
        var before = published;
        var all = new ArrayList<Command<?>>(own);
        all.addAll(commands);
        var turn = Turn.decide(before, all, planner, now, SEED);
        turn.fault().ifPresent(fault -> {
            throw fault;
        });
        if (turns++ % SELDOM == 0) mustBeDecidedByAnyPlanner(turn, before, all, now);
        turn.transaction().ifPresent(store::append);
        turn.transaction().ifPresent(transaction -> {
            if (!published.with(transaction).equals(turn.after()))
                throw new AssertionError("law 5, replayable: the stored changes do not give the published state");
        });
        published = turn.after();
        awaited = next.orElse(awaited);
        assertOnlyTheHeardAreWelcomed(before, now);
        turn.transaction().map(transaction -> new Committed(before, transaction, published)).ifPresent(committed -> {
            replay.stored(committed.transaction());
            tables.committed(committed);
            assignments.committed(committed);
        });
        wakeAt = turn.wakeAt();
        commands.forEach(command -> {
            if (command instanceof HearNode heard) heard.reports().forEach(report -> owners.hear(heard.node(), report, before, published));
        });
        owners.assertHold(published, now);
        roads.assertHold(before, published, now);
        if (turn.transaction().isPresent() || silent++ % SELDOM == 0) holdToLaws(before, now);
        return turn.answers().subList(own.size(), turn.answers().size());
    }

    /** A lease that begins anew proves nothing of its node. */
    private void assertOnlyTheHeardAreWelcomed(ClusterState before, Instant now) {
        for (Node node : published.nodes().values()) {
            var was = before.node(node.id()).map(Node::liveness);
            if (node.liveness() != Node.Liveness.READY || was.filter(Node.Liveness.SUSPECT::equals).isEmpty()) continue;
            if (!published.heard(node.id()).equals(Optional.of(now))) throw new AssertionError("not heard, yet ready: " + node);
        }
    }

    /** Whether a task that alone served its slot, on a drained node, is told to stop for its successor, which does not serve yet. */
    private boolean isLeftTooSoon(ClusterState before, Task was) {
        if (!was.isServing() || was.desired() != DesiredState.RUNNING) return false;
        var is = published.task(was.id());
        var node = was.node().flatMap(published::node);
        if (is.isEmpty() || is.get().isDead() || is.get().desired() != DesiredState.SHUTDOWN) return false;
        if (node.isEmpty() || node.get().availability() != Node.Availability.DRAIN) return false;
        boolean mayNotStay = !node.get().labels().equals(before.node(node.get().id()).map(Node::labels).orElse(node.get().labels()));
        var slot = published.slot(was.service(), was.slot());
        if (slot.stream().anyMatch(other -> other.isServing() && other.desired() == DesiredState.RUNNING && isHeardOf(other))) return false;
        var newest = slot.reversed().stream().filter(Task::isLive).findFirst();
        return !mayNotStay && newest.filter(next -> next.takesOverFor(Takeover.Reason.DRAIN) && !next.isServing()).isPresent();
    }

    private boolean isHeardOf(Task task) {
        return task.node().flatMap(published::node).filter(node -> node.liveness() == Node.Liveness.READY).isPresent();
    }

    private void holdToLaws(ClusterState before, Instant now) {
        var broken = new ArrayList<>(Invariants.check(published));
        broken.addAll(Invariants.check(before, published));
        before.tasks().values().stream().filter(task -> isLeftTooSoon(before, task))
                .forEach(task -> broken.add("task " + task.id() + " on drained " + task.node().get() + " stops before its successor serves"));
        if (!broken.isEmpty()) throw new AssertionError("law 3, sound: " + broken);
        arithmetic.assertHolds(before, published);
        // What is still just before the time to wake up is so now, as a rule.
        var later = wakeAt.map(at -> at.minusNanos(1)).orElse(now.plus(Duration.ofDays(1)));
        if (!later.isAfter(now) || held++ % SELDOM == 0) mustBeStill(now, "laws 1 and 6, settled and whole: a full plan at once");
        if (later.isAfter(now)) mustBeStill(later, "laws 1, 2 and 6, settled, punctual and whole: a full plan before " + wakeAt);
    }

    /** What is kept from plan to plan makes the next one quicker and never another one. */
    private static void mustBeDecidedByAnyPlanner(Turn turn, ClusterState before, List<? extends Command<?>> commands, Instant now) {
        var other = Turn.decide(before, commands, new Planner(PlannerSettings.DEFAULTS), now, SEED);
        if (!other.transaction().equals(turn.transaction()) || !other.wakeAt().equals(turn.wakeAt()))
            throw new AssertionError("a planner that knows nothing of the plans before decides otherwise: wakes at " + other.wakeAt() + " and not at " + turn.wakeAt()
                    + ", " + other.transaction() + " and not " + turn.transaction());
    }

    private void mustBeStill(Instant at, String law) {
        var again = Turn.decide(published.touchedWhole(), List.of(), judge, at, SEED);
        again.fault().ifPresent(fault -> {
            throw fault;
        });
        var change = again.transaction();
        if (change.isPresent()) {
            List<Change> changes = change.get().changes();
            throw new AssertionError(law + " changes " + changes.size() + " objects, the first: " + changes.getFirst());
        }
    }
}
