package io.cardume.manager.plan;

import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Task;

/** What tasks say whose turn has not come: services they start after are not there yet, or the one before them was rejected. */
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
            var turn = order.waitsFor(task);
            if (turn.isPresent()) say(draft, task, "waiting for its start order", turn.get());
            else if (Backoff.holdsBack(draft.state(), task, draft.now()))
                Backoff.rejected(draft.state(), task).ifPresent(before ->
                        say(draft, task, RESTING, "task " + before.id() + " was rejected: " + before.status().err()));
        }
    }

    private static void say(Draft draft, Task task, String message, String words) {
        draft.put(task.observed(TaskStatus.of(draft.now(), TaskState.PENDING, message, words)));
    }
}
