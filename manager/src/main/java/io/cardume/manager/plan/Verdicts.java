package io.cardume.manager.plan;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Pace;
import java.util.Optional;

/**
 * Whether an update has failed: too many failures pause it, or turn it back to the last revision that was good. It comes
 * before the slots step, for what a slot needs depends on the revision.
 */
final class Verdicts implements PlanStep {
    static final String ROLLED_BACK = "update rolled back";

    private final Attention attention;

    Verdicts(Attention attention) {
        this.attention = attention;
    }

    @Override
    public void plan(Draft draft) {
        Stage.concerned(draft, attention).forEach(id -> judge(draft, id));
    }

    private static void judge(Draft draft, ServiceId id) {
        if (!draft.state().services().get(id).isUpdating()) return;
        var stage = Stage.of(draft.state(), id, draft.now());
        var failures = stage.failures();
        if (failures.isEmpty()) return;
        var first = stage.failure(failures.getFirst());
        var service = stage.service().failing(first);
        var status = service.update().orElseThrow();
        boolean tolerated = stage.pace().action() == Pace.Action.CONTINUE
                || failures.size() <= stage.pace().maxFailureRatio() * Math.max(1, status.slots());
        if (tolerated) {
            if (!service.equals(stage.service())) draft.add(new Change.ServicePut(service));
            return;
        }
        var back = service.lastProven();
        var cause = " due to failure or early termination of " + first.sentence();
        if (stage.pace().action() == Pace.Action.ROLLBACK && back.isPresent())
            // What failed is the version, not the number of replicas.
            draft.put(service.rolledBack(service.revisions().get(back.get()).spec().mode(service.spec().mode()),
                    Optional.empty(), back, ROLLED_BACK + cause, draft.now()));
        else draft.put(service.update(status.paused((status.state().isRollback() ? "rollback paused" : "update paused") + cause)));
    }
}
