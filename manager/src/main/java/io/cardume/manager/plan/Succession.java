package io.cardume.manager.plan;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.UpdateStatus;

/**
 * Whose turn it is in an update: one slot at a time, a successor is made beside the running task. The next slot follows
 * when it runs. Slots that find no node for their new task and had none for the old do not hold up the others.
 */
final class Succession implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id)
                    .filter(service -> !service.removed() && Rollout.is(service, UpdateStatus.State.UPDATING))
                    .ifPresent(service -> plan(draft, service));
    }

    private static void plan(Draft draft, Service service) {
        var slots = Slot.of(draft.state(), service);
        if (slots.stream().anyMatch(slot -> Rollout.isChanging(draft.state(), slot) && !waitsAlone(slot))) return;
        slots.stream().filter(slot -> Rollout.isStale(draft.state(), slot)).findFirst()
                .ifPresent(slot -> slot.succeed(draft, Rollout.TAKEOVER, draft.now(), Rollout.WHY, 0));
    }

    private static boolean waitsAlone(Slot slot) {
        return slot.tasks().stream().allMatch(task -> task.isDead() || task.isPending());
    }
}
