package io.cardume.manager.plan;

import java.time.Duration;

/**
 * What the planner is told by whoever runs the manager.
 *
 * @param suspectAfter a node silent for this long takes no new tasks
 * @param downAfter a node silent for this long is down, and its tasks are replaced
 * @param massSilenceHold when more than half of the ready nodes fall silent at once, they count as down only after this
 *     much more silence
 */
public record PlannerSettings(Duration suspectAfter, Duration downAfter, Duration massSilenceHold) {
    /** 3 s, 5 s, 30 s. */
    public static final PlannerSettings DEFAULTS =
            new PlannerSettings(Duration.ofSeconds(3), Duration.ofSeconds(5), Duration.ofSeconds(30));

    public PlannerSettings {
        if (suspectAfter.compareTo(downAfter) > 0)
            throw new IllegalArgumentException(
                    "a node is suspect after " + suspectAfter + ", later than it is down (" + downAfter + ")");
    }
}
