package io.cardume.agent.task;

import io.cardume.api.Copies;
import java.util.Optional;

/**
 * What the agent's own checks of a container have found.
 *
 * @param started whether it has come up: the startup check passed, or there is none
 * @param ready whether it may be sent requests as far as checks say: the readiness check passes, or there is none
 * @param failed why it should be replaced: its startup or liveness check failed for good, in words
 * @param words what checks that did not pass the last time found; "" when all passed
 */
public record ProbeVerdict(boolean started, boolean ready, Optional<String> failed, String words) {
    public ProbeVerdict {
        words = Copies.text(words);
    }

    /** Nothing is known against it. */
    public static ProbeVerdict of(boolean started, boolean ready) {
        return new ProbeVerdict(started, ready, Optional.empty(), "");
    }

    /** It should be replaced; what the last check found. */
    public ProbeVerdict failed(String why) {
        return new ProbeVerdict(started, ready, Optional.of(why), why);
    }
}
