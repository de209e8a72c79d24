package io.cardume.manager.http;

import io.cardume.manager.gate.Patience;
import io.cardume.manager.gate.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/** A request's body, given up when its client sends it too slowly. */
final class PacedBody extends InputStream {
    private final InputStream body;
    private final EndPoint connection;
    private final Optional<Visit> visit;
    private final Patience patience;
    private final long begun = System.nanoTime();
    private long bytes;

    PacedBody(HttpServletRequest request) throws IOException {
        this.body = request.getInputStream();
        this.connection = ServletContextRequest.getServletContextRequest(request).getConnectionMetaData().getConnection().getEndPoint();
        this.visit = Visit.of(request);
        this.patience = visit.map(Visit::patience).orElseGet(Patience::usual);
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
        long before = connection.getIdleTimeout();
        connection.setIdleTimeout(patience.silence().toMillis());
        visit.ifPresent(one -> one.awaitsBody(true));
        try {
            if (visit.filter(Visit::gaveWay).isPresent()) throw late("others had no room for theirs");
            int count = body.read(into, from, most);
            bytes += Math.max(0, count);
            var taken = Duration.ofNanos(System.nanoTime() - begun);
            if (count > 0 && taken.compareTo(patience.body()) > 0)
                throw late("it took more than " + patience.body().toSeconds() + " s");
            if (count > 0 && patience.isTooSlow(bytes, taken))
                throw late(bytes + " bytes in " + taken.toSeconds() + " s, and the least is " + patience.slowest() + " a second");
            return count;
        } catch (IOException e) {
            if (!isTimeout(e)) throw e;
            throw late("nothing came for " + patience.silence().toSeconds() + " s");
        } finally {
            visit.ifPresent(one -> one.awaitsBody(false));
            connection.setIdleTimeout(before);
        }
    }

    private static InterruptedIOException late(String how) {
        return new InterruptedIOException("the request's body comes too slowly: " + how);
    }

    private static boolean isTimeout(Throwable why) {
        for (Throwable cause = why; cause != null; cause = cause.getCause()) if (cause instanceof TimeoutException) return true;
        return false;
    }

    /** Whether this is how a body ends that was given up. */
    static boolean isTooSlow(IOException e) {
        return e instanceof InterruptedIOException;
    }
}
