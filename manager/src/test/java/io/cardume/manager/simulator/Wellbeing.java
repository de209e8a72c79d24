package io.cardume.manager.simulator;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartCondition;
import io.cardume.api.StartOrderLabels;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Whether everything is as it was declared, once nothing goes wrong any more. */
final class Wellbeing {
    private static final String NOT_GONE = " is not gone yet";

    private final SimManager manager;
    private final List<SimAgent> agents;

    Wellbeing(SimManager manager, List<SimAgent> agents) {
        this.manager = manager;
        this.agents = agents;
    }

    /** Whether what is amiss is but that a service is remembered for what was lost of it. */
    static boolean isOnlyRemembered(String amiss) {
        return amiss.endsWith(NOT_GONE);
    }

    /** What is not as it was declared, if anything. */
    Optional<String> amiss(Instant now) {
        var state = manager.published();
        if (!state.leaving().isEmpty()) return Optional.of("tasks wait to be left out of tables: " + state.leaving());
        for (Service service : state.services().values()) {
            if (service.removed()) return Optional.of("service " + service.name() + NOT_GONE);
            if (service.isJob()) {
                var wrong = amissInRuns(service, now);
                if (wrong.isPresent()) return wrong;
                continue;
            }
            if (service.isUpdating() && !isHeldUp(service)) return Optional.of("the update of " + service.name() + " has not ended");
            if (service.isGlobal()) {
                var wrong = amissOnNodes(service);
                if (wrong.isPresent()) return wrong;
                continue;
            }
            for (int slot = 1; slot <= highestSlot(service); slot++) {
                var wrong = amiss(service, slot);
                if (wrong.isPresent()) return wrong;
            }
            long live = state.tasksOf(service.id()).stream().filter(Task::isLive).count();
            if (live > service.spec().replicas() && !isHeldUp(service)) return Optional.of(service.name() + " has " + live + " live tasks");
        }
        for (SimAgent agent : agents) {
            for (TaskId id : agent.containers().keySet()) {
                var task = state.task(id);
                if (task.isEmpty()) return Optional.of(agent.node + " keeps a container of forgotten task " + id);
                if (task.get().status().state() == TaskState.ORPHANED)
                    return Optional.of(agent.node + " keeps a container of orphaned task " + id);
            }
            for (TaskId id : agent.running())
                if (state.task(id).get().status().state() != TaskState.RUNNING)
                    return Optional.of(id + " runs on " + agent.node + " and is " + state.task(id).get().status().state());
        }
        return Optional.empty();
    }

    /** Every job completes, or was given up, or waits for a node; one with a schedule runs again and again. */
    private Optional<String> amissInRuns(Service service, Instant now) {
        var job = service.job().orElseThrow();
        if (job.asked()) return Optional.of(service.name() + " was asked to run and does not");
        boolean overdue = job.due().filter(at -> at.isBefore(now.minusSeconds(1))).isPresent();
        if (overdue) return Optional.of(service.name() + " was due at " + job.due());
        boolean waits = manager.published().tasksOf(service.id()).stream().anyMatch(Task::isPending)
                && (mayWait(service) || waitsForAnother(service));
        var goesOn = job.running().stream()
                .filter(run -> job.due().isEmpty() || run.startedAt().plusSeconds(60).isBefore(now))
                .findFirst();
        return waits ? Optional.empty() : goesOn.map(run -> service.name() + " still runs: " + run);
    }

    /** Every node that may take a task of the service has a slot, and that is well. */
    private Optional<String> amissOnNodes(Service service) {
        for (SimAgent agent : agents) {
            var node = manager.published().node(agent.node);
            if (node.isEmpty() || !Constraints.hold(service.spec(), node.get())) continue;
            var tasks = manager.published().tasksOf(service.id()).stream()
                    .filter(task -> task.home().equals(Optional.of(agent.node)) && task.desired() != DesiredState.REMOVE).toList();
            if (tasks.isEmpty()) return Optional.of(service.name() + " has no task for " + agent.node);
            var wrong = amiss(service, tasks.getLast().slot());
            if (wrong.isPresent()) return wrong;
        }
        return Optional.empty();
    }

