package io.cardume.agent.loop;

import io.cardume.agent.task.Container;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins the checks of containers that run as they should, each run of a container anew, and ends them with it. */
final class Checking {
    private static final Logger LOG = LoggerFactory.getLogger(Checking.class);

    private final HealthChecks checks;
    private final Inbox inbox;

    Checking(HealthChecks checks, Inbox inbox) {
        this.checks = checks;
        this.inbox = inbox;
    }

    /** Begins or ends the checks of a task's container, as is due. */
    void follow(Kept kept) {
        Optional<News.Check> wanted = kept.assigned.isPresent() && kept.observed instanceof Container.Running running
                        && kept.memory.verdict().isEmpty()
                ? Optional.of(new News.Check(running.id(), running.startedAt(), kept.assigned.get().serviceLabels()))
                : Optional.empty();
        if (wanted.equals(kept.check)) return;
        end(kept);
        kept.checking = () -> {};
        kept.check = wanted;
        if (wanted.isEmpty()) return;
        var presumed = kept.wanted().presumed();
        kept.memory = kept.memory.probed(Optional.empty());
        var run = wanted.get();
        kept.checking = checks.begin(kept.assigned.orElseThrow(), (Container.Running) kept.observed, presumed,
                verdict -> inbox.put(new News.Probed(kept.task, run, verdict)));
    }

    /** Ends the checks of a task's container. */
    void end(Kept kept) {
        try {
            kept.checking.close();
        } catch (Exception e) {
            LOG.debug("closing failed", e);
        }
    }
}
