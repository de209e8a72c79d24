package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestThreadsTest {
    private static final int SECONDS = 60;

    private final CountDownLatch end = new CountDownLatch(1);

    /** The thread a task is done on, which goes on until the end. */
    private Thread begun(RequestThreads threads) throws Exception {
        var on = new CompletableFuture<Thread>();
        threads.execute(() -> {
            on.complete(Thread.currentThread());
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return on.get(SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void theFirstHavePlatformThreadsAndWhatComesBeyondThemWaitsForNone() throws Exception {
        try (var threads = new RequestThreads(2)) {
            var begun = new ArrayList<Thread>();
            for (int i = 0; i < 4; i++) begun.add(begun(threads));
            assertThat(begun).extracting(Thread::isVirtual).isEqualTo(List.of(false, false, true, true));
            assertThat(threads.tryExecute(() -> {})).as("a platform thread for one more").isFalse();
            assertThat(begun).doesNotHaveDuplicates().allMatch(Thread::isDaemon);
            end.countDown();
        }
    }

    @Test
    void whatComesWhenTheyAreClosedIsDoneAllTheSame() throws Exception {
        var threads = new RequestThreads(2);
        threads.close();
        assertThat(begun(threads).isVirtual()).isTrue();
        end.countDown();
        threads.join();
    }
}
