package io.cardume.bench.scale;

import io.cardume.api.ContainerStatus;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.TaskReport;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** One task on a node that only says that it runs. Touched under its node's lock. */
final class Run {
    final TaskId task;
    TaskState state = TaskState.PREPARING;
    Instant since;
    /** Whether it may run, not only be prepared. */
    boolean released;
    boolean queued;
    boolean ending;
    /** Whether its state is to be told. */
    boolean news = true;

    Run(TaskId task, Instant now) {
        this.task = task;
        this.since = now;
    }

    void becomes(TaskState next, Instant now) {
        state = next;
        since = now;
        news = true;
    }

    /** In an agent's words. */
    TaskReport report() {
        return new TaskReport(task, switch (state) {
            case PREPARING -> status("preparing", Optional.empty(), false);
            case READY -> status("prepared", Optional.of(container(0, Optional.empty())), false);
            case STARTING -> status("starting", Optional.of(container(0, Optional.empty())), false);
            case RUNNING -> status("started", Optional.of(container(4_242, Optional.empty())), true);
            default -> status("shutdown", Optional.of(container(0, Optional.of(137))), false);
        });
    }

    private TaskStatus status(String message, Optional<ContainerStatus> container, boolean ready) {
        return new TaskStatus(since, state, message, "", container, List.of(), false, 0, ready, "", "");
    }

    /** Ids of containers are 64 digits long, as an engine's are; the same each time. */
    private ContainerStatus container(long pid, Optional<Integer> exitCode) {
        var chance = new SplittableRandom(task.value().hashCode());
        var id = new StringBuilder(64);
        for (int i = 0; i < 4; i++) id.append(HexFormat.of().toHexDigits(chance.nextLong()));
        return new ContainerStatus(id.toString(), pid, exitCode);
    }
}
