package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackLabels;
import io.cardume.api.StartOrderLabels;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * After which other services the tasks of a service start. Only the first task of a slot and revision waits for its turn:
 * what has started once is restarted and moved without asking again, and what runs is never stopped for it.
 */
public final class StartOrder {
    private final ClusterState state;
    private final Map<ServiceId, Optional<String>> words = new HashMap<>();

    StartOrder(ClusterState state) {
        this.state = state;
    }

    /** Whether a task is not placed yet because its turn has not come. */
    boolean holdsBack(Task task) {
        return waitsFor(task).isPresent();
    }

    /** What a task waits for before it may be placed, in words; empty if it need not wait. */
    Optional<String> waitsFor(Task task) {
        if (!task.isPending()) return Optional.empty();
        var service = state.services().get(task.service());
        if (!service.spec().labels().containsKey(StartOrderLabels.AFTER) || startedBy(state, task).isPresent()) return Optional.empty();
        return words.computeIfAbsent(service.id(), _ -> waits(service.spec()));
    }

    /**
     * The newest task of the same slot that is made of the same and was placed before: by it the slot has started. Those of
     * a slot that went do not count.
     */
    static Optional<Task> startedBy(ClusterState state, Task task) {
        var service = state.services().get(task.service());
        var revision = service.revisions().get(task.revision());
        return state.slot(service.id(), task.slot()).reversed().stream()
                .filter(other -> other.node().isPresent() && other.desired() != DesiredState.REMOVE
                        && service.revisions().get(other.revision()).runsAs(revision))
                .findFirst();
    }

    private Optional<String> waits(ServiceSpec spec) {
        var all = new ArrayList<String>();
        for (StartOrderLabels.After after : StartOrderLabels.read(spec.labels())) {
            var other = named(state, spec, after.service());
            if (other.isEmpty()) all.add(after.service() + ", which does not exist" + (StackLabels.stack(spec.labels()).isEmpty() ? "" : " in stack " + StackLabels.stack(spec.labels())));
            else missing(other.get(), after.condition()).ifPresent(all::add);
        }
        return all.isEmpty() ? Optional.empty() : Optional.of("waits for " + String.join("; and for ", all));
    }

    /** The service a name means: one of the same stack; to a service of no stack any. Whoever takes a name later in another stack is not meant. */
    static Optional<Service> named(ClusterState state, ServiceSpec spec, String name) {
        var stack = StackLabels.stack(spec.labels());
        return meant(state, spec, name).filter(other -> stack.isEmpty() || StackLabels.stack(other.spec().labels()).equals(stack));
    }

    /** The service a name would mean if stacks did not matter. */
    static Optional<Service> meant(ClusterState state, ServiceSpec spec, String name) {
        var stack = StackLabels.stack(spec.labels());
        var sibling = stack.isEmpty() ? Optional.<Service>empty() : state.serviceNamed(StackLabels.scoped(stack, name));
        return sibling.or(() -> state.serviceNamed(name));
    }

    private Optional<String> missing(Service other, StartOrderLabels.Condition condition) {
        var slots = Slot.of(state, other).stream()
                .filter(slot -> !other.isJob() || slot.tasks().getFirst().iteration() == other.job().orElseThrow().iteration())
                .toList();
        long wanted = wanted(other, slots, condition);
        long met = slots.stream().filter(slot -> isMet(slot, condition)).count();
        if (met >= wanted) return Optional.empty();
        var count = met + " of " + wanted;
        return Optional.of(switch (condition) {
            case STARTED -> other.name() + " to be started: " + count + (wanted == 1 ? " task runs" : " tasks run");
            case HEALTHY -> other.name() + " to be healthy: " + count + (wanted == 1 ? " task is" : " tasks are");
            case COMPLETED -> other.name() + " to be completed: " + count + (wanted == 1 ? " task has" : " tasks have") + " ended well";
        });
    }

    private long wanted(Service other, List<Slot> slots, StartOrderLabels.Condition condition) {
        if (other.isJob() && other.job().orElseThrow().last().isEmpty()) return 1;
        if (other.isGlobal()) return slots.stream().filter(slot -> Homes.isOpen(state, slot)).count();
        if (!other.isJob()) return other.spec().replicas();
        var run = other.job().orElseThrow().last().orElseThrow();
        return condition == StartOrderLabels.Condition.COMPLETED ? run.total() : Math.min(run.concurrent(), run.total());
    }

    /** Whatever a task was told since does not count, for what is told depends on this. */
    private static boolean isMet(Slot slot, StartOrderLabels.Condition condition) {
        var newest = slot.tasks().getFirst();
        boolean completed = newest.status().state() == TaskState.COMPLETE && slot.service().isCurrent(newest);
        return switch (condition) {
            case STARTED -> completed || slot.tasks().stream().anyMatch(task -> task.isRunning() && slot.service().isCurrent(task));
            case HEALTHY -> slot.tasks().stream().anyMatch(task -> task.isServing() && slot.service().isCurrent(task));
            case COMPLETED -> completed;
        };
    }

    /** The services that would wait for each other in a ring with this one, by name and beginning and ending with it. */
    public static Optional<List<String>> ring(ClusterState state, Service service) {
        return ring(state, service, service, new HashSet<>()).map(way -> {
            way.addFirst(service.name());
            return way;
        });
    }

    private static Optional<List<String>> ring(ClusterState state, Service from, Service home, Set<ServiceId> seen) {
        for (StartOrderLabels.After after : StartOrderLabels.read(from.spec().labels())) {
            var next = named(state, from.spec(), after.service());
            if (next.isEmpty()) continue;
            if (next.get().id().equals(home.id())) return Optional.of(new ArrayList<>(List.of(home.name())));
            if (!seen.add(next.get().id())) continue;
            var further = ring(state, next.get(), home, seen);
            if (further.isPresent()) {
                further.get().addFirst(next.get().name());
                return further;
            }
        }
        return Optional.empty();
    }
}
