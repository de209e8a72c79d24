package io.cardume.manager.link;

import java.time.Duration;
import java.util.Optional;

/**
 * The manager's end of one errand: what is answered, and where input goes. What waits here is bounded in both directions,
 * however slow either side is. Closing it tells the agent that nobody listens any more.
 */
public interface AgentStream extends AutoCloseable {
    /** A part of the answer. */
    sealed interface Piece {
        /** Bytes of one channel. */
        record Data(int channel, byte[] bytes) implements Piece {}

        /** The errand is over; with a code, where it has one. */
        record End(Optional<Integer> code) implements Piece {}

        /** Nothing came in the time given. */
        record Silence() implements Piece {}
    }

    /**
     * The next part of the answer; nothing comes after an end.
     *
     * @throws ErrandException if the errand came to nothing, or the connection was lost
     */
    Piece next(Duration limit) throws ErrandException, InterruptedException;

    /** Waits until {@link #send} of one chunk, or {@link #sendEnd}, would not wait, which is so when the errand is over, too; false if it was in vain. */
    boolean awaitRoom(Duration limit) throws InterruptedException;

    /** Sends input as soon as there is room for it; false if the errand is over and wants none. */
    boolean send(byte[] bytes) throws InterruptedException;

    /** There is no more input. */
    boolean sendEnd() throws InterruptedException;

    @Override
    void close();

    /**
     * The whole answer of an errand that answers once.
     *
     * @param limit how long it may take
     * @param most how many bytes it may have
     * @throws ErrandException if it came to nothing, took longer or was longer
     */
    default byte[] all(Duration limit, int most) throws ErrandException, InterruptedException {
        var end = System.nanoTime() + limit.toNanos();
        var bytes = new java.io.ByteArrayOutputStream();
        while (true) {
            switch (next(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                case Piece.Data(_, var part) -> {
                    if (bytes.size() + part.length > most) throw ErrandException.unreachable("the agent's answer is longer than " + most + " bytes");
                    bytes.writeBytes(part);
                }
                case Piece.End _ -> {
                    return bytes.toByteArray();
                }
                case Piece.Silence _ -> {
                    if (System.nanoTime() >= end) throw ErrandException.unreachable("the agent did not answer within " + limit.toSeconds() + " s");
                }
            }
        }
    }
}
