package io.cardume.manager.cluster;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import java.time.Instant;
import java.util.Optional;

/**
 * An index: what waits for a time, or for the nodes to have heard of a transaction.
 *
 * @param due tasks that wait for their time
 * @param lost tasks that were lost with their node and are remembered for their addresses alone, by when they were lost
 * @param leaving tasks that no balancer is to lead to, and that their agents must not stop yet, by the transaction in which they left
 * @param scheduled jobs whose schedule wants them to run, by the time of the next run
 */
record Agenda(Groups<Instant, TaskId> due, Groups<Instant, TaskId> lost, Groups<Long, TaskId> leaving, Groups<Instant, ServiceId> scheduled) {
    /** Nothing waits. */
    static final Agenda NONE = new Agenda(Groups.none(), Groups.none(), Groups.none(), Groups.none());

    /** With a task that was otherwise, or was not there, or is not any more. */
    Agenda moved(TaskId id, Optional<Task> before, Optional<Task> after) {
        return new Agenda(
                due.moved(before.flatMap(Agenda::dueAt), after.flatMap(Agenda::dueAt), id),
                lost.moved(before.flatMap(Agenda::lostAt), after.flatMap(Agenda::lostAt), id),
                leaving.moved(before.flatMap(Agenda::leftAt), after.flatMap(Agenda::leftAt), id),
                scheduled);
    }

    /** With a service that was otherwise, or was not there, or is not any more. */
    Agenda moved(ServiceId id, Optional<Service> before, Optional<Service> after) {
        return new Agenda(due, lost, leaving, scheduled.moved(before.flatMap(Agenda::runsAt), after.flatMap(Agenda::runsAt), id));
    }

    private static Optional<Instant> dueAt(Task task) {
        return task.desired() == DesiredState.READY && !task.isDead() ? task.notBefore() : Optional.empty();
    }

    private static Optional<Instant> lostAt(Task task) {
        boolean lost = task.desired() == DesiredState.REMOVE && task.status().state() == TaskState.ORPHANED;
        return lost ? Optional.of(task.status().at()) : Optional.empty();
    }

    private static Optional<Long> leftAt(Task task) {
        return task.leaving().map(Leaving::version);
    }

    private static Optional<Instant> runsAt(Service service) {
        return service.removed() ? Optional.empty() : service.job().flatMap(Job::due);
    }
}
