package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PullsTest {
    private final AtomicInteger pulled = new AtomicInteger();
    private final CountDownLatch registryAnswers = new CountDownLatch(1);

    @Test
    void manyWhoWaitShareOnePull() throws Exception {
        var pulls = new Pulls<String>(_ -> {
            pulled.incrementAndGet();
            await(registryAnswers);
        });
        var served = new AtomicInteger();
        List<Thread> callers = Stream.generate(() -> Thread.ofVirtual().unstarted(() -> {
                    try {
                        pulls.pull("image:1");
                        served.incrementAndGet();
                    } catch (EngineException e) {
                        // counted below as not served
                    }
                }))
                .limit(20)
                .toList();

        callers.forEach(Thread::start);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (callers.stream().anyMatch(caller -> caller.getState() != Thread.State.WAITING))
            assertThat(System.nanoTime()).as("all callers wait").isLessThan(end);
        registryAnswers.countDown();

        for (Thread caller : callers) caller.join();
        assertThat(served).hasValue(20);
        assertThat(pulled).hasValue(1);
    }

    @Test
    void callerThatLeavesDoesNotEndThePullOfTheOthers() throws Exception {
        var begun = new CountDownLatch(1);
        var pulls = new Pulls<String>(_ -> {
            begun.countDown();
            await(registryAnswers);
            pulled.incrementAndGet();
        });
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var leaves = callers.submit(() -> {
                pulls.pull("image:1");
                return true;
            });
            await(begun);
            var stays = callers.submit(() -> {
                pulls.pull("image:1");
                return true;
            });
            leaves.cancel(true);
            registryAnswers.countDown();

            assertThat(stays.get(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(pulled).hasValueBetween(1, 2);
    }

    @Test
    void failureIsGivenToWhoWaitsAndForgotten() throws Exception {
        var pulls = new Pulls<String>(image -> {
            if (pulled.incrementAndGet() == 1)
                throw new EngineException(EngineException.Kind.NOT_FOUND, "pull access denied for " + image);
        });

        assertThatThrownBy(() -> pulls.pull("image:1")).hasMessage("pull access denied for image:1");
        pulls.pull("image:1");

        assertThat(pulled).hasValue(2);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
