package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Pace;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is forgotten: dead tasks that are not wanted any more, those beyond what is remembered of a slot, services that
 * are gone, and old revisions no task is of. What was lost with its node is remembered for a while whatever is wanted, for its
 * container may still have its addresses.
 */
final class Reaping implements PlanStep {
    @Override
    public void plan(Draft draft) {
        var concerned = new TreeSet<>(draft.state().touched().services());
        draft.state().lost().headMap(draft.now().minus(Addressing.LOST), true).values()
                .forEach(tasks -> tasks.forEach(id -> concerned.add(draft.state().tasks().get(id).service())));
        for (ServiceId id : concerned)
            draft.state().service(id).ifPresent(service -> plan(draft, service));
    }

    /** When what was lost is forgotten. */
    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        var left = state.lost().tailMap(now.minus(Addressing.LOST), false);
        return left.isEmpty() ? Optional.empty() : Optional.of(left.firstKey().plus(Addressing.LOST));
    }

    private static void plan(Draft draft, Service service) {
        for (int number : draft.state().unsettled(service.id()))
            for (Task task : draft.state().slot(service.id(), number))
                if (task.isDead() && task.desired() == DesiredState.REMOVE) forget(draft, task);
        long remembered = remembered(draft, service);
        var large = new ArrayList<Slot>();
        for (var slot : draft.state().slots(service.id()).entrySet())
            if (slot.getValue().size() > remembered) Slot.of(service, slot.getKey(), slot.getValue()).ifPresent(large::add);
        if (!large.isEmpty()) {
            var evidence = evidence(draft, service);
            large.forEach(slot -> forgetBeyond(draft, slot, remembered, evidence));
        }
        if (service.removed() && draft.state().slots(service.id()).isEmpty())
            draft.add(new Change.ServiceRemoved(service.id()));
        else dropRevisions(draft, service);
    }

    /** How many tasks of a slot are kept, the newest included; that one always is, for it tells what the slot needs. */
    private static long remembered(Draft draft, Service service) {
        int limit = draft.state().cluster().orElseThrow().taskHistoryLimit();
        if (limit < 0) return Long.MAX_VALUE;
        long attempts = service.current().template().restartPolicy().flatMap(RestartPolicy::maxAttempts).orElse(0L);
        return Math.max(1, attempts > 0 ? attempts + 1 : limit);
    }

    private static void forgetBeyond(Draft draft, Slot slot, long remembered, Set<TaskId> evidence) {
        // By this one a task that waits for a node is known to be a restart, which does not wait for its turn again.
        var waiting = slot.live().filter(Task::isPending);
        var started = waiting.flatMap(task -> StartOrder.startedBy(draft.state(), task)).map(Task::id);
        // And by this one that it rests first.
        var rejected = waiting.flatMap(task -> Backoff.rejected(draft.state(), task)).map(Task::id);
        slot.tasks().stream().skip(remembered).filter(Task::isDead)
                .filter(task -> !started.equals(Optional.of(task.id())) && !rejected.equals(Optional.of(task.id())) && !evidence.contains(task.id()))
                .forEach(task -> forget(draft, task));
    }

    private static void forget(Draft draft, Task task) {
        if (Addressing.mayHold(draft.state(), task, draft.now())) draft.put(task.desired(DesiredState.REMOVE));
        else draft.add(new Change.TaskRemoved(task.id()));
    }

    /** The failures of an update are counted until it turns back or ends; there are no more than it tolerates, and one. */
    private static Set<TaskId> evidence(Draft draft, Service service) {
        if (!service.isUpdating() || service.removed() || Pace.of(service).action() == Pace.Action.CONTINUE) return Set.of();
        return Stage.of(draft.state(), service.id(), draft.now()).failures().stream().map(Task::id).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Nobody outside can see it, so the service keeps its version: callers who read it before may still update it. */
    private static void dropRevisions(Draft draft, Service service) {
        if (service.revisions().size() <= Service.REVISIONS_KEPT) return;
        var used = new HashSet<Long>();
        draft.state().tasksOf(service.id()).forEach(task -> used.add(task.revision()));
        service.job().ifPresent(job -> job.running().forEach(run -> used.add(run.revision())));
        var kept = service.keeping(used);
        if (kept.revisions().size() < service.revisions().size()) draft.add(new Change.ServicePut(kept));
    }
}
