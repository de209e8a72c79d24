package io.cardume.manager.plan;

import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Task;

/** What tasks say whose turn has not come: services they start after are not there yet, or the one before them has just failed. */
final class Waiting implements PlanStep {
    /** What a task says that is not even prepared before its time. */
    static final String RESTING = "waiting for its next try";

    @Override
    public void plan(Draft draft) {
        var touched = draft.state().touched();
        if (touched.services().isEmpty() && touched.nodes().isEmpty()) return;
        var order = new StartOrder(draft.state());
        for (TaskId id : draft.state().pending()) {
            var task = draft.state().tasks().get(id);
            order.waitsFor(task).ifPresent(words ->
                    draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, "waiting for its start order", words))));
            if (Backoff.holdsBack(draft.state(), task, draft.now()))
                Backoff.neverRan(draft.state(), task).ifPresent(before -> draft.put(
                        task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, RESTING, why(before)))));
        }
    }

    private static String why(Task before) {
        return "task " + before.id() + " ended before it ran: " + before.status().err();
    }
}
