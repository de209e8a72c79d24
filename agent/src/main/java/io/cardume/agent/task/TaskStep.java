package io.cardume.agent.task;

import io.cardume.api.ContainerStatus;
import io.cardume.api.DesiredState;
import io.cardume.api.PortConfig;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The whole of the agent's judgement: from what is wanted of a task, what the engine shows of its container and what is
 * remembered, the next action and the status to tell. The same question asked twice has the same answer.
 */
public final class TaskStep {
    /** What the engine's own health check is quoted with, as Swarm does. */
    private static final String UNHEALTHY = "dockerexec: unhealthy container";

    private final Wanted wanted;
    private final Container observed;
    private final TaskMemory memory;
    private final Instant now;

    private TaskStep(Wanted wanted, Container observed, TaskMemory memory, Instant now) {
        this.wanted = wanted;
        this.observed = observed;
        this.memory = memory.saw(observed);
        this.now = now;
    }

    /** What follows for a task now. While an action is underway none is given, but the status may change. */
    public static Step next(Wanted wanted, Container observed, TaskMemory memory, Instant now) {
        return new TaskStep(wanted, observed, memory, now).next();
    }

    private Step next() {
        var again = InPlace.of(wanted, observed, memory);
        if (again.isPresent()) {
            var when = again.get().notBefore();
            var status = says(TaskState.STARTING, "restarting in place, no manager can be reached", memory.trouble().words());
            return when.isAfter(now)
                    ? new Step(Optional.empty(), status, Optional.of(when))
                    : gives(new Action.Restart(again.get().inARow()), status);
        }
        if (memory.verdict().isPresent()) return dead(memory.verdict().get());
        return switch (wanted.desired()) {
            case READY, RUNNING -> toRun();
            case SHUTDOWN, REMOVE -> toEnd();
        };
    }

    private Step toRun() {
        return switch (observed) {
            case Container.Absent() -> toPrepare();
            case Container.Created _ -> toStart();
            case Container.Running running -> toStayHealthy(running);
            case Container.Exited exited -> starting() ? stays(TaskState.STARTING, "starting") : dead(verdict(exited));
        };
    }

    private Step toPrepare() {
        if (starting()) return stays(TaskState.STARTING, "starting");
        if (memory.existed()) return dead(says(TaskState.FAILED, "started", "container was removed"));
        if (memory.refusal() instanceof TaskMemory.Refusal.Unprepared(var words)) {
            return dead(says(TaskState.REJECTED, "preparing", words));
        }
        var status = says(TaskState.PREPARING, preparing(), memory.trouble().words());
        return gives(memory.pulled() ? new Action.Create() : new Action.Pull(wanted.image()), status);
    }

    private String preparing() {
        return memory.underway().orElse(null) instanceof Action.Pull(_, var news) && !news.isEmpty() ? news : "preparing";
    }

    private Step toStart() {
        if (memory.refusal() instanceof TaskMemory.Refusal.Unstarted(var words)) {
            return dead(says(TaskState.FAILED, "starting", "starting container failed: " + words));
        }
        if (starting()) return stays(TaskState.STARTING, "starting");
        if (wanted.desired() == DesiredState.READY) return stays(TaskState.READY, "prepared");
        if (!wanted.portsFree()) return stays(TaskState.READY, "waiting for a host port that an ended task still holds");
        return gives(new Action.Start(), says(TaskState.STARTING, "starting", memory.trouble().words()));
    }

    private Step toStayHealthy(Container.Running running) {
        var status = alive(running);
        if (memory.unhealthy().isPresent()) return gives(new Action.Stop(memory.unhealthy()), status);
        var unwell = unwell(running);
        if (unwell.isPresent() && mayHeal(status)) return gives(new Action.Stop(unwell), status);
        return new Step(Optional.empty(), status, Optional.empty());
    }

    /** Why it should be replaced: the engine's health check or the agent's own failed for good. */
    private Optional<String> unwell(Container.Running running) {
        return running.health() == Container.Health.UNHEALTHY
                ? Optional.of(UNHEALTHY)
                : checked().failed().map(words -> "unhealthy container: " + words);
    }

    /** What never came up serves nobody and may go at once; of what runs the manager knows how many others do. */
    private boolean mayHeal(TaskStatus status) {
        return switch (wanted.healing()) {
            case ALLOWED -> true;
            case ASKS -> wanted.offline() || status.state() != TaskState.RUNNING;
            case ONLY_ASKS -> status.state() != TaskState.RUNNING;
        };
    }

    private ProbeVerdict checked() {
        return memory.probe().orElse(wanted.presumed());
    }

