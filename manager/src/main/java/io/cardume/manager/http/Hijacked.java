package io.cardume.manager.http;

import io.cardume.manager.gate.Visit;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * A connection taken over from HTTP: after the head of the answer both sides send bytes as they like, each until it closes
 * its half. The connection is closed after it.
 */
final class Hijacked implements Closeable {
    private static final int BUFFER = 16 << 10;
    /** How long a client may take to close its half after ours is closed. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final EndPoint connection;
    private ByteBuffer read;

    private Hijacked(EndPoint connection, ByteBuffer read) {
        this.connection = connection;
        this.read = read;
    }

    /**
     * Takes the connection over, its request being read: answers 101 to a client that asks to upgrade, else 200.
     *
     * @param right with which it ends
     * @param contentType what the stream is
     */
    static Hijacked of(Exchange exchange, Streams.Right right, String contentType) throws IOException {
        var context = exchange.context();
        exchange.visit().ifPresent(Visit::stream);
        Connection http = ServletContextRequest.getServletContextRequest(context.req()).getConnectionMetaData().getConnection();
        EndPoint connection = http.getEndPoint();
        // What the client sent behind its request was read with it.
        ByteBuffer behind = http instanceof Connection.UpgradeFrom upgrade ? upgrade.onUpgradeFrom() : BufferUtil.EMPTY_BUFFER;
        connection.setIdleTimeout(0);
        exchange.bodyDone();
        exchange.endsWith(right, connection::close);
        var hijacked = new Hijacked(connection, behind == null ? BufferUtil.EMPTY_BUFFER : behind);
        boolean upgrade = context.header("Upgrade") != null;
        var head = new StringBuilder(upgrade ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n");
        head.append("Content-Type: ").append(contentType).append("\r\n");
        if (upgrade) head.append("Connection: Upgrade\r\nUpgrade: tcp\r\n");
        ApiServer.headers().forEach(header -> head.append(header.name()).append(": ").append(header.value()).append("\r\n"));
        hijacked.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        return hijacked;
    }

    /** The next bytes of the client; none = it has closed its half, or the connection. */
    byte[] read() throws IOException {
        while (true) {
            if (read.hasRemaining()) {
                var bytes = new byte[Math.min(BUFFER, read.remaining())];
                read.get(bytes);
                return bytes;
            }
            var buffer = BufferUtil.allocate(BUFFER);
            int count = connection.fill(buffer);
            if (count < 0) return new byte[0];
            if (count > 0) read = buffer;
            else awaitBytes();
        }
    }

    private void awaitBytes() throws IOException {
        var ready = new CompletableFuture<Void>();
        try {
            connection.fillInterested(callback(ready));
        } catch (ReadPendingException e) {
            throw new IOException("the connection is read by another", e);
        }
        await(ready);
    }

    /** Gives bytes to the client, as fast as it reads them. */
    void write(byte[] bytes) throws IOException {
        var written = new CompletableFuture<Void>();
        connection.write(callback(written), ByteBuffer.wrap(bytes));
        await(written);
    }

    private static Callback callback(CompletableFuture<Void> done) {
        return Callback.from(Invocable.InvocationType.NON_BLOCKING, () -> done.complete(null), done::completeExceptionally);
    }

    private static void await(CompletableFuture<Void> done) throws IOException {
        try {
            done.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Closes our half; the connection follows when the client has closed its own, or shortly. A connection closed while
     * bytes of the client are unread would be reset, and the client might lose the last it was sent.
     *
     * @param clientDone completes when the client's half is closed
     */
    void finish(CompletableFuture<Void> clientDone) {
        try {
            connection.shutdownOutput();
            clientDone.get(LINGER.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // it had its time
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    /** Whether it is not closed yet. */
    boolean isOpen() {
        return connection.isOpen();
    }

    /** Closes the connection at once. */
    @Override
    public void close() {
        connection.close();
    }
}