    private int highestSlot(Service service) {
        return Math.max(service.spec().replicas(), manager.published().slots(service.id()).isEmpty() ? 0
                : manager.published().slots(service.id()).lastKey());
    }

    /** A slot is well if it runs the current revision, says why it waits, or was given up by its restart policy. */
    private Optional<String> amiss(Service service, int slot) {
        var tasks = manager.published().slot(service.id(), slot);
        var where = service.name() + "." + slot;
        if (tasks.isEmpty())
            return countedSlots(service) == service.spec().replicas() ? Optional.empty() : Optional.of(where + " has no task");
        var newest = tasks.stream().filter(Task::isLive).reduce((_, later) -> later).orElse(tasks.getLast());
        if (Users.isOf(Users.BROKEN, service, newest) || Users.isOf(Users.RESTLESS, service, newest)) return Optional.empty();
        if (newest.status().state() == TaskState.RUNNING && newest.isLive()) {
            boolean right = service.template(newest.revision()).containerSpec().image()
                    .equals(service.spec().taskTemplate().containerSpec().image());
            return right || service.isPaused() || isHeldUp(service) ? runs(newest) : Optional.of(where + " runs an old revision");
        }
        if (newest.isPending()) return mayWait(service) || waitsForAnother(service) ? Optional.empty() : Optional.of(where + " waits: " + newest.status().err());
        boolean givenUp = tasks.stream().noneMatch(Task::isLive)
                && tasks.stream().anyMatch(task -> task.status().message().startsWith("not restarted: "));
        if (givenUp && mayGiveUp(service.spec().taskTemplate())) return Optional.empty();
        return Optional.of(where + " is " + newest.status() + ", desired " + newest.desired());
    }

    /** Whether an update waits because a new task finds no node; the old ones run on meanwhile. */
    private boolean isHeldUp(Service service) {
        return service.isUpdating()
                && manager.published().tasksOf(service.id()).stream().anyMatch(Task::isPending);
    }

    /** All services and tasks in lines. */
    String described() {
        var lines = new StringBuilder();
        manager.published().services().values().forEach(service -> {
            lines.append("\n  ").append(service.name()).append(" x").append(service.spec().replicas()).append(" revision ")
                    .append(service.revision()).append(' ').append(service.update().map(Object::toString).orElse(""));
            manager.published().tasksOf(service.id()).forEach(task -> lines.append("\n    slot ").append(task.slot()).append(' ')
                    .append(task.id()).append(" of revision ").append(task.revision()).append(" on ").append(task.node())
                    .append(", ").append(task.desired()).append(", ").append(task.status().state()).append(' ')
                    .append(task.status().message()).append(' ').append(task.status().err()));
        });
        return lines.toString();
    }

    private long countedSlots(Service service) {
        return manager.published().slots(service.id()).keySet().stream()
                .filter(slot -> !manager.published().slot(service.id(), slot).isEmpty()).count();
    }

    private Optional<String> runs(Task task) {
        var agent = agents.stream().filter(a -> task.node().get().equals(a.node)).findFirst().orElseThrow();
        return agent.running().contains(task.id()) ? Optional.empty() : Optional.of(task.id() + " is said to run and does not");
    }

    /** Whether what it starts after is not there: gone, not whole, given up, or of an old revision. */
    private boolean waitsForAnother(Service service) {
        var state = manager.published();
        for (StartOrderLabels.After after : StartOrderLabels.read(service.spec().labels())) {
            var other = state.serviceNamed(after.service());
            if (other.isEmpty() || other.get().isJob() || after.condition() == StartOrderLabels.Condition.COMPLETED) return true;
            long there = state.tasksOf(other.get().id()).stream().filter(task -> task.isRunning() && other.get().isCurrent(task)).count();
            if (there < other.get().spec().replicas()) return true;
        }
        return false;
    }

    private boolean mayWait(Service service) {
        return service.spec().taskTemplate().placement().isPresent() || service.spec().taskTemplate().resources().isPresent()
                || !service.spec().ports().isEmpty() || !manager.published().related().isEmpty();
    }

    private static boolean mayGiveUp(TaskSpec template) {
        var policy = template.restartPolicy();
        return policy.isPresent() && (policy.get().condition().filter(c -> c != RestartCondition.ANY).isPresent()
                || policy.get().maxAttempts().isPresent());
    }
}
