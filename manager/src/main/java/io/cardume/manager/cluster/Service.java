package io.cardume.manager.cluster;

import io.cardume.api.CronLabels;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A service.
 *
 * @param id its id
 * @param version the transaction that last changed it
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param spec as declared, with the few things the server fills in
 * @param previousSpec the spec before the last update; empty after a rollback the manager began by itself
 * @param revision number of the revision its tasks should be of; grows with every change of template or ports
 * @param revisions the current revision, the last few before it, and older ones that remembered tasks are of
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
    /** Revisions one can go back to, the current one included. */
    public static final int REVISIONS_KEPT = 10;

    public Service {
        revisions = Collections.unmodifiableSortedMap(new TreeMap<>(revisions));
        if (!revisions.containsKey(revision))
            throw new IllegalArgumentException("service " + id + " has no revision " + revision);
    }

    /** A new service. */
    public static Service of(ServiceId id, ServiceSpec spec, Instant now) {
        return new Service(id, 0, now, now, spec, Optional.empty(), 1,
                new TreeMap<>(Map.of(1L, Revision.of(spec, now, Optional.empty()).found())), Optional.empty(), jobOf(spec), false);
    }

    /** As changed by a transaction. */
    public Service changed(long version, Instant now) {
        return new Service(id, version, createdAt, now, spec, previousSpec, revision, revisions, update, job, removed);
    }

    /**
     * With a new spec; a new revision too if the spec asks for other tasks than now, which ends an update that is going. If
     * it does not, an update that is going goes on, one that was paused is taken up again, and one that is over is forgotten.
     */
    public Service updated(ServiceSpec next, Instant now) {
        boolean same = current().isAskedBy(next);
        return respecified(next, Optional.of(spec), Optional.empty(), now)
                .status(same ? update.filter(status -> status.state().isGoing()) : Optional.empty());
    }

    /**
     * On the way back to an older spec; a job is not rolled back, it runs again as it was.
     *
     * @param to the spec
     * @param previous what a rollback of this rollback goes to
     * @param restored the number of the revision that is brought back, where it is known
     * @param words why
     */
    public Service rolledBack(
            ServiceSpec to, Optional<ServiceSpec> previous, Optional<Long> restored, String words, Instant now) {
        var back = respecified(to, previous, restored, now);
        return isJob() ? back : back.update(UpdateStatus.rollingBack(now, words));
    }

    private Service respecified(ServiceSpec next, Optional<ServiceSpec> previous, Optional<Long> restored, Instant now) {
        if (current().isAskedBy(next))
            return new Service(id, version, createdAt, updatedAt, next, previous, revision,
                    with(revision, current().respecified(next)), update, jobAfter(next), removed);
        return new Service(id, version, createdAt, updatedAt, next, previous, revision + 1,
                with(revision + 1, Revision.of(next, now, restored)), update, jobAfter(next), removed);
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
        return status(Optional.of(status));
    }

    private Service status(Optional<UpdateStatus> status) {
        return new Service(id, version, createdAt, updatedAt, spec, previousSpec, revision, revisions, status, job, removed);
    }

    /** With its current revision found good. */
    public Service proven() {
        return changing(Revision::found);
    }

    /** With what went wrong first with its current revision. */
    public Service failing(Revision.Failure failure) {
        return changing(current -> current.failing(failure));
    }

    private Service changing(UnaryOperator<Revision> change) {
        return new Service(id, version, createdAt, updatedAt, spec, previousSpec, revision,
                with(revision, change.apply(current())), update, job, removed);
    }

    private SortedMap<Long, Revision> with(long number, Revision other) {
        var changed = new TreeMap<>(revisions);
        changed.put(number, other);
        return changed;
    }

    /** With the last few revisions and those that are used. */
    public Service keeping(Set<Long> used) {
        var kept = new TreeMap<>(revisions);
        var last = revisions.keySet().stream().sorted(Collections.reverseOrder()).limit(REVISIONS_KEPT).toList();
        kept.keySet().removeIf(number -> number != revision && !last.contains(number) && !used.contains(number));
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

    /** The last revision that a task is as good as one of. */
    public Revision lastOf(Task task) {
        var own = revisions.get(task.revision());
        return isCurrent(task) ? current()
                : revisions.tailMap(task.revision()).reversed().values().stream().filter(own::runsAs).findFirst().orElse(own);
    }

    /** The revision its tasks should be of. */
    public Revision current() {
        return revisions.get(revision);
    }

    /** The number of the last revision before the current one that was found good. */
    public Optional<Long> lastProven() {
        return revisions.headMap(revision).reversed().entrySet().stream()
                .filter(entry -> entry.getValue().proven())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Whether it may go back to what it was before its last change: until that is completed, or found to replace nothing. */
    public boolean mayTurnBack() {
        return update.map(status -> status.completedAt().isEmpty()).orElse(!isJob() && !current().proven());
    }

    /** The specs it may go back to as long as it {@link #mayTurnBack}. */
    public List<ServiceSpec> specsBefore() {
        if (!mayTurnBack()) return List.of();
        return Stream.concat(previousSpec.stream(), lastProven().map(revisions::get).map(Revision::spec).stream()).toList();
    }

    /** Whether an update or a rollback is going. */
    public boolean isUpdating() {
        return update.filter(status -> status.state().isGoing()).isPresent();
    }

    /** Whether an update or a rollback was stopped half way. */
    public boolean isPaused() {
        return update.filter(status -> status.state().isPaused()).isPresent();
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
