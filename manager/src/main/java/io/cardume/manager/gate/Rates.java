package io.cardume.manager.gate;

import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** How often each caller asks: so many times a second on the average, and so many times at once. */
public final class Rates {
    private static final double NANOS = 1e9;
    /** Callers that are remembered one by one; if there are more, the new ones share. */
    private static final int REMEMBERED = 10_000;
    private static final Origin OTHERS = new Origin("others");

    private final double perNano;
    private final int atOnce;
    private final LongSupplier nanos;
    private final SortedMap<Origin, Bucket> buckets = new TreeMap<>();

    private static final class Bucket {
        private double tokens;
        private long at;

        Bucket(double tokens, long at) {
            this.tokens = tokens;
            this.at = at;
        }
    }

    /**
     * @param perSecond on the average
     * @param atOnce of a caller that was silent for a while
     * @param nanos the time that passes
     */
    public Rates(int perSecond, int atOnce, LongSupplier nanos) {
        this.perNano = perSecond / NANOS;
        this.atOnce = atOnce;
        this.nanos = nanos;
    }

    /** Counts one request: zero if it is allowed now, else how long it is until the next one is. */
    public Duration take(Origin origin) {
        return take(origin, 1);
    }

    /** The same of something that counts as so many. */
    public synchronized Duration take(Origin origin, int cost) {
        long now = nanos.getAsLong();
        var bucket = buckets.computeIfAbsent(remembered(origin, now), _ -> new Bucket(atOnce, now));
        fill(bucket, now);
        if (bucket.tokens < 1) return Duration.ofNanos(1 + (long) ((1 - bucket.tokens) / perNano));
        bucket.tokens -= cost;
        return Duration.ZERO;
    }

    private Origin remembered(Origin origin, long now) {
        if (buckets.containsKey(origin) || buckets.size() < REMEMBERED) return origin;
        // Who has not asked for a while is as good as forgotten.
        buckets.values().removeIf(bucket -> {
            fill(bucket, now);
            return bucket.tokens >= atOnce;
        });
        return buckets.size() < REMEMBERED ? origin : OTHERS;
    }

    private void fill(Bucket bucket, long now) {
        bucket.tokens = Math.min(atOnce, bucket.tokens + (now - bucket.at) * perNano);
        bucket.at = now;
    }

    /** How many callers are remembered. */
    synchronized int remembered() {
        return buckets.size();
    }
}
