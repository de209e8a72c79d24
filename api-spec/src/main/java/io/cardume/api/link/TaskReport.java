package io.cardume.api.link;

import io.cardume.api.TaskId;
import io.cardume.api.TaskStatus;

/** What an agent says of one task. */
public record TaskReport(TaskId task, TaskStatus status) {
    public TaskReport {
        if (task == null || status == null) throw new IllegalArgumentException("a report names its task and says its status");
    }
}
