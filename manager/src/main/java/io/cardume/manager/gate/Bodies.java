package io.cardume.manager.gate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of requests' bodies that are in work, in all and of one caller. What is made of a body while it is worked on takes several times
 * its bytes, so they are few against the heap. Who wants more waits a little, for most bodies are in work for an instant; and where there
 * is still no room a body gives way that does not come to its end: of the caller who has most, the one that has been coming for longest,
 * and where it is the caller's own share that is full, its own, after ten times as long.
 */
public final class Bodies {
    /** Of all, so much is kept for this host's own processes: others cannot keep its admin out. */
    private static final int KEPT = 4;
    /** Several of one caller that come slowly are let come for so many turns, or none of them ever would. */
    private static final int OWN_TURNS = 10;
    /** What a client is told. */
    public static final String GAVE_WAY = "this request's body came too slowly, and there was no room for others' (" + Limits.Name.API_BODY_BYTES.word() + ")";
    private static final Duration LOOK = Duration.ofMillis(250);

    private final long inAll;
    private final long perCaller;
    private final Duration turn;
    private final Duration patience;
    private final SortedMap<Origin, Caller> callers = new TreeMap<>();
    private long used;

    /** The bodies of one caller, and their bytes. */
    private static final class Caller {
        private final List<Body> bodies = new ArrayList<>();
        private long bytes;
        /** Of these, those of bodies that have been told to give way and have not ended yet. */
        private long leaving;

        long staying() {
            return bytes - leaving;
        }
    }

    /**
     * @param inAll bytes
     * @param perCaller of these, of one caller; processes of this host by a unix socket may have all, and a quarter is theirs alone
     * @param turn for so long a body may come, also where others wait for room
     * @param patience for so long they wait
     */
    public Bodies(long inAll, long perCaller, Duration turn, Duration patience) {
        this.inAll = inAll;
        this.perCaller = perCaller;
        this.turn = turn;
        this.patience = patience;
    }

    /**
     * A body that has no bytes yet, and comes from now on.
     *
     * @param end ends what it comes by, so that who reads it does not wait for more; called by a thread of its own
     */
    public Body of(Origin origin, Runnable end) {
        return new Body(origin, end);
    }

    /** One request's, until it is closed. */
    public final class Body implements AutoCloseable {
        private final Origin origin;
        private final Runnable end;
        private final long since = System.nanoTime();
        private long own;
        private boolean coming = true;
        private boolean leaving;

        private Body(Origin origin, Runnable end) {
            this.origin = origin;
            this.end = end;
        }

        /**
         * Takes more bytes, and waits for a moment where there is no room.
         *
         * @throws TooMuch if there is none, or this body has to give way; says why
         */
        public void take(int bytes) throws TooMuch, InterruptedException {
            synchronized (Bodies.this) {
                long begun = System.nanoTime();
                while (!isRoomFor(bytes)) {
                    orGivesWay();
                    long waited = System.nanoTime() - begun;
                    if (waited >= patience.toNanos()) throw tooMuch(bytes);
                    makeRoom(bytes);
                    // Whose turn ends meanwhile is looked for again.
                    TimeUnit.NANOSECONDS.timedWait(Bodies.this, Math.min(patience.toNanos() - waited, LOOK.toNanos()));
                }
                orGivesWay();
                add(bytes);
            }
        }

        /** Whether it has to give way. */
        public boolean leaves() {
            synchronized (Bodies.this) {
                return leaving;
            }
        }

        /**
         * All of it has come: it gives way no more.
         *
         * @throws TooMuch if it had to before
         */
        public void whole() throws TooMuch {
            synchronized (Bodies.this) {
                orGivesWay();
                coming = false;
            }
        }

        private void orGivesWay() throws TooMuch {
            if (leaving) throw new TooMuch(TooMuch.Of.WAITING, GAVE_WAY);
        }

        private boolean isRoomFor(int bytes) {
            return used + bytes <= most() && ofCaller() + bytes <= mostOfCaller();
        }

        private long most() {
            return origin.isLocal() ? inAll : inAll - inAll / KEPT;
        }

        private long mostOfCaller() {
            return origin.isLocal() ? inAll : perCaller;
        }

        private long ofCaller() {
            var caller = callers.get(origin);
            return caller == null ? 0 : caller.bytes;
        }

        /** Has bodies give way until there will be room; none of a caller who has no more than this one would have, and this one's own later. */
        private void makeRoom(int bytes) {
            // One time for all: between two looks somebody's turn may end, and who came later leave first.
            long now = System.nanoTime();
            long mine = ofCaller() + bytes;
            var own = Optional.ofNullable(callers.get(origin));
            while (mine - own.map(caller -> caller.leaving).orElse(0L) > mostOfCaller()) {
                var late = own.flatMap(caller -> late(caller, turn.multipliedBy(OWN_TURNS), now));
                if (late.isEmpty()) return;
                late.get().leave();
            }
            while (used + bytes - callers.values().stream().mapToLong(caller -> caller.leaving).sum() > most()) {
                var late = callers.entrySet().stream().filter(other -> !other.getKey().isLocal() && other.getValue().staying() > mine)
                        .sorted(Comparator.comparingLong(other -> -other.getValue().staying()))
                        .flatMap(other -> late(other.getValue(), turn, now).stream()).findFirst();
                if (late.isEmpty()) return;
                late.get().leave();
            }
        }

        private Optional<Body> late(Caller caller, Duration after, long now) {
            return caller.bodies.stream().filter(body -> body != this && body.coming && !body.leaving && now - body.since >= after.toNanos())
                    .min(Comparator.comparingLong(body -> body.since - now));
        }

        private void leave() {
            leaving = true;
            callers.get(origin).leaving += own;
            Thread.ofVirtual().name("body").start(end);
        }

        private void add(int bytes) {
            if (bytes == 0) return;
            var caller = callers.computeIfAbsent(origin, _ -> new Caller());
            if (own == 0) caller.bodies.add(this);
            own += bytes;
            caller.bytes += bytes;
            used += bytes;
        }

        private TooMuch tooMuch(int bytes) {
            if (ofCaller() + bytes > mostOfCaller())
                return new TooMuch(TooMuch.Of.CALLER, origin + " has " + perCaller + " bytes of requests' bodies in work already, which is the most of one caller (half of " + Limits.Name.API_BODY_BYTES.word() + ")");
            return new TooMuch(TooMuch.Of.ALL, most() + " bytes of requests' bodies are in work already (" + Limits.Name.API_BODY_BYTES.word() + "), which is the most");
        }

        /** They are not in work any more. */
        @Override
        public void close() {
            synchronized (Bodies.this) {
                coming = false;
                if (own == 0) return;
                var caller = callers.get(origin);
                caller.bodies.remove(this);
                caller.bytes -= own;
                if (leaving) caller.leaving -= own;
                if (caller.bodies.isEmpty()) callers.remove(origin);
                used -= own;
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

        /** What is too much. */
        public enum Of {
            /** What all have together. */
            ALL,
            /** What this caller has. */
            CALLER,
            /** What waits for its client, so that this one gives way. */
            WAITING
        }

        private final Of of;

        TooMuch(Of of, String message) {
            super(message);
            this.of = of;
        }

        /** What is too much. */
        public Of of() {
            return of;
        }
    }
}
