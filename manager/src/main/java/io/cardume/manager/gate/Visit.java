package io.cardume.manager.gate;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection, from its beginning to its end. */
public final class Visit {
    /** What a connection waits for. Those before {@link #WORK} wait for their client. */
    enum Phase {
        /** For the head of its first request, or of one that was begun. */
        HEAD,
        /** For the rest of a body. */
        BODY,
        /** For the first words of one who has changed to another protocol. */
        STRANGER,
        /** For another request. */
        IDLE,
        /** For the answer to be given. */
        WORK,
        /** It is a stream, or is no HTTP any more: it may stand still as long as both sides like. */
        STREAM
    }

    private static final Logger LOG = LoggerFactory.getLogger(Visit.class);
    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    private final Origin origin;
    private final GatedHttp.Gated connection;
    private volatile Phase phase = Phase.HEAD;
    private volatile long since = System.nanoTime();
    private volatile long bytesIn;
    private volatile boolean surplus;
    private volatile boolean known;
    private volatile boolean gaveWay;
    private volatile Optional<String> named = Optional.empty();
    /** When a part of an answer began to wait for the client; 0 = none waits. */
    private volatile long writing;
    private volatile long waitedNanos;
    /** Where the answer was when it was looked at last: how long it had waited, and how much of it was gone. */
    private volatile long lookedNanos;
    private volatile long lookedBytes;

    Visit(GatedHttp.Gated connection) {
        this.connection = connection;
        this.origin = Origin.at(connection.getEndPoint().getRemoteSocketAddress());
    }

    /** The connection a request came by; none if it is not counted. */
    public static Optional<Visit> of(HttpServletRequest request) {
        var connection = ServletContextRequest.getServletContextRequest(request).getConnectionMetaData().getConnection();
        return connection instanceof GatedHttp.Gated gated ? Optional.of(gated.visit()) : Optional.empty();
    }

    /** Who it is. */
    public Origin origin() {
        return origin;
    }

    /**
     * The words for who is at its other end, which do not change.
     *
     * @param first finds them; asked for the first request only
     */
    public String named(Supplier<String> first) {
        var words = named.orElseGet(first);
        named = Optional.of(words);
        return words;
    }

    /** How long it may keep the manager waiting. */
    public Patience patience() {
        return connection.gate().patience();
    }

    /** Whether it is one more than there may be: it is only told so. */
    public boolean isSurplus() {
        return surplus;
    }

    void surplus() {
        surplus = true;
    }

    /** It is a stream from now on, and may stand still. */
    public void stream() {
        phase = Phase.STREAM;
    }

    /** The body of its request is waited for, or is not any more. */
    public void awaitsBody(boolean awaits) {
        if (phase != Phase.STREAM) is(awaits ? Phase.BODY : Phase.WORK);
    }

    /** Whoever it is has shown that it belongs here: it counts no more, and never gives way. */
    public void known() {
        known = true;
    }

    /** It goes on as another protocol. */
    void upgraded() {
        if (phase != Phase.STREAM) is(Phase.STRANGER);
    }

    /** Its body is waited for no more, for others have no room. Who waits for it finds the connection closed, and who is about to, {@link #gaveWay}. */
    public void giveWay() {
        gaveWay = true;
        // Else an answer may be under way, or the next request's.
        if (phase == Phase.BODY) end("503 Service Unavailable\r\nRetry-After: 1", Bodies.GAVE_WAY + "; try again in 1 s");
    }

    /** Whether its body is waited for no more. */
    public boolean gaveWay() {
        return gaveWay;
    }

    /**
     * Where no answer was begun: a client that still listens is told why, and the connection is closed.
     *
     * @param status and, in lines of their own, headers
     */
    void end(String status, String message) {
        var body = "{\"message\":\"" + message + "\"}\n";
        var answer = "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try {
            endPoint().write(Callback.from(endPoint()::close), ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (RuntimeException e) {
            LOG.debug("{} is not told why it is closed", this, e);
        } finally {
            // What cannot be sent at once is not waited for.
            Thread.ofVirtual().name("gate").start(this::closeSoon);
        }
    }

    private void closeSoon() {
        try {
            Thread.sleep(A_MOMENT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        endPoint().close();
    }

    void is(Phase next) {
        since = System.nanoTime();
        phase = next;
    }

    void headRead() {
        waitedNanos = 0;
        lookedNanos = 0;
        lookedBytes = connection.getBytesOut();
        is(Phase.WORK);
    }

    void answered() {
        bytesIn = connection.getBytesIn();
        if (phase != Phase.STREAM) is(Phase.IDLE);
    }

    void writes() {
        writing = System.nanoTime() | 1;
    }

    void written() {
        long begun = writing;
        writing = 0;
        if (begun != 0) waitedNanos += System.nanoTime() - begun;
    }

    Phase phase() {
        return phase;
    }

    long since() {
        return since;
    }

    boolean isKnown() {
        return known;
    }

    boolean isOpen() {
        return endPoint().isOpen();
    }

    EndPoint endPoint() {
        return connection.getEndPoint();
    }

    /** Whether its client has had its time. */
    boolean isLate(Patience patience, long now) {
        // The first byte of the next request begins its head.
        if (phase == Phase.IDLE && connection.getBytesIn() != bytesIn) is(Phase.HEAD);
        if (phase == Phase.HEAD) return now - since > patience.head().toNanos();
        long begun = writing;
        return phase == Phase.WORK && begun != 0 && isReadTooSlowly(patience, waitedNanos + now - begun);
    }

    /** What went at once, into the kernel's buffers, says nothing of what is read now. */
    private boolean isReadTooSlowly(Patience patience, long waited) {
        if (waited - lookedNanos <= patience.silence().toNanos()) return false;
        long bytes = connection.getBytesOut();
        boolean late = patience.isTooSlow(bytes - lookedBytes, Duration.ofNanos(waited - lookedNanos));
        lookedNanos = waited;
        lookedBytes = bytes;
        return late;
    }

    @Override
    public String toString() {
        return endPoint().getRemoteSocketAddress() + " " + phase;
    }
}
