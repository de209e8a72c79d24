package io.cardume.agent.probe;

import io.cardume.agent.task.Ran;
import io.cardume.api.GoDuration;
import io.cardume.api.Probe;
import io.cardume.api.TaskId;
import java.util.Optional;

/**
 * Checks by a command in the container. A command that does not end in time cannot be stopped through the engine, so no
 * other is begun while it runs: a check that hangs must not fill its container with processes.
 */
final class CommandCheck implements Check {
    private static final int LONGEST_TARGET = 80;

    private final Commands commands;
    private final TaskId task;
    private final Probe probe;
    private final Probe.Target.Exec exec;
    private Optional<String> unfinished = Optional.empty();

    CommandCheck(Commands commands, TaskId task, Probe probe, Probe.Target.Exec exec) {
        this.commands = commands;
        this.task = task;
        this.probe = probe;
        this.exec = exec;
    }

    @Override
    public Outcome run() {
        try {
            if (unfinished.isPresent()) {
                if (commands.runs(unfinished.get())) return failed("the command of an earlier check still runs");
                unfinished = Optional.empty();
            }
            return switch (commands.run(task, exec.command(), probe.timeout())) {
                case Ran.Ended(int code, _) when code == 0 -> new Outcome.Passed();
                case Ran.Ended(int code, var output) -> failed("exit code " + code + (output.isEmpty() ? "" : ": " + output));
                case Ran.Unfinished(var handle) -> {
                    unfinished = Optional.of(handle);
                    yield failed("no end within " + GoDuration.text(probe.timeout()));
                }
            };
        } catch (Commands.Unanswered e) {
            return new Outcome.Unknown(target() + ": " + e.getMessage());
        } catch (Commands.Refused e) {
            return failed(e.getMessage());
        }
    }

    private Outcome failed(String words) {
        return new Outcome.Failed(target() + ": " + words);
    }

    private String target() {
        var text = probe.target().toString();
        return text.length() <= LONGEST_TARGET ? text : text.substring(0, LONGEST_TARGET) + "…";
    }
}
