package io.cardume.manager.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Invariants;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Transaction;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;

/** The six laws that hold after every plan, asserted. */
public final class Laws {
    private Laws() {}

    /**
     * Asserts them of a draft that was just planned.
     *
     * @param before the state the draft began with
     * @param wakeAt what the plan answered
     */
    public static void assertHold(Planner planner, ClusterState before, Draft draft, Optional<Instant> wakeAt) {
        var after = draft.state();
        var sound = Invariants.check(after);
        assertThat(sound).as("sound").isEmpty();
        assertThat(Invariants.check(before, after)).as("a sound step").isEmpty();
        after.services().values().forEach(service -> assertSteadiness(after, service));
        assertChangesNothing(planner, after, draft.now(), "settled: planning again at once changes nothing");
        assertChangesNothing(planner, after.settled().touchedWhole(), draft.now(), "whole: a full plan finds nothing that was missed");
        var justBefore = wakeAt.map(at -> at.minusNanos(1)).orElse(draft.now().plusSeconds(100_000));
        if (justBefore.isAfter(draft.now()))
            assertChangesNothing(planner, after.settled().touchedWhole(), justBefore, "punctual: until wake-up time alone changes nothing");
        var stored = new Transaction(draft.version(), draft.now(), draft.stored());
        assertThat(before.with(stored)).as("replayable").isEqualTo(after.at(draft.version()));
    }

    /** What an update only counts is what it says it is. */
    private static void assertSteadiness(ClusterState state, Service service) {
        var unsteady = new TreeSet<Integer>();
        var stale = new TreeSet<Integer>();
        state.slots(service.id()).forEach((number, tasks) -> {
            var newest = tasks.getLast();
            boolean othersWentWell = tasks.stream().allMatch(task -> task == newest || task.isDead() && !task.endedByItself());
            if (!othersWentWell || !newest.isServing() || newest.desired() != DesiredState.RUNNING) unsteady.add(number);
            else if (newest.revision() != service.revision()) stale.add(number);
        });
        assertThat(new TreeSet<>(state.unsteady(service.id()))).as("unsteady slots of " + service.name()).isEqualTo(unsteady);
        assertThat(new TreeSet<>(state.stale(service.id()))).as("stale slots of " + service.name()).isEqualTo(stale);
    }

    private static void assertChangesNothing(Planner planner, ClusterState state, Instant now, String law) {
        var again = new Draft(state, now, "again");
        planner.plan(again);
        assertThat(again.stored()).as(law).isEmpty();
    }
}
