package io.cardume.agent.loop;

import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;

/**
 * Tells the manager what is new of the tasks: the first at once, what follows close upon it together. What is only on its way
 * waits a little for what it leads to, for each message is a turn of the manager's and a write to its disk.
 */
final class Reports {
    private final Picture picture;
    private final Sight sight;
    private final Outbox outbox;
    private final LoopSettings settings;
    private Instant toldAt = Instant.EPOCH;
    /** Since when there is something to tell. */
    private Optional<Instant> newSince = Optional.empty();

    Reports(Picture picture, Sight sight, Outbox outbox, LoopSettings settings) {
        this.picture = picture;
        this.sight = sight;
        this.outbox = outbox;
        this.settings = settings;
    }

    /** What was put off to a time that is far away now is done at once. */
    void clockSetBack() {
        toldAt = Instant.EPOCH;
        newSince = Optional.empty();
    }

    /** Tells what may be told now; when to ask again. */
    Optional<Instant> tell(Instant now) {
        if (!picture.connected || !picture.whole || !sight.surveyed()) return Optional.empty();
        var reports = new ArrayList<TaskReport>();
        for (Kept kept : picture.tasks.values()) {
            if (kept.status.isEmpty() || !sight.watches(kept.cluster)) continue;
            if (picture.tellAll || !kept.told.equals(kept.status)) reports.add(new TaskReport(kept.task, kept.status.get()));
        }
        if (reports.isEmpty() && !picture.tellAll) {
            newSince = Optional.empty();
            return Optional.empty();
        }
        if (newSince.isEmpty()) newSince = Optional.of(now);
        var together = toldAt.plus(settings.gather());
        var waited = newSince.get().plus(settings.passing());
        var notBefore = waited.isAfter(together) && reports.stream().allMatch(Reports::isPassing) ? waited : together;
        if (notBefore.isAfter(now) && !picture.tellAll) return Optional.of(notBefore);
        if (!outbox.say(new FromAgent.Statuses(picture.generation(), picture.tellAll, reports))) {
            return Optional.of(now.plusMillis(100)); // the connection is about to end, or has
        }
        picture.tellAll = false;
        toldAt = now;
        newSince = Optional.empty();
        reports.forEach(report -> picture.kept(report.task()).ifPresent(kept -> kept.told = Optional.of(report.status())));
        return Optional.empty();
    }

    /** Whether it is only on its way, and well. */
    private static boolean isPassing(TaskReport report) {
        var status = report.status();
        return switch (status.state()) {
            case PREPARING, STARTING -> status.err().isEmpty();
            default -> false;
        };
    }

    /** Whether the manager knows all there is to say, or is not near enough to be told. */
    boolean allTold() {
        return !picture.connected || !picture.whole || picture.tasks.values().stream()
                .filter(kept -> sight.watches(kept.cluster))
                .allMatch(kept -> kept.told.equals(kept.status));
    }
}
