package io.cardume.manager.http;

import io.cardume.manager.gate.Visit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * The client of a stream that may be silent for long: whether it is still there can only be seen by reading from its
 * connection, which is closed after the stream.
 */
final class Peer {
    private Peer() {}

    /**
     * Begins an answer in chunks that ends with the connection, and calls {@code gone} when the client closes it first, or
     * its user is removed or changed, or has the right to it no more.
     *
     * @return closes the connection at once, whatever is still on its way
     */
    static Runnable stream(Exchange exchange, Streams.Right right, String contentType, Runnable gone) throws IOException {
        var context = exchange.context();
        context.header("Connection", "close");
        context.header("Transfer-Encoding", "chunked");
        context.res().setCharacterEncoding((String) null);
        context.res().setContentType(contentType);
        Visit.of(context.req()).ifPresent(Visit::stream);
        EndPoint connection = ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData().getConnection().getEndPoint();
        connection.setIdleTimeout(0);
        exchange.bodyDone();
        exchange.endsWith(right, () -> {
            gone.run();
            connection.close();
        });
        context.res().flushBuffer();
        read(connection, gone);
        return connection::close;
    }

    private static void read(EndPoint connection, Runnable gone) {
        try {
            connection.fillInterested(new Callback() {
                @Override
                public void succeeded() {
                    if (isOpen(connection)) read(connection, gone);
                    else gone.run();
                }

                @Override
                public void failed(Throwable why) {
                    gone.run();
                }

                @Override
                public InvocationType getInvocationType() {
                    return InvocationType.NON_BLOCKING;
                }
            });
        } catch (ReadPendingException e) {
            gone.run();
        }
    }

    /** What a client sends behind its request for a stream means nothing and is dropped. */
    private static boolean isOpen(EndPoint connection) {
        ByteBuffer dropped = BufferUtil.allocate(512);
        try {
            int read = connection.fill(dropped);
            while (read > 0) {
                BufferUtil.clear(dropped);
                read = connection.fill(dropped);
            }
            return read == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
