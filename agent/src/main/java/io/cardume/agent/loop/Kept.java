package io.cardume.agent.loop;

import io.cardume.agent.task.Container;
import io.cardume.agent.task.TaskMemory;
import io.cardume.agent.task.Wanted;
import io.cardume.api.ClusterId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.AssignedTask;
import java.util.Optional;

/** All the loop keeps of one task; touched by the decision thread alone. */
final class Kept {
    final TaskId task;
    final ClusterId cluster;
    Optional<AssignedTask> assigned = Optional.empty();
    /** Whether a manager has said that nobody wants it: its container may go. */
    boolean forgotten;
    Container observed = new Container.Absent();
    /** Whether {@link #observed} is more than a guess. */
    boolean known;
    /** The loop's turn in which it was last observed, or began to be busy. */
    long since;
    /** Whether an action or a look is underway. */
    boolean busy;
    TaskMemory memory = TaskMemory.NEW;
    /** What the manager was told over the present connection. */
    Optional<TaskStatus> told = Optional.empty();
    Optional<TaskStatus> status = Optional.empty();
    Optional<News.Check> check = Optional.empty();
    AutoCloseable checking = () -> {};

    Kept(TaskId task, ClusterId cluster) {
        this.task = task;
        this.cluster = cluster;
    }

    /** Nobody wants it any more. */
    void forget() {
        assigned = Optional.empty();
        forgotten = true;
    }

    /** What is wanted of it; what the manager remembers of an earlier run of its container is void. */
    Wanted wanted() {
        if (assigned.isEmpty()) return Wanted.GONE;
        var wanted = Wanted.of(assigned.get());
        return memory.restarts().total() == 0 ? wanted : wanted.startedAgain(assigned.get());
    }

    void sees(Container container, long turn) {
        observed = container;
        known = true;
        since = turn;
        memory = memory.saw(container);
    }
}
