package io.cardume.manager.plan;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Takeover;

/**
 * Whose turn it is in an update: as many slots as the pace gives places get a successor beside the running task. The next
 * slot follows when one serves and has rested, while {@link Handover} waits to see whether it stays. A slot whose successor
 * failed is tried again as its restart policy says, and holds up nobody.
 */
final class Succession implements PlanStep {
    private final Attention attention;

    Succession(Attention attention) {
        this.attention = attention;
    }

    @Override
    public void plan(Draft draft) {
        Stage.concerned(draft, attention).forEach(id -> plan(draft, id));
    }

    private static void plan(Draft draft, ServiceId id) {
        var stage = Stage.of(draft.state(), id, draft.now());
        if (stage.service().isPaused() || stage.isQuiet()) return;
        var takeover = new Takeover(Takeover.Reason.REVISION, stage.pace().order());
        long busy = stage.slots().stream().filter(stage::isBusy).count();
        stage.nextInTurn(stage.places() - busy).forEach(slot -> slot.succeed(draft, takeover, draft.now(), Rollout.WHY, 0));
        stage.slots().stream().filter(stage::awaitsAnotherTry).forEach(slot -> again(draft, stage, slot, takeover));
    }

    private static void again(Draft draft, Stage stage, Slot slot, Takeover takeover) {
        var attempts = stage.attempts(slot);
        switch (SlotDecision.of(stage.service().current().template().restartPolicy(), attempts, draft.now())) {
            case SlotDecision.Keep() -> {}
            case SlotDecision.Fill(var notBefore, var why, int failures) -> slot.succeed(draft, takeover, notBefore, why, failures);
            case SlotDecision.GiveUp(var why) ->
                draft.put(draft.state().tasks().get(attempts.getFirst().id()).givenUp(why));
        }
    }
}