    private Step toEnd() {
        return switch (observed) {
            // A start that is underway may still succeed: saying it is over would let a successor run beside it.
            case Container.Absent _, Container.Created _, Container.Exited _ when starting() ->
                stays(TaskState.STARTING, "starting");
            case Container.Absent _, Container.Created _, Container.Exited _ ->
                dead(says(TaskState.SHUTDOWN, "shutdown", ""));
            case Container.Running running -> gives(waitsForOthers() ? new Action.Drain(wanted.drain()) : new Action.Stop(Optional.empty()), alive(running));
        };
    }

    /** Nobody new is led to it any more; those who are connected may come to their end. */
    private boolean waitsForOthers() {
        return wanted.drain().isPositive() && !memory.drained();
    }

    /** What is over stays over; what runs in spite of it is stopped. */
    private Step dead(TaskStatus verdict) {
        return switch (observed) {
            case Container.Running _ -> gives(new Action.Stop(Optional.empty()), verdict);
            case Container.Created _, Container.Exited _ when wanted.desired() == DesiredState.REMOVE ->
                gives(new Action.Remove(), verdict);
            case Container.Absent _, Container.Created _, Container.Exited _ ->
                new Step(Optional.empty(), verdict, Optional.empty());
        };
    }

    private TaskStatus alive(Container.Running running) {
        boolean proven = checked().started()
                && (running.health() == Container.Health.NONE || running.health() == Container.Health.HEALTHY);
        boolean wasRunning = memory.said().filter(s -> s.state() == TaskState.RUNNING).isPresent();
        // What an agent before this one left running had come up then, or it would have been stopped.
        boolean adopted = memory.said().isEmpty() && running.health() == Container.Health.UNHEALTHY && checked().started();
        var status = wasRunning || adopted || proven
                ? says(TaskState.RUNNING, "started", memory.trouble().words())
                : says(TaskState.STARTING, "starting", memory.trouble().words());
        boolean runs = status.state() == TaskState.RUNNING;
        var unwell = memory.unhealthy().or(() -> unwell(running)).filter(_ -> runs).orElse("");
        return kept(status.checked(runs && checked().ready(), checked().words(), unwell));
    }

    private TaskStatus verdict(Container.Exited exited) {
        if (memory.refusal() instanceof TaskMemory.Refusal.Unstarted(var words)) {
            return says(TaskState.FAILED, "starting", "starting container failed: " + words);
        }
        if (exited.exitCode() == 0 && memory.unhealthy().isEmpty()) return says(TaskState.COMPLETE, "finished", "");
        String cause = memory.unhealthy()
                .or(() -> exited.oomKilled() ? Optional.of("out of memory, killed by the kernel") : Optional.empty())
                .or(() -> Optional.of(exited.error()).filter(e -> !e.isEmpty()))
                .map(words -> ": " + words)
                .orElse("");
        String exit = (exited.exitCode() == 0 ? "task: exit (" : "task: non-zero exit (") + exited.exitCode() + ")";
        return says(TaskState.FAILED, "started", exit + cause);
    }

    private boolean starting() {
        return memory.underway().filter(a -> a instanceof Action.Start || a instanceof Action.Restart).isPresent();
    }

    private Step stays(TaskState state, String message) {
        return new Step(Optional.empty(), says(state, message, memory.trouble().words()), Optional.empty());
    }

    private Step gives(Action action, TaskStatus status) {
        if (memory.underway().isPresent()) return new Step(Optional.empty(), status, Optional.empty());
        var later = memory.trouble().notBefore().filter(now::isBefore);
        return new Step(later.isPresent() ? Optional.empty() : Optional.of(action), status, later);
    }

    /** A status said now, of a task that takes no requests. */
    private TaskStatus says(TaskState state, String message, String err) {
        var container = switch (observed) {
            case Container.Absent() ->
                memory.said().flatMap(TaskStatus::container).map(c -> new ContainerStatus(c.containerId(), 0, c.exitCode()));
            case Container.Created(var id) -> Optional.of(new ContainerStatus(id, 0, Optional.empty()));
            case Container.Running running ->
                Optional.of(new ContainerStatus(running.id(), running.pid(), Optional.empty()));
            case Container.Exited exited ->
                Optional.of(new ContainerStatus(exited.id(), 0, Optional.of(exited.exitCode())));
        };
        List<PortConfig> ports = observed instanceof Container.Running running ? running.ports() : List.of();
        boolean oom = observed instanceof Container.Exited exited && exited.oomKilled();
        return kept(new TaskStatus(now, state, message, err, container, ports, oom, memory.restarts().total(), false,
                "", ""));
    }

    /** A status, or what was said before if that is the same: the moment it was said first is kept. */
    private TaskStatus kept(TaskStatus status) {
        return memory.said().filter(status::saysTheSameAs).orElse(status);
    }
}
