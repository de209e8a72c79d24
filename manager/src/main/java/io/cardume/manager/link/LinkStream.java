package io.cardume.manager.link;

import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
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
    private static final Duration LOOK = Duration.ofMillis(200);

    /** Sends a message over the connection, waiting for room; false if there is no connection any more. */
    interface Sender {
        boolean send(ToAgent message) throws InterruptedException;
    }

    private final String name;
    private final Sender sender;
    private final Runnable forget;
    /** Room for all that was granted and for two ends, the agent's and the connection's. */
    private final BlockingQueue<FromAgent.OfStream> heard = new LinkedBlockingQueue<>(WINDOW + 2);
    private final Semaphore credit = new Semaphore(0);
    /** Whether nothing more can be sent: the errand has ended, or was closed. */
    private volatile boolean over;
    private int read;

    LinkStream(String name, Sender sender, Runnable forget) {
        this.name = name;
        this.sender = sender;
        this.forget = forget;
    }

    /** Something of this stream came; what is beyond what was granted is dropped. */
    void heard(FromAgent.OfStream message) {
        switch (message) {
            case FromAgent.Answer answer -> {
                if (heard.size() < WINDOW) heard.offer(answer);
            }
            case FromAgent.Grant grant -> credit.release(Math.max(0, grant.chunks()));
            case FromAgent.End end -> {
                over = true;
                heard.offer(end);
            }
        }
    }

    /** The connection is lost. */
    void lost() {
        heard(new FromAgent.End(name, Optional.empty(), Optional.of(new ErrandFailure(
                ErrandFailure.Kind.UNREACHABLE, "the connection to the agent was lost"))));
    }

    @Override
    public Piece next(Duration limit) throws ErrandException, InterruptedException {
        var next = heard.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        return switch (next) {
            case null -> new Piece.Silence();
            case FromAgent.Answer(_, var channel, var bytes) -> {
                if (++read == WINDOW / 2) {
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

    @Override
    public void close() {
        forget.run();
        if (over) return;
        over = true;
        heard.offer(new FromAgent.End(name, Optional.empty(), Optional.of(new ErrandFailure(
                ErrandFailure.Kind.UNREACHABLE, "nobody listens any more"))));
        try {
            sender.send(new ToAgent.Close(name));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
