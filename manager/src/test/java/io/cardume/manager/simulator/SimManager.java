package io.cardume.manager.simulator;

import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Invariants;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.Turn;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A manager on one thread: the loop's real turns over a store in memory. Every turn is held to the laws. */
final class SimManager {
    private static final String SEED = "simulation";
    private final Planner planner = new Planner(PlannerSettings.DEFAULTS);
    private final MemoryStore store = new MemoryStore();
    private ClusterState published = ClusterState.empty();
    private Optional<Instant> wakeAt = Optional.empty();
    private boolean up;

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
        up = true;
        turn(List.of(ManagerLoop.leasesBeginAnew()), now);
    }

    /** Takes a turn and gives the answers; a law that is broken is an error. */
    List<Turn.Answer> turn(List<? extends Command<?>> commands, Instant now) {
        var before = published;
        var turn = Turn.decide(before, commands, planner, now, SEED);
        turn.fault().ifPresent(fault -> {
            throw fault;
        });
        turn.transaction().ifPresent(store::append);
        turn.transaction().ifPresent(transaction -> {
            if (!published.with(transaction).equals(turn.after()))
                throw new AssertionError("law 5, replayable: the stored changes do not give the published state");
        });
        published = turn.after();
        wakeAt = turn.wakeAt();
        holdToLaws(before, now);
        return turn.answers();
    }

    private void holdToLaws(ClusterState before, Instant now) {
        var broken = new ArrayList<>(Invariants.check(published));
        broken.addAll(Invariants.check(before, published));
        if (!broken.isEmpty()) throw new AssertionError("law 3, sound: " + broken);
        mustBeStill(now, "laws 1 and 6, settled and whole: a full plan at once");
        var later = wakeAt.map(at -> at.minusNanos(1)).orElse(now.plus(Duration.ofDays(1)));
        if (later.isAfter(now)) mustBeStill(later, "law 2, punctual: time alone, before " + wakeAt + ",");
    }

    private void mustBeStill(Instant at, String law) {
        var again = Turn.decide(published.touchedWhole(), List.of(), planner, at, SEED);
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
