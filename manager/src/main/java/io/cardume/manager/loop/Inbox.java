package io.cardume.manager.loop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What waits for the loop. Users and agents have places of their own, and a turn takes no more than so many of each: however much
 * the ones ask, the others have their turn. A user who finds no place is told so; an agent waits for one.
 */
final class Inbox<T> {
    /** How often who waits for a place looks whether it is still wanted; it gives its place in the row up for that. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final BlockingQueue<T> users;
    private final BlockingQueue<T> agents;
    private final int atOnce;
    private final Semaphore news = new Semaphore(0);
    private volatile boolean closed;

    /**
     * @param places how many may wait, of users and of agents
     * @param atOnce how many of each a turn takes
     */
    Inbox(int places, int atOnce) {
        this.users = new ArrayBlockingQueue<>(places);
        this.agents = new ArrayBlockingQueue<>(places, true);
        this.atOnce = atOnce;
    }

    /** Adds something of a user's; false if there is no place, or it is closed. */
    boolean offer(T ofUser) {
        boolean taken = !closed && users.offer(ofUser);
        if (taken) tell();
        return taken;
    }

    /**
     * Adds something of an agent's when there is a place; not to be called by who takes.
     *
     * @param isGone whether the agent has gone meanwhile
     * @return false if it was not added, because it is closed or the agent has gone
     */
    boolean put(T ofAgent, BooleanSupplier isGone) throws InterruptedException {
        while (!closed && !isGone.getAsBoolean()) {
            if (!agents.offer(ofAgent, LOOK.toNanos(), TimeUnit.NANOSECONDS)) continue;
            tell();
            return true;
        }
        return false;
    }

    private void tell() {
        if (news.availablePermits() == 0) news.release();
    }

    /** What waits, users' first, as much of it as a turn takes; nothing if nothing comes for so long. */
    List<T> take(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        while (users.isEmpty() && agents.isEmpty() && !closed)
            if (!news.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) break;
        news.drainPermits();
        var taken = new ArrayList<T>();
        users.drainTo(taken, atOnce);
        agents.drainTo(taken, atOnce);
        return taken;
    }

    /** Takes nothing more; whoever takes does not wait any more. */
    void close() {
        closed = true;
        news.release();
    }

    /** All that waits, and what comes in beside the closing: to be asked by whoever finds it closed after adding something. */
    List<T> left() {
        var left = new ArrayList<T>();
        users.drainTo(left);
        agents.drainTo(left);
        return left;
    }
}
