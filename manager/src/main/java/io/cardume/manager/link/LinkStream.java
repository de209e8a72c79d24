package io.cardume.manager.link;

import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.gate.Memory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** One errand on one connection. */
final class LinkStream implements AgentStream {
    /** Chunks the agent may be ahead of the reader. */
    static final int WINDOW = 32;
    /** The longest chunk of input. */
    static final int CHUNK = 64 << 10;
    /** The longest chunk of an answer, twice what agents send. */
    static final int LONGEST_ANSWER = 2 * CHUNK;
    /** Chunks of input that an agent may grant at once, and have granted. */
    private static final int MOST_CREDIT = 1 << 16;
    private static final Duration LOOK = Duration.ofMillis(200);

    /** Sends a message over the connection, waiting for room; false if there is no connection any more. */
    interface Sender {
        boolean send(ToAgent message) throws InterruptedException;
    }

    private final String name;
    private final Sender sender;
    private final Runnable forget;
    /** Room for all that was granted and for three ends: the agent's, the connection's and its own. */
    private final BlockingQueue<FromAgent.OfStream> heard = new LinkedBlockingQueue<>(WINDOW + 3);
    private final Semaphore credit = new Semaphore(0);
    /** Whether nothing more can be sent: the errand has ended, or was closed. */
    private volatile boolean over;
    private int read;
    private final Memory memory;
    private int allowed = WINDOW;
    private long waiting;
    /** Whether nothing more is taken of what it answers. */
    private boolean broken;

    LinkStream(String name, Memory memory, Sender sender, Runnable forget) {
        this.memory = memory;
        this.name = name;
        this.sender = sender;
        this.forget = forget;
    }

    /** Something of this stream came; what is beyond what was granted is dropped, and it is false then. */
    boolean heard(FromAgent.OfStream message) {
        return switch (message) {
            case FromAgent.Answer answer -> answered(answer);
            case FromAgent.Grant(_, var chunks) -> {
                boolean sound = chunks > 0 && chunks <= MOST_CREDIT && credit.availablePermits() <= MOST_CREDIT;
                if (sound) credit.release(chunks);
                yield sound;
            }
            case FromAgent.End end -> {
                over = true;
                yield heard.offer(end);
            }
        };
    }

    private synchronized boolean answered(FromAgent.Answer answer) {
        if (allowed == 0 || answer.bytes().length > LONGEST_ANSWER) return false;
        allowed--;
        if (over || broken) return true;
        if (memory.take(answer.bytes().length, waiting, Long.MAX_VALUE)) {
            waiting += answer.bytes().length;
            heard.offer(answer);
            return true;
        }
        broken = true;
        return heard.offer(failed("it was broken off: " + (memory.most() >> 20)
                + " MiB of answers wait for readers who are slow to take them, which is the most"));
    }

    private synchronized void given(int bytes) {
        long back = Math.min(waiting, bytes);
        waiting -= back;
        memory.give(back);
    }

    private FromAgent.End failed(String why) {
        return new FromAgent.End(name, Optional.empty(), Optional.of(new ErrandFailure(ErrandFailure.Kind.UNREACHABLE, why)));
    }

    /** The connection is lost. */
    void lost() {
        heard(failed("the connection to the agent was lost"));
    }

    @Override
    public Piece next(Duration limit) throws ErrandException, InterruptedException {
        var next = heard.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        return switch (next) {
            case null -> new Piece.Silence();
            case FromAgent.Answer(_, var channel, var bytes) -> {
                given(bytes.length);
                if (++read == WINDOW / 2) {
                    synchronized (this) {
                        allowed += read;
                    }
                    sender.send(new ToAgent.Grant(name, read));
                    read = 0;
                }
                yield new Piece.Data(channel, bytes);
            }
            case FromAgent.End(_, var code, var failure) -> {
                if (failure.isPresent()) throw new ErrandException(failure.get());
                yield new Piece.End(code);
            }
            case FromAgent.Grant _ -> new Piece.Silence();
        };
    }

    @Override
    public boolean awaitRoom(Duration limit) throws InterruptedException {
        for (long begun = System.nanoTime(); !over; ) {
            long left = limit.toNanos() - (System.nanoTime() - begun);
            if (credit.tryAcquire(Math.min(LOOK.toNanos(), left), TimeUnit.NANOSECONDS)) {
                credit.release();
                return true;
            }
            if (left <= 0) return false;
        }
        return true;
    }

    @Override
    public boolean send(byte[] bytes) throws InterruptedException {
        for (int from = 0; from < bytes.length; from += CHUNK)
            if (!chunk(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + CHUNK)))) return false;
        return !over;
    }

    @Override
    public boolean sendEnd() throws InterruptedException {
        return chunk(new byte[0]);
    }

    private boolean chunk(byte[] bytes) throws InterruptedException {
        while (!over)
            if (credit.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) return sender.send(new ToAgent.Send(name, bytes));
        return false;
    }

    /** How many more chunks may come. */
    synchronized int allowed() {
        return allowed;
    }

    private synchronized void forgetWhatWaits() {
        broken = true;
        memory.give(waiting);
        waiting = 0;
    }

    @Override
    public void close() {
        forget.run();
        forgetWhatWaits();
        if (over) return;
        over = true;
        heard.offer(failed("nobody listens any more"));
        try {
            sender.send(new ToAgent.Close(name));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
