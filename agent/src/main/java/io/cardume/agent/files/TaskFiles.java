package io.cardume.agent.files;

import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import java.util.List;
import java.util.Set;

/** The files of the tasks' containers. Every call may be made from any thread and is safe to repeat. */
public interface TaskFiles {
    /**
     * Makes a task's files present, whole and with their owners and modes; those that are stay as they are.
     *
     * @return the task, with a read-only bind mount for each of the files
     */
    AssignedTask prepared(AssignedTask task, List<GivenFile> files) throws FilesException;

    /** Removes a task's files; does nothing if it has none. */
    void remove(TaskId task);

    /** Removes the files of every other task. */
    void keepOnly(Set<TaskId> tasks);
}
