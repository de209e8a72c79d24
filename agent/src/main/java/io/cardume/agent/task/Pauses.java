package io.cardume.agent.task;

import java.time.Duration;

/** Pauses that double until they are long enough. */
final class Pauses {
    private Pauses() {}

    /** {@code first}, doubled {@code times} times, but never longer than {@code longest}. */
    static Duration doubled(Duration first, int times, Duration longest) {
        var pause = first.multipliedBy(1L << Math.min(times, 20));
        return pause.compareTo(longest) > 0 ? longest : pause;
    }
}
