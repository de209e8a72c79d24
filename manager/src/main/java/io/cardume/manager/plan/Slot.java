package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One slot of a service, as far as it is to stay.
 *
 * @param service its service
 * @param number from 1
 * @param tasks its tasks that are not to be removed, newest first; at least one
 */
record Slot(Service service, int number, List<Task> tasks) {
    Slot {
        tasks = List.copyOf(tasks);
    }

    /** All slots of a service that have a task which is not to be removed, by number. */
    static List<Slot> of(ClusterState state, Service service) {
        var slots = new ArrayList<Slot>();
        state.slots(service.id()).forEach((number, ids) -> {
            var tasks = new ArrayList<Task>(ids.size());
            for (var id : ids) {
                var task = state.tasks().get(id);
                if (task.desired() != DesiredState.REMOVE) tasks.addFirst(task);
            }
            if (!tasks.isEmpty()) slots.add(new Slot(service, number, tasks));
        });
        return slots;
    }

    /** The task the slot lives by: released to run, and not told to stop. */
    Optional<Task> serving() {
        return tasks.stream().filter(task -> task.isLive() && task.desired() == DesiredState.RUNNING).findFirst();
    }

    /** The task that is to take over, once it is time and those before it are gone. */
    Optional<Task> next() {
        return tasks.stream().filter(task -> task.isLive() && task.desired() == DesiredState.READY).findFirst();
    }

    /** The newest of those two, if there is any. */
    Optional<Task> live() {
        return tasks.stream().filter(Task::isLive).findFirst();
    }

    /**
     * What the restart policy looks at: its tasks of the current revision, newest first, back to the last one of another
     * revision that ended by itself. After a way back to an old revision, what happened under it before is forgiven.
     */
    List<Task> currentRun() {
        return tasks.stream()
                .filter(task -> service.isCurrent(task) || task.endedByItself())
                .takeWhile(service::isCurrent)
                .toList();
    }

    /**
     * Makes a task of the current revision for a slot. It is released at once if its time has come and every task before
     * it is dead; else it is prepared first.
     */
    static void fill(Draft draft, Service service, int number, Instant notBefore, String why, int failures) {
        boolean free = draft.state().slot(service.id(), number).stream().allMatch(Task::isDead);
        var waits = free && !notBefore.isAfter(draft.now()) ? Optional.<Instant>empty() : Optional.of(notBefore);
        draft.put(Task.of(draft.newTaskId(), service.id(), number, service.revision(), waits, failures, why, draft.now()));
    }
}
