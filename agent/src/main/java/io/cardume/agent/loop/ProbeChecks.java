package io.cardume.agent.loop;

import io.cardume.agent.probe.Prober;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.Probe;
import io.cardume.api.ProbeLabels;
import io.cardume.api.link.AssignedTask;
import java.util.function.Consumer;

/** The checks a service asks for by its labels. */
public final class ProbeChecks implements HealthChecks {
    /** Where a container without an address of its own listens: it shares the host's network. */
    private static final String HOST = "127.0.0.1";

    private final Prober prober;

    public ProbeChecks(Prober prober) {
        this.prober = prober;
    }

    @Override
    public AutoCloseable begin(AssignedTask task, Container.Running container, Consumer<ProbeVerdict> verdict) {
        return switch (ProbeLabels.parse(task.serviceLabels())) {
            case ProbeLabels.Reading.Valid(var probe) when probe.isPresent() -> begin(probe.get(), container, verdict);
            case ProbeLabels.Reading.Valid _ -> () -> {};
            case ProbeLabels.Reading.Invalid(var problems) -> {
                // Refused at the manager's door; if one comes through, a task that waits for ever would be worse.
                var failed = new ProbeVerdict.Failed("the probe's labels cannot be read: " + problems);
                Thread.ofVirtual().start(() -> verdict.accept(failed));
                yield () -> {};
            }
        };
    }

    private AutoCloseable begin(Probe probe, Container.Running container, Consumer<ProbeVerdict> verdict) {
        var address = container.addresses().stream().findFirst().orElse(HOST);
        return prober.begin(probe, address, container.startedAt(), new Prober.Verdicts() {
            @Override
            public void healthy() {
                verdict.accept(new ProbeVerdict.Healthy());
            }

            @Override
            public void failed(String words) {
                verdict.accept(new ProbeVerdict.Failed(words));
            }
        });
    }
}
