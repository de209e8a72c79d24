package io.cardume.agent.loop;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The news that waits for the loop; bounded, so who brings too much has to wait. */
final class Inbox {
    private static final int WAITING = 1_024;

    private final BlockingQueue<News> news = new ArrayBlockingQueue<>(WAITING);

    /** Brings news, and waits for room. */
    void put(News one) {
        try {
            news.put(one);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Wakes the loop; if there is no room it is awake anyhow. */
    void wake() {
        news.offer(new News.Look());
    }

    /** Waits for news, at most until a time, and gives out all there is. */
    void takeUntil(Optional<Instant> wakeAt, Clock clock, Consumer<News> hear) throws InterruptedException {
        var first = wakeAt.isEmpty()
                ? news.take()
                : news.poll(Math.max(0, Duration.between(clock.instant(), wakeAt.get()).toNanos()), TimeUnit.NANOSECONDS);
        for (News one = first; one != null; one = news.poll()) hear.accept(one);
    }
}
