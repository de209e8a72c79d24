package io.cardume.agent.loop;

import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.probe.Commands;
import io.cardume.agent.probe.OpenConnections;
import io.cardume.agent.probe.Prober;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.agent.task.Ran;
import io.cardume.api.ProbeLabels;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/** The checks a service asks for by its labels. */
public final class ProbeChecks implements HealthChecks {
    /** Where a container without an address of its own listens: it shares the host's network. */
    private static final String HOST = "127.0.0.1";

    private final ContainerEngine engine;
    private final Prober prober;

    /** @param engine runs the checks that are commands, and knows the containers' processes */
    public ProbeChecks(ContainerEngine engine, InstantSource clock) {
        this.engine = engine;
        this.prober = new Prober(clock, new InContainers(engine));
    }

    @Override
    public AutoCloseable begin(
            AssignedTask task, Container.Running container, ProbeVerdict presumed, Consumer<ProbeVerdict> verdict) {
        return switch (ProbeLabels.parse(task.serviceLabels())) {
            case ProbeLabels.Reading.Valid(var checks) when checks.isEmpty() -> () -> {};
            case ProbeLabels.Reading.Valid(var checks) -> {
                var address = container.addresses().stream().findFirst().orElse(HOST);
                yield prober.begin(new Prober.Subject(task.id(), address, container.startedAt()), checks, presumed, verdict);
            }
            case ProbeLabels.Reading.Invalid(var problems) -> {
                // Refused at the manager's door; if one comes through, a task that waits for ever would be worse.
                var failed = presumed.failed("the labels of its checks cannot be read: " + problems);
                Thread.ofVirtual().start(() -> verdict.accept(failed));
                yield () -> {};
            }
        };
    }

    @Override
    public Connected connected(Container.Running container) {
        return engine.process(container)
                .map(process -> OpenConnections.of(process) > 0 ? Connected.SOMEBODY : Connected.NOBODY)
                .orElse(Connected.UNSEEN);
    }

    private record InContainers(ContainerEngine engine) implements Commands {
        @Override
        public Ran run(TaskId task, List<String> command, Duration limit) throws Unanswered, Refused {
            try {
                return engine.run(task, command, limit);
            } catch (EngineException e) {
                if (e.kind() == EngineException.Kind.REFUSED) throw new Refused(e.getMessage(), e);
                throw new Unanswered(e.getMessage(), e);
            }
        }

        @Override
        public boolean runs(String handle) throws Unanswered {
            try {
                return engine.runs(handle);
            } catch (EngineException e) {
                throw new Unanswered(e.getMessage(), e);
            }
        }
    }
}
