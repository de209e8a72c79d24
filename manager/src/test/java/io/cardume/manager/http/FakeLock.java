package io.cardume.manager.http;

import java.time.Duration;
import java.util.Optional;

/** A lock that is kept nowhere: the number of its unlock key, and which one counts. */
final class FakeLock implements Locking {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private int unlock;
    private boolean on;
    private int data = 1;
    private String shown = "";

    @Override
    public synchronized boolean autolocks() {
        return on;
    }

    @Override
    public synchronized Optional<String> unlockKey() {
        return on ? Optional.of("SWMKEY-1-" + unlock) : Optional.empty();
    }

    @Override
    public synchronized void shown(String key) {
        shown = key;
        notifyAll();
    }

    @Override
    public synchronized void autolock(boolean lock) {
        if (lock && !on) unlock++;
        on = lock;
    }

    @Override
    public synchronized void rotate() {
        unlock++;
        data++;
    }

    @Override
    public synchronized void rotateData() {
        data++;
    }

    /** Which data key is the newest. */
    synchronized int dataKey() {
        return data;
    }

    /** The unlock key that was given to a client last. */
    synchronized String lastShown() {
        return shown;
    }

    /** Waits until this key was given to a client, which comes after the answer. */
    synchronized void awaitShown(String key) {
        long end = System.nanoTime() + LIMIT.toNanos();
        try {
            while (!shown.equals(key)) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) throw new AssertionError("\"" + key + "\" is not shown, but \"" + shown + "\"");
                wait(left);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
