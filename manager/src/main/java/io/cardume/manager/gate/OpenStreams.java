package io.cardume.manager.gate;

import java.util.SortedMap;
import java.util.TreeMap;

/** How many streams are open, in all and of each caller. */
public final class OpenStreams {
    private static final int KEPT = 8;

    private final int inAll;
    private final int perCaller;
    private final SortedMap<Origin, Integer> open = new TreeMap<>();
    private int all;

    /**
     * @param inAll as many may be open
     * @param perCaller of these, as many of one caller
     */
    public OpenStreams(int inAll, int perCaller) {
        this.inAll = inAll;
        this.perCaller = perCaller;
    }

    /** A stream that is open until this is closed. */
    public final class Open implements AutoCloseable {
        private final Origin origin;
        private boolean closed;

        private Open(Origin origin) {
            this.origin = origin;
        }

        @Override
        public void close() {
            synchronized (OpenStreams.this) {
                if (closed) return;
                closed = true;
                all--;
                open.merge(origin, -1, (a, b) -> a + b == 0 ? null : a + b);
            }
        }
    }

    /**
     * Opens one more. Those of this host are not counted by themselves.
     *
     * @param command whether it is a command in a container, for which an eighth of the room is kept
     * @throws TooMany if there are as many as there may be; says which limit it is
     */
    public synchronized Open open(Origin origin, boolean command) throws TooMany {
        int room = command ? inAll : inAll - inAll / KEPT;
        if (all >= room) throw new TooMany("there are " + room + " open streams already (" + Limits.Name.API_STREAMS.word()
                + "), which is the most; end some: docker events, docker service logs -f, docker exec, docker stats");
        if (!origin.isLocal() && open.getOrDefault(origin, 0) >= perCaller) throw new TooMany(origin + " has " + perCaller + " open streams already ("
                + Limits.Name.API_STREAMS_PER_CALLER.word() + "), which is the most; end some: docker events, docker service logs -f,"
                + " docker exec, docker stats");
        all++;
        open.merge(origin, 1, Integer::sum);
        return new Open(origin);
    }

    /** How many are open. */
    synchronized int count() {
        return all;
    }

    /** There is no room for one more. */
    public static final class TooMany extends Exception {
        TooMany(String message) {
            super(message);
        }
    }
}
