package io.cardume.manager.cluster;

import io.cardume.api.CronLabels;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A service.
 *
 * @param id its id
 * @param version the transaction that last changed it
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param spec as declared, with the few things the server fills in
 * @param previousSpec the spec before the last update
 * @param revision number of the revision its tasks should be of; grows with every change of template or ports
 * @param revisions the current revision, and older ones that remembered tasks are of
 * @param update how the last update goes; empty before the first one that replaced tasks
 * @param job its runs, if it is a job
 * @param removed whether it is gone for everyone outside and only waits for its last task to stop
 */
public record Service(
        ServiceId id,
        long version,
        Instant createdAt,
        Instant updatedAt,
        ServiceSpec spec,
        Optional<ServiceSpec> previousSpec,
        long revision,
        SortedMap<Long, Revision> revisions,
        Optional<UpdateStatus> update,
        Optional<Job> job,
        boolean removed) {
    public Service {
        revisions = Collections.unmodifiableSortedMap(new TreeMap<>(revisions));
        if (!revisions.containsKey(revision))
            throw new IllegalArgumentException("service " + id + " has no revision " + revision);
    }

    /** A new service. */
    public static Service of(ServiceId id, ServiceSpec spec, Instant now) {
        return new Service(id, 0, now, now, spec, Optional.empty(), 1,
                new TreeMap<>(Map.of(1L, Revision.of(spec))), Optional.empty(), jobOf(spec), false);
    }

    /** As changed by a transaction. */
    public Service changed(long version, Instant now) {
        return new Service(id, version, createdAt, now, spec, previousSpec, revision, revisions, update, job, removed);
    }

    /** With a new spec; a new revision too if the spec asks for other tasks than now. */
    public Service updated(ServiceSpec next) {
        var asked = Revision.of(next);
        if (asked.equals(revisions.get(revision)))
            return new Service(id, version, createdAt, updatedAt, next, Optional.of(spec), revision, revisions, update, jobAfter(next), removed);
        var kept = new TreeMap<>(revisions);
        kept.put(revision + 1, asked);
        return new Service(id, version, createdAt, updatedAt, next, Optional.of(spec), revision + 1, kept, Optional.empty(), jobAfter(next), removed);
    }

    /** A job runs when it is created, one with a schedule when that says so. */
    private static Optional<Job> jobOf(ServiceSpec spec) {
        return spec.mode().runsToEnd() ? Optional.of(Job.created(CronLabels.of(spec).isEmpty())) : Optional.empty();
    }

    /** Any change of a job runs it again; one with a schedule only where it is forced to. */
    private Optional<Job> jobAfter(ServiceSpec next) {
        if (!next.mode().runsToEnd()) return Optional.empty();
        boolean forced = next.taskTemplate().forceUpdate() != spec.taskTemplate().forceUpdate();
        boolean otherSchedule = !CronLabels.of(next).equals(CronLabels.of(spec));
        return Optional.of(job.orElseGet(() -> Job.created(false)).changed(forced || CronLabels.of(next).isEmpty(), otherSchedule));
    }

    /** With its runs as they are now. */
    public Service job(Job now) {
        return new Service(id, version, createdAt, updatedAt, spec, previousSpec, revision, revisions, update, Optional.of(now), removed);
    }

    /** Whether its tasks run to their end. */
    public boolean isJob() {
        return spec.mode().runsToEnd();
    }

    /** Whether it has one task on every node that may take it, to run on or to their end. */
    public boolean isGlobal() {
        return spec.mode().onEveryNode();
    }

    /** A task's slot as the world sees it: from 1 with replicas, from 0 with a job; on every node there are none, 0. */
    public int shownSlot(Task task) {
        if (isGlobal()) return 0;
        return isJob() ? JobRun.index(task.slot()) : task.slot();
    }

    /** What stands for the slot in a task's name: its number, or the node's id where that is 0, as Swarm has it. */
    public String slotName(Task task) {
        int shown = shownSlot(task);
        return shown > 0 ? Integer.toString(shown) : task.node().or(task::home).map(NodeId::value).orElse("");
    }

    /** With another word on how its update goes. */
    public Service update(UpdateStatus status) {
        return new Service(id, version, createdAt, updatedAt, spec, previousSpec, revision, revisions, Optional.of(status), job, removed);
    }

    /** With only these revisions kept, and always the current one. */
    public Service keeping(Set<Long> used) {
        var kept = new TreeMap<>(revisions);
        kept.keySet().removeIf(number -> number != revision && !used.contains(number));
        return new Service(id, version, createdAt, updatedAt, spec, previousSpec, revision, kept, update, job, removed);
    }

    /** As a tombstone. */
    public Service gone() {
        return new Service(id, version, createdAt, updatedAt, spec, previousSpec, revision, revisions, update, job, true);
    }

    /** Whether a task is as the current revision wants it, whichever revision it was made of; where it runs aside. */
    public boolean isCurrent(Task task) {
        return task.revision() == revision || revisions.get(task.revision()).runsAs(current());
    }

    /** The revision its tasks should be of. */
    public Revision current() {
        return revisions.get(revision);
    }

    /** What a task of the given revision is made of. */
    public TaskSpec template(long number) {
        return revisions.get(number).template();
    }

    /** The service's name. */
    public String name() {
        return spec.name();
    }
}
