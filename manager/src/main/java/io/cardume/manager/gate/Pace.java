package io.cardume.manager.gate;

import java.util.concurrent.TimeUnit;

/** How fast one who talks is listened to: the average of many messages, and of their bytes. */
public final class Pace {
    /** So many bytes count as one message. */
    private static final int BYTES = 10_000;
    private static final Origin WHOEVER = new Origin("");

    private final Rates rates;

    /**
     * @param perSecond messages in a second, on the average
     * @param atOnce messages of one who was silent for a while
     */
    public Pace(int perSecond, int atOnce) {
        this.rates = new Rates(perSecond, atOnce, System::nanoTime);
    }

    /** Waits until one more message may be listened to. */
    public void await(int bytes) throws InterruptedException {
        int cost = 1 + bytes / BYTES;
        for (var wait = rates.take(WHOEVER, cost); !wait.isZero(); wait = rates.take(WHOEVER, cost)) TimeUnit.NANOSECONDS.sleep(wait.toNanos());
    }
}
