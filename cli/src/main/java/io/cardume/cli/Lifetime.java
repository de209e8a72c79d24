package io.cardume.cli;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of what a command started: until SIGTERM or SIGINT. What was added last is closed first; then the process
 * ends with exit code 0, for being stopped is no failure.
 */
final class Lifetime implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lifetime.class);
    /** Longer than the agent takes at most to stop containers when it drains. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(150);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean over;

    Lifetime() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::signalled, "stop"));
    }

    /** Adds a part that runs; it is closed at once if the end has already begun. */
    <P extends AutoCloseable> P add(P part) {
        synchronized (this) {
            if (!over) {
                parts.push(part);
                return part;
            }
        }
        close(part);
        return part;
    }

    /**
     * Waits for a signal, which ends the process, or for one of the parts to break.
     *
     * @param failures each completes with what its part broke of
     * @throws IllegalStateException naming the first of these
     */
    void await(List<CompletableFuture<? extends Throwable>> failures) throws InterruptedException {
        try {
            var failure = (Throwable) CompletableFuture.anyOf(failures.toArray(new CompletableFuture<?>[0])).get();
            throw new IllegalStateException("it cannot go on", failure);
        } catch (ExecutionException e) {
            throw new IllegalStateException("it cannot go on", e.getCause());
        }
    }

    /** Closes all parts, because the start failed; the exit code is then the caller's. */
    @Override
    public void close() {
        while (true) {
            AutoCloseable part;
            synchronized (this) {
                over = true;
                part = parts.poll();
            }
            if (part == null) return;
            close(part);
        }
    }

    private synchronized boolean isOver() {
        return over;
    }

    private void signalled() {
        if (isOver()) return;
        LOG.info("Stopping");
        var closing = Thread.ofPlatform().daemon().name("close").start(this::close);
        try {
            if (closing.join(LONGEST_STOP)) {
                LOG.info("Stopped");
                Runtime.getRuntime().halt(0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        LOG.error("Not stopped after {} s; ending the process all the same", LONGEST_STOP.toSeconds());
        Runtime.getRuntime().halt(1);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.warn("{} did not close well", part.getClass().getSimpleName(), e);
        }
    }
}
