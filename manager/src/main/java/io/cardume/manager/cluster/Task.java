package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.DesiredState;
import io.cardume.api.GenericResource;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One run of one slot of a service. A task runs once; a restart is a new task in the old slot.
 *
 * @param id its id
 * @param version the transaction that last changed it
 * @param born the transaction that created it
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param service its service
 * @param slot its slot, from 1
 * @param revision the service's revision it is of
 * @param node where it was placed; empty while it is not
 * @param desired what it should be
 * @param status what is known of it
 * @param notBefore with desired {@code READY}: when it is released to run
 * @param runningSince when it was first seen running
 * @param servingSince when the manager first knew that it takes requests, by the manager's clock
 * @param takeover how it takes over from the living task before it; empty if there was none when it was made
 * @param condemned whether its agent may stop it because a check of it fails for good
 * @param failures runs of this slot and revision that ended one after the other without a healthy spell, before this one
 * @param why why it was made, in words
 * @param home the only node it may go to, with a service that has one task on every node; empty where any node will do
 * @param iteration with a job: which of its runs it is of; else 0
 * @param assigned which of its node's user-defined resources it was given
 * @param leaving since when no balancer and no name is to lead to it, while its agent must not stop it yet; else empty
 */
public record Task(
        TaskId id,
        long version,
        long born,
        Instant createdAt,
        Instant updatedAt,
        ServiceId service,
        int slot,
        long revision,
        Optional<NodeId> node,
        DesiredState desired,
        TaskStatus status,
        Optional<Instant> notBefore,
        Optional<Instant> runningSince,
        Optional<Instant> servingSince,
        Optional<Takeover> takeover,
        boolean condemned,
        int failures,
        String why,
        Optional<NodeId> home,
        long iteration,
        List<GenericResource> assigned,
        Optional<Leaving> leaving) {
    /** The order in which tasks were made. */
    public static final Comparator<Task> OLDEST_FIRST = Comparator.comparingLong(Task::born).thenComparing(Task::id);

    public Task {
        if (slot < 1) throw new IllegalArgumentException("slot of task " + id + " is " + slot + ", not at least 1");
        if (revision < 1) throw new IllegalArgumentException("revision of task " + id + " is " + revision);
        why = Copies.commonWords(why);
        assigned = Copies.list(assigned);
        leaving = Copies.optional(leaving);
    }

    /** A new task without a node, to be released at {@code notBefore}, or at once. */
    public static Task of(
            TaskId id, ServiceId service, int slot, long revision, Optional<Instant> notBefore, int failures, String why,
            Instant now) {
        var desired = notBefore.isPresent() ? DesiredState.READY : DesiredState.RUNNING;
        return new Task(id, 0, 0, now, now, service, slot, revision, Optional.empty(), desired,
                TaskStatus.of(now, TaskState.NEW, "created", ""), notBefore, Optional.empty(),
                Optional.empty(), Optional.empty(), false, failures, why, Optional.empty(), 0, List.of(), Optional.empty());
    }

    /** The same new task, bound to a node or to a run of a job. */
    public Task of(Optional<NodeId> only, long run) {
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, desired, status, notBefore,
                runningSince, servingSince, takeover, condemned, failures, why, only, run, assigned, leaving);
    }

    /** As changed by a transaction; the first one is that of its birth. */
    public Task changed(long version, Instant now) {
        var serving = isServing() ? servingSince.or(() -> Optional.of(now)) : servingSince;
        return new Task(id, version, born == 0 ? version : born, createdAt, now, service, slot, revision, node, desired,
                status, notBefore, runningSince, serving, takeover, condemned, failures, why, home, iteration, assigned, leaving);
    }

    /** Placed on a node. */
    public Task on(NodeId placed, TaskStatus said) {
        return on(placed, said, List.of());
    }

    /** Placed on a node, and given some of its resources. */
    public Task on(NodeId placed, TaskStatus said, List<GenericResource> resources) {
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, Optional.of(placed), desired,
                said, notBefore, runningSince, servingSince, takeover, condemned, failures, why, home, iteration, resources, leaving);
    }

    /** Wanted otherwise; what is wanted never moves left. */
    public Task desired(DesiredState wanted) {
        if (wanted.compareTo(desired) <= 0) return this;
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, wanted, status,
                notBefore, runningSince, servingSince, takeover, condemned, failures, why, home, iteration, assigned, leaving);
    }

    /** Seen otherwise, if it may become that; a dead task stays as it is, and does not leave any more. */
    public Task observed(TaskStatus seen) {
        if (!status.state().mayBecome(seen.state()) || seen.saysTheSameAs(status)) return this;
        var since = seen.state() == TaskState.RUNNING ? runningSince.or(() -> Optional.of(seen.at())) : runningSince;
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, desired, seen,
                notBefore, since, servingSince, takeover, condemned, failures, why, home, iteration, assigned,
                seen.state().isDead() ? Optional.empty() : leaving);
    }

    /** Wanted to end; one that was never placed has nobody to stop it, so it ends here. */
    public Task ending(DesiredState wanted, Instant now) {
        var told = desired(wanted);
        return node.isPresent() ? told : told.observed(TaskStatus.of(now, TaskState.SHUTDOWN, "stopped before it was placed", ""));
    }

    /** Lost with its node; its container may still run there, and goes when the node is back. */
    public Task orphaned(Instant now, String words) {
        var lost = new TaskStatus(now, TaskState.ORPHANED, "orphaned", words, status.container(), List.of(), false, status.restarts(),
                false, "", "");
        return desired(DesiredState.SHUTDOWN).observed(lost);
    }

    /** Dead, and not replaced, for a reason. */
    public Task givenUp(String words) {
        if (status.message().equals(words)) return desired(DesiredState.SHUTDOWN);
        var said = status.saying(words);
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, desired, said, notBefore,
                runningSince, servingSince, takeover, condemned, failures, why, home, iteration, assigned, leaving).desired(DesiredState.SHUTDOWN);
    }

    /** As one that takes over from the living task before it. */
    public Task takingOver(Takeover how) {
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, desired, status, notBefore,
                runningSince, servingSince, Optional.of(how), condemned, failures, why, home, iteration, assigned, leaving);
    }

    /** To run at once: it never waits for a time. */
    public Task atOnce() {
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, DesiredState.RUNNING, status,
                Optional.empty(), runningSince, servingSince, takeover, condemned, failures, why, home, iteration, assigned, leaving);
    }

    /** Given up to its agent, because a check of it fails for good; or taken back, because none does any more. */
    public Task condemned(boolean stop) {
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, desired, status, notBefore,
                runningSince, servingSince, takeover, stop, failures, why, home, iteration, assigned,
                stop || !isLive() ? leaving : Optional.empty());
    }

    /** No balancer is to lead to it from now on, and then its agent may stop it. */
    public Task leaving(Leaving from) {
        return leaving(Optional.of(from));
    }

    /** No balancer leads to it any more: its agent is told what is wanted of it. */
    public Task left() {
        return leaving(Optional.empty());
    }

    private Task leaving(Optional<Leaving> as) {
        return new Task(id, version, born, createdAt, updatedAt, service, slot, revision, node, desired, status, notBefore,
                runningSince, servingSince, takeover, condemned, failures, why, home, iteration, assigned, as);
    }

    /** Released to run. */
    public Task released() {
        return desired(DesiredState.RUNNING);
    }

    /** Whether its container has ended, or never will be. */
    public boolean isDead() {
        return status.state().isDead();
    }

    /** Whether it is the one its slot lives by: not dead and not told to stop. */
    public boolean isLive() {
        return !isDead() && desired.compareTo(DesiredState.RUNNING) <= 0;
    }

    /** Whether it takes over from a living task, and for this reason. */
    public boolean takesOverFor(Takeover.Reason reason) {
        return takeover.filter(how -> how.reason() == reason).isPresent();
    }

    /** Whether it may run beside the one before it. */
    public boolean startsFirst() {
        return takeover.filter(how -> how.order() == Takeover.Order.START_FIRST).isPresent();
    }

    /** Whether it ended by itself, not because it was told to or was lost. */
    public boolean endedByItself() {
        return switch (status.state()) {
            case COMPLETE, FAILED, REJECTED -> true;
            default -> false;
        };
    }

    /** Whether it is seen running. */
    public boolean isRunning() {
        return status.state() == TaskState.RUNNING;
    }

    /** Whether it takes requests: it runs, and its readiness check passes or it has none. */
    public boolean isServing() {
        return isRunning() && status.ready();
    }

    /** Whether balancers and names lead to it: it takes requests, and is not to leave. */
    public boolean isBackend() {
        return isServing() && isLive() && !condemned;
    }

    /** What its agent is told to make of it: it runs on while balancers may still lead to it. */
    public DesiredState told() {
        return leaving.isPresent() ? DesiredState.RUNNING : desired;
    }

    /** Whether it runs and should be replaced, because a check of it fails for good. */
    public boolean isAiling() {
        return isRunning() && !status.ailing().isEmpty();
    }

    /** Whether it waits for a node. */
    public boolean isPending() {
        return node.isEmpty() && isLive();
    }
}
