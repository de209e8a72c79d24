package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

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
        state.slots(service.id()).forEach((number, tasks) -> of(service, number, tasks).ifPresent(slots::add));
        return slots;
    }

    /** Those of them in which something may be to be done although the service wants as many slots as before. */
    static List<Slot> unsettled(ClusterState state, Service service) {
        return of(state, service, state.unsettled(service.id()));
    }

    /** Those of them with these numbers. */
    static List<Slot> of(ClusterState state, Service service, SortedSet<Integer> numbers) {
        var slots = new ArrayList<Slot>();
        for (int number : numbers) of(service, number, state.slot(service.id(), number)).ifPresent(slots::add);
        return slots;
    }

    static Optional<Slot> of(Service service, int number, List<Task> oldestFirst) {
        var tasks = new ArrayList<Task>(oldestFirst.size());
        for (Task task : oldestFirst) if (task.desired() != DesiredState.REMOVE) tasks.addFirst(task);
        return tasks.isEmpty() ? Optional.empty() : Optional.of(new Slot(service, number, tasks));
    }

    /** The task the slot lives by: the oldest that was released to run and is not told to stop. */
    Optional<Task> serving() {
        for (int i = tasks.size() - 1; i >= 0; i--)
            if (tasks.get(i).isLive() && tasks.get(i).desired() == DesiredState.RUNNING) return Optional.of(tasks.get(i));
        return Optional.empty();
    }

    /** The task that is to take over: the newest living one, if the slot does not live by it. */
    Optional<Task> next() {
        var serving = serving();
        return live().filter(newest -> serving.isEmpty() || serving.get() != newest);
    }

    /** The newest of those two, if there is any. */
    Optional<Task> live() {
        for (Task task : tasks) if (task.isLive()) return Optional.of(task);
        return Optional.empty();
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
     * Makes a task of the current revision for a slot without a living one. It is released at once if its time has come
     * and every task before it is dead; else it is prepared first.
     */
    static void fill(Draft draft, Service service, int number, Instant notBefore, String why, int failures) {
        make(draft, service, number, service.revision(), Optional.empty(), notBefore, why, failures);
    }

    /**
     * Makes a task that takes over from the one the slot lives by; {@link Handover} says when that one goes, and {@link
     * Release} when this one runs. The slot has no successor yet. While an update is paused a task moves as what it is;
     * else it becomes one of the current revision on the way.
     *
     * @param takeover why and in which order; whoever gives the reason takes back the successor when it is gone
     * @param notBefore when it may run
     * @param failures runs that ended one after the other before it, without a healthy spell
     */
    void succeed(Draft draft, Takeover takeover, Instant notBefore, String why, int failures) {
        long revision = service.isPaused() ? serving().map(Task::revision).orElse(service.revision()) : service.revision();
        make(draft, service, number, revision, Optional.of(takeover), notBefore, why, failures);
    }

    /**
     * Makes a task of a slot that has none, or none of this run of a job.
     *
     * @param home the only node its tasks may go to, if there is one
     * @param iteration the run of the job it is of, else 0
     */
    static void open(Draft draft, Service service, int number, long revision, Optional<NodeId> home, long iteration,
            Instant notBefore, String why, int failures) {
        put(draft, Task.of(draft.newTaskId(), service.id(), number, revision, Optional.of(notBefore), failures, why, draft.now())
                .of(home, iteration));
    }

    private static void make(
            Draft draft, Service service, int number, long revision, Optional<Takeover> takeover, Instant notBefore,
            String why, int failures) {
        var before = draft.state().slot(service.id(), number);
        var home = before.isEmpty() ? Optional.<NodeId>empty() : before.getFirst().home();
        var prepared = Task.of(draft.newTaskId(), service.id(), number, revision, Optional.of(notBefore), failures, why, draft.now())
                .of(home, 0);
        put(draft, takeover.map(prepared::takingOver).orElse(prepared));
    }

    private static void put(Draft draft, Task made) {
        boolean waits = made.notBefore().orElseThrow().isAfter(draft.now()) || !Release.isFree(draft.state(), made);
        draft.put(waits ? made : made.atOnce());
    }
}
