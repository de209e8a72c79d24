package io.cardume.manager.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Invariants;
import io.cardume.manager.cluster.Transaction;
import java.time.Instant;
import java.util.Optional;

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
        assertChangesNothing(planner, after, draft.now(), "settled: planning again at once changes nothing");
        assertChangesNothing(planner, after.settled().touchedWhole(), draft.now(), "whole: a full plan finds nothing that was missed");
        var justBefore = wakeAt.map(at -> at.minusNanos(1)).orElse(draft.now().plusSeconds(100_000));
        if (justBefore.isAfter(draft.now()))
            assertChangesNothing(planner, after.settled().touchedWhole(), justBefore, "punctual: until wake-up time alone changes nothing");
        var stored = new Transaction(draft.version(), draft.now(), draft.stored());
        assertThat(before.with(stored)).as("replayable").isEqualTo(after.at(draft.version()));
    }

    private static void assertChangesNothing(Planner planner, ClusterState state, Instant now, String law) {
        var again = new Draft(state, now, "again");
        planner.plan(again);
        assertThat(again.stored()).as(law).isEmpty();
    }
}
