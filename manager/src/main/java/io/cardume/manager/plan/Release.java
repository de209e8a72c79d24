package io.cardume.manager.plan;

import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.Optional;

/**
 * Who may run now: a task that was prepared is released when its time has come and all before it in its slot are dead; or
 * all but the one it takes over from, if it starts first.
 */
final class Release implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (var ids : draft.state().due().headMap(draft.now(), true).values())
            for (TaskId id : ids) {
                var task = draft.state().tasks().get(id);
                if (isFree(draft.state(), task)) draft.put(task.released());
                // Its rest is over, so it may be prepared.
                else if (task.status().message().equals(Waiting.RESTING))
                    draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, "pending task scheduling", "")));
            }
    }

    /** Whether nothing in its slot keeps a task from running: one that starts first may have one other beside it. */
    static boolean isFree(ClusterState state, Task task) {
        int others = 0;
        for (Task other : state.slot(task.service(), task.slot())) if (!other.isDead() && !other.id().equals(task.id())) others++;
        return others <= (task.startsFirst() ? 1 : 0);
    }

    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        var later = state.due().tailMap(now, false);
        return later.isEmpty() ? Optional.empty() : Optional.of(later.firstKey());
    }
}
