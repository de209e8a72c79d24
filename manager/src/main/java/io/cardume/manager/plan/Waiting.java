package io.cardume.manager.plan;

import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Draft;

/** What tasks say whose turn has not come, because services they start after are not there yet. */
final class Waiting implements PlanStep {
    @Override
    public void plan(Draft draft) {
        var touched = draft.state().touched();
        if (touched.services().isEmpty() && touched.nodes().isEmpty()) return;
        var order = new StartOrder(draft.state());
        for (TaskId id : draft.state().pending()) {
            var task = draft.state().tasks().get(id);
            order.waitsFor(task).ifPresent(words ->
                    draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, "waiting for its start order", words))));
        }
    }
}
