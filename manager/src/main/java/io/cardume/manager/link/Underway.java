package io.cardume.manager.link;

import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.ManagerLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What one agent says, on its way to the loop: in its order, and when the loop is done with what it said before. Reports that follow
 * each other become one command. Only a few wait: who says more is read no faster than that. When the agent has gone, what still waits is dropped, for it
 * would come after what the agent says when it is back, and that is all there is to say.
 */
final class Underway {
    /** Messages that are not stored yet. */
    private static final int MOST = 16;
    /** Reports that become one command, if there is more than one message of them: one command has to fit the log. */
    private static final int MOST_TOGETHER = 1_000;

    private record Said(Command<?> command, Runnable then) {
        /** How many tasks it is about; 0 = it is no report. */
        int reports() {
            return command instanceof HearNode heard ? Math.max(1, heard.reports().size()) : 0;
        }
    }

    private final ManagerLoop loop;
    private final Duration look;
    private final BooleanSupplier isGone;
    private final Semaphore places = new Semaphore(MOST);
    private final Deque<Said> waiting = new ArrayDeque<>();
    private boolean busy;

    /**
     * @param look how often who waits looks whether the agent is still there
     * @param isGone whether the agent has gone
     */
    Underway(ManagerLoop loop, Duration look, BooleanSupplier isGone) {
        this.loop = loop;
        this.look = look;
        this.isGone = isGone;
    }

    /**
     * Hands a command over when those before it are done; waits for a place.
     *
     * @param then done on the loop's thread when the command is stored; not if it was refused
     */
    void say(Command<?> command, Runnable then) throws InterruptedException {
        while (!places.tryAcquire(look.toNanos(), TimeUnit.NANOSECONDS)) if (isGone.getAsBoolean()) return;
        synchronized (this) {
            waiting.add(new Said(command, then));
            if (busy) return;
            busy = true;
        }
        handOver();
    }

    /** Waits for places in the loop's inbox, which the loop's own thread must not do. */
    private void handOver() throws InterruptedException {
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (var together = together(); !together.isEmpty(); together = together()) last = handOver(together);
        last.whenComplete((_, _) -> {
            if (goesOn()) Thread.ofVirtual().name("agent-underway").start(this::handOverAgain);
        });
    }

    private CompletableFuture<?> handOver(List<Said> together) throws InterruptedException {
        return loop.submitOfAgent(command(together), isGone).whenComplete((_, failure) -> {
            places.release(together.size());
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

    /** The next that waits, and if it is a report the reports that follow it; nothing if nothing waits, or the agent has gone. */
    private synchronized List<Said> together() {
        if (isGone.getAsBoolean()) waiting.clear();
        var together = new ArrayList<Said>();
        int reports = 0;
        while (!waiting.isEmpty() && (together.isEmpty() || reports > 0 && waiting.peek().reports() > 0 && reports + waiting.peek().reports() <= MOST_TOGETHER)) {
            reports += waiting.peek().reports();
            together.add(waiting.remove());
        }
        return together;
    }

    private static Command<?> command(List<Said> together) {
        return together.stream().map(Said::command).reduce(Underway::both).orElseThrow();
    }

    private static Command<?> both(Command<?> one, Command<?> other) {
        return one instanceof HearNode first && other instanceof HearNode second ? first.and(second) : other;
    }
}
