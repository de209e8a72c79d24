package io.cardume.e2e.soak;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waiting that costs next to nothing: what is waited for is looked at once a second. */
final class Gently {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private Gently() {
    }

    /** Looks until it holds; a look that fails counts as one at which it does not. */
    static void until(String what, Duration limit, Callable<Boolean> holds) {
        String last = "";
        for (long end = System.nanoTime() + limit.toNanos(); System.nanoTime() < end; pause(PAUSE)) {
            try {
                if (holds.call()) return;
                last = "it did not hold";
            } catch (Exception | AssertionError e) {
                last = e.toString();
            }
        }
        throw new AssertionError("not within " + limit.toSeconds() + " s: " + what + "; last: " + last);
    }

    static void pause(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }
}
