package io.cardume.manager.gate;

import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of requests' bodies that are in work, in all and of one caller. What is made of a body while it is worked on takes several times
 * its bytes, so they are few against the heap. Who wants more waits a little, for most bodies are in work for an instant.
 */
public final class Bodies {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Of all, so much is kept for this host's own processes: others cannot keep its admin out. */
    private static final int KEPT = 4;

    private final long inAll;
    private final long perCaller;
    private final SortedMap<Origin, Long> taken = new TreeMap<>();
    private long used;

    /**
     * @param inAll bytes
     * @param perCaller of these, of one caller; processes of this host by a unix socket may have all, and a quarter is theirs alone
     */
    public Bodies(long inAll, long perCaller) {
        this.inAll = inAll;
        this.perCaller = perCaller;
    }

    /** A body that has no bytes yet. */
    public Body of(Origin origin) {
        return new Body(origin);
    }

    /** One request's, until it is closed. */
    public final class Body implements AutoCloseable {
        private final Origin origin;
        private long own;

        private Body(Origin origin) {
            this.origin = origin;
        }

        /**
         * Takes more bytes, and waits for a moment where there is no room.
         *
         * @throws TooMuch if there is none; says why
         */
        public void take(int bytes) throws TooMuch, InterruptedException {
            synchronized (Bodies.this) {
                long end = System.nanoTime() + PATIENCE.toNanos();
                while (!isRoomFor(bytes)) {
                    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                    if (left <= 0) throw tooMuch(bytes);
                    Bodies.this.wait(left);
                }
                own += bytes;
                used += bytes;
                taken.merge(origin, (long) bytes, Long::sum);
            }
        }

        private boolean isRoomFor(int bytes) {
            return used + bytes <= most() && (origin.isLocal() || ofCaller() + bytes <= perCaller);
        }

        private long most() {
            return origin.isLocal() ? inAll : inAll - inAll / KEPT;
        }

        private long ofCaller() {
            return taken.getOrDefault(origin, 0L);
        }

        private TooMuch tooMuch(int bytes) {
            if (used + bytes > most()) return new TooMuch(false, most() + " bytes of requests' bodies are in work already (" + Limits.Name.API_BODY_BYTES.word() + "), which is the most");
            return new TooMuch(true, origin + " has " + perCaller + " bytes of requests' bodies in work already, which is the most of one caller (half of " + Limits.Name.API_BODY_BYTES.word() + ")");
        }

        /** They are not in work any more. */
        @Override
        public void close() {
            synchronized (Bodies.this) {
                if (own == 0) return;
                used -= own;
                taken.merge(origin, -own, (a, b) -> a + b == 0 ? null : a + b);
                own = 0;
                Bodies.this.notifyAll();
            }
        }
    }

    /** How many bytes are in work. */
    public synchronized long used() {
        return used;
    }

    /** There is no room for more. */
    public static final class TooMuch extends Exception {
        private static final long serialVersionUID = 1;

        private final boolean ofCaller;

        TooMuch(boolean ofCaller, String message) {
            super(message);
            this.ofCaller = ofCaller;
        }

        /** Whether it is the caller who has too much, and not all together. */
        public boolean isOfCaller() {
            return ofCaller;
        }
    }
}
