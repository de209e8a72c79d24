package io.cardume.manager.gate;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one port: no more than there may be in all and of one caller, and none that keeps the manager waiting for
 * too long. When there are as many as there may be, the one that waits longest for its client gives way to a new one; so
 * whoever opens many and says nothing takes no room from those who do. If none waits for its client, the new one is told that
 * there is no room.
 */
public final class Gate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
    private static final Duration A_WHILE = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration LOG_AGAIN = Duration.ofMinutes(1);
    /** Connections beyond the limit that are told so; what is more is closed without a word. */
    private static final int SURPLUS = 64;

    private final String port;
    private final int inAll;
    private final int perCaller;
    private final Patience patience;
    private final SortedMap<Origin, Set<Visit>> visits = new TreeMap<>();
    private final Thread watch;
    private int count;
    private int surplus;
    private long loggedNanos = System.nanoTime() - LOG_AGAIN.toNanos();
    private long gaveWay;
    private long turnedAway;
    private long cutOff;
    private volatile boolean closed;

    /**
     * @param port what it is called in the log
     * @param inAll as many connections may be open
     * @param perCaller of these, as many of one caller
     * @param patience how long they may keep the manager waiting
     */
    public Gate(String port, int inAll, int perCaller, Patience patience) {
        this.port = port;
        this.inAll = inAll;
        this.perCaller = perCaller;
        this.patience = patience;
        this.watch = Thread.ofVirtual().name("gate of " + port).start(this::watch);
    }

    /** How long those who come may keep the manager waiting. */
    public Patience patience() {
        return patience;
    }

    /** Someone comes; false if there is not even room to say that there is no room. */
    boolean enter(Visit visit) {
        Optional<Visit> leaves = Optional.empty();
        synchronized (this) {
            var own = visits.getOrDefault(visit.origin(), Set.of());
            if (own.size() >= most(visit.origin()) || count >= inAll) {
                forgetClosed();
                own = visits.getOrDefault(visit.origin(), Set.of());
                if (own.size() >= most(visit.origin())) leaves = longestWaiting(own);
                else if (count >= inAll) leaves = visits.values().stream().sorted(Comparator.<Set<Visit>>comparingInt(Set::size).reversed())
                        .flatMap(all -> longestWaiting(all).stream()).findFirst();
                boolean full = own.size() >= most(visit.origin()) || count >= inAll;
                if (leaves.isPresent()) {
                    gaveWay++;
                    remove(leaves.get());
                } else if (full && surplus >= SURPLUS) {
                    turnedAway++;
                    return false;
                } else if (full) {
                    turnedAway++;
                    surplus++;
                    visit.surplus();
                }
            }
            visits.computeIfAbsent(visit.origin(), _ -> new HashSet<>()).add(visit);
            count++;
        }
        leaves.ifPresent(old -> old.endPoint().close());
        return true;
    }

    /** Those of this host are not fewer than all. */
    private int most(Origin origin) {
        return origin.isLocal() ? inAll : perCaller;
    }

    /** Of those who have waited for a while, one that has never said anything whole comes first; who has just come, last. */
    private static Optional<Visit> longestWaiting(Collection<Visit> among) {
        long now = System.nanoTime();
        return among.stream().filter(visit -> visit.phase().compareTo(Visit.Phase.WORK) < 0 && !visit.isSurplus())
                .min(Comparator.<Visit>comparingInt(visit -> now - visit.since() > A_WHILE.toNanos() ? visit.phase().ordinal() : Visit.Phase.WORK.ordinal())
                        .thenComparingLong(Visit::since));
    }

    /** A connection is closed. */
    synchronized void leave(Visit visit) {
        remove(visit);
    }

    private void remove(Visit visit) {
        var own = visits.get(visit.origin());
        if (own == null || !own.remove(visit)) return;
        if (own.isEmpty()) visits.remove(visit.origin());
        count--;
        if (visit.isSurplus()) surplus--;
    }

    /** Connections that went over to another protocol do not say when they end. */
    private void forgetClosed() {
        all().stream().filter(visit -> !visit.isOpen() || visit.isKnown()).forEach(this::remove);
    }

    private List<Visit> all() {
        return visits.values().stream().flatMap(Set::stream).toList();
    }

    private void watch() {
        try {
            while (!closed) {
                Thread.sleep(LOOK);
                look();
            }
        } catch (InterruptedException e) {
            LOG.debug("the gate of {} is not watched any more", port);
        }
    }

    /** Cuts off who is too slow. */
    private void look() {
        List<Visit> late;
        long now = System.nanoTime();
        synchronized (this) {
            forgetClosed();
            late = all().stream().filter(visit -> visit.isLate(patience, now)).toList();
            late.forEach(this::remove);
            cutOff += late.size();
            log(now);
        }
        late.forEach(this::cut);
    }

    private void log(long now) {
        if (gaveWay + turnedAway + cutOff == 0 || now - loggedNanos < LOG_AGAIN.toNanos()) return;
        LOG.warn("{}: {} connections open; {} were cut off because they were too slow, {} gave way to new ones while they waited for"
                + " their client, {} were turned away", port, count, cutOff, gaveWay, turnedAway);
        loggedNanos = now;
        gaveWay = 0;
        turnedAway = 0;
        cutOff = 0;
    }

    /** Where no answer was begun, a client that still listens is told why. */
    private void cut(Visit visit) {
        if (visit.phase() != Visit.Phase.HEAD) {
            visit.endPoint().close();
            return;
        }
        visit.end("408 Request Timeout", "the request's head did not come within " + patience.head().toSeconds() + " s");
    }

    /** How many connections there are. */
    public synchronized int count() {
        forgetClosed();
        return count;
    }

    @Override
    public void close() {
        closed = true;
        watch.interrupt();
    }
}
