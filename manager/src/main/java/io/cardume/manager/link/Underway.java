package io.cardume.manager.link;

import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.ManagerLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What one agent says, on its way to the loop: in its order, one command at a time, so that all agents have their turn. Reports that
 * wait together become one command. Only a few wait: who says more is read no faster than that.
 */
final class Underway {
    /** Messages that are not stored yet. */
    private static final int MOST = 16;

    private record Said(Command<?> command, Runnable then) {}

    private final ManagerLoop loop;
    private final Semaphore places = new Semaphore(MOST);
    private final Deque<Said> waiting = new ArrayDeque<>();
    private boolean busy;

    Underway(ManagerLoop loop) {
        this.loop = loop;
    }

    /**
     * Hands a command over when those before it are done; waits for a place.
     *
     * @param look how often it looks whether anybody still wants it
     * @param then done on the loop's thread when the command is stored; not if it was refused
     */
    void say(Command<?> command, Runnable then, Duration look, BooleanSupplier ended) throws InterruptedException {
        while (!places.tryAcquire(look.toNanos(), TimeUnit.NANOSECONDS)) if (ended.getAsBoolean()) return;
        synchronized (this) {
            waiting.add(new Said(command, then));
            if (busy) return;
            busy = true;
        }
        handOver();
    }

    /** Waits for a place in the loop's inbox, which the loop's own thread must not do. */
    private void handOver() throws InterruptedException {
        var together = together();
        loop.submitOfAgent(command(together)).whenComplete((_, failure) -> {
            places.release(together.size());
            if (goesOn()) Thread.ofVirtual().name("agent-underway").start(this::handOverAgain);
            if (failure == null) together.forEach(said -> said.then().run());
        });
    }

    private void handOverAgain() {
        try {
            handOver();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean goesOn() {
        busy = !waiting.isEmpty();
        return busy;
    }

    /** The next that waits, and if it is a report all reports that follow it. */
    private synchronized List<Said> together() {
        var together = new ArrayList<Said>();
        do together.add(waiting.remove());
        while (isReport(together.getFirst()) && !waiting.isEmpty() && isReport(waiting.peek()));
        return together;
    }

    private static boolean isReport(Said said) {
        return said.command() instanceof HearNode;
    }

    private static Command<?> command(List<Said> together) {
        return together.stream().map(Said::command).reduce(Underway::both).orElseThrow();
    }

    private static Command<?> both(Command<?> one, Command<?> other) {
        return one instanceof HearNode first && other instanceof HearNode second ? first.and(second) : other;
    }
}
