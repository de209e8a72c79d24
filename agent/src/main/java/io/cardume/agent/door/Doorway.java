package io.cardume.agent.door;

import io.undertow.UndertowOptions;
import io.undertow.conduits.BytesReceivedStreamSourceConduit;
import io.undertow.conduits.BytesSentStreamSinkConduit;
import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.ssl.SslConnection;

/**
 * A port that clients come in by, no more than so many at a time. While it is crowded, connections are closed that have been waiting
 * for their client, those first that have waited longest, so that clients that send a little and wait do not keep others out.
 */
final class Doorway implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(250);

    /**
     * How many come in.
     *
     * @param most connections at a time; who comes later waits outside
     * @param crowded how many are a crowd
     * @param waited how long a client may be waited for in a crowd
     * @param greeted the same until it has sent anything: over TLS the host itself may be what it waits for
     */
    record Crowd(int most, int crowded, Duration waited, Duration greeted) {
        /** A crowd is there before the last place is taken. */
        static Crowd of(int most) {
            return new Crowd(most, most / 4 * 3, Duration.ofSeconds(2), Duration.ofSeconds(6));
        }
    }

    /** A client's connection. */
    private static final class Guest {
        private final StreamConnection connection;
        /** When the client last sent or took anything. */
        private volatile long movedNanos = System.nanoTime();
        private volatile boolean spoke;
        // Both are touched by the connection's thread alone.
        private Optional<HttpServerExchange> exchange = Optional.empty();
        /** Whether it is something else than HTTP by now, and may be silent. */
        private boolean upgraded;

        private Guest(StreamConnection connection) {
            this.connection = connection;
        }

        private void sent(long bytes) {
            if (bytes > 0) spoke = true;
            took(bytes);
        }

        private void took(long bytes) {
            if (bytes > 0) movedNanos = System.nanoTime();
        }

        private boolean isLate(Crowd crowd, long now) {
            return now - movedNanos > (spoke ? crowd.waited() : crowd.greeted()).toNanos();
        }

        /** Whether it is the client that has to do something: send its request or the rest of it, or take the answer. */
        private boolean isWaitedFor() {
            if (upgraded) return false;
            if (connection.getSinkChannel().isWriteResumed()) return true;
            boolean asks = exchange.filter(now -> now.isRequestComplete()).isEmpty();
            return asks && connection.getSourceChannel().isReadResumed();
        }
    }

    /** One that has been silent so long. */
    private record Late(Guest guest, long nanos) {}

    private final Crowd crowd;
    private final XnioWorker worker;
    private final AcceptingChannel<?> channel;
    private final Map<StreamConnection, Guest> guests = new ConcurrentHashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();

    /**
     * Listens on a port.
     *
     * @param address the port
     * @param tls what to show clients; empty = plain HTTP
     * @param handler takes the requests
     * @param sockets of the connections
     * @param options of HTTP
     */
    Doorway(XnioWorker worker, InetSocketAddress address, Optional<SSLContext> tls, HttpHandler handler, ByteBufferPool buffers, OptionMap sockets,
            OptionMap options, Crowd crowd) throws IOException {
        this.crowd = crowd;
        this.worker = worker;
        var http = new HttpOpenListener(buffers, OptionMap.builder().set(UndertowOptions.BUFFER_PIPELINED_DATA, true).addAll(options).getMap());
        http.setRootHandler(exchange -> {
            serve(exchange);
            handler.handleRequest(exchange);
        });
        var limited = OptionMap.builder().addAll(sockets)
                .set(Options.WORKER_IO_THREADS, worker.getIoThreadCount())
                .set(Options.BALANCING_TOKENS, 1)
                .set(Options.BALANCING_CONNECTIONS, 2)
                .set(Options.CONNECTION_HIGH_WATER, crowd.most())
                .set(Options.CONNECTION_LOW_WATER, crowd.most())
                .getMap();
        if (tls.isPresent()) {
            ChannelListener<AcceptingChannel<SslConnection>> opened = ChannelListeners.openListenerAdapter(connection -> enter(connection, http));
            channel = new UndertowXnioSsl(worker.getXnio(), OptionMap.create(Options.USE_DIRECT_BUFFERS, true), tls.get())
                    .createSslConnectionServer(worker, address, opened, limited);
        } else {
            ChannelListener<AcceptingChannel<StreamConnection>> opened = ChannelListeners.openListenerAdapter(connection -> enter(connection, http));
            channel = worker.createStreamConnectionServer(address, opened, limited);
        }
        channel.resumeAccepts();
    }

    private void enter(StreamConnection connection, HttpOpenListener http) {
        var guest = new Guest(connection);
        guests.put(connection, guest);
        var source = connection.getSourceChannel();
        var sink = connection.getSinkChannel();
        source.setConduit(new BytesReceivedStreamSourceConduit(source.getConduit(), guest::sent));
        sink.setConduit(new BytesSentStreamSinkConduit(sink.getConduit(), guest::took));
        http.handleEvent(connection);
        ChannelListener<? super StreamConnection> theirs = connection.getCloseListener();
        connection.setCloseListener(closed -> {
            guests.remove(closed);
            ChannelListeners.invokeChannelListener(closed, theirs);
        });
        if (!connection.isOpen()) guests.remove(connection);
        if (guests.size() > crowd.crowded()) lookSoon();
    }

    /** Its request is what the connection is for, until that has been answered. */
    private void serve(HttpServerExchange exchange) {
        var guest = guests.get(((AbstractServerConnection) exchange.getConnection()).getChannel());
        if (guest == null) return;
        guest.exchange = Optional.of(exchange);
        exchange.addExchangeCompleteListener((done, next) -> {
            guest.exchange = Optional.empty();
            guest.upgraded = done.getStatusCode() == StatusCodes.SWITCHING_PROTOCOLS;
            next.proceed();
        });
    }

    private void lookSoon() {
        if (looking.compareAndSet(false, true)) worker.getIoThread().executeAfter(this::look, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        looking.set(false);
        guests.values().removeIf(guest -> !guest.connection.isOpen());
        int tooMany = guests.size() - crowd.crowded();
        if (tooMany <= 0) return;
        lookSoon();
        long now = System.nanoTime();
        guests.values().stream().filter(guest -> guest.isLate(crowd, now))
                .map(guest -> new Late(guest, now - guest.movedNanos))
                .sorted(Comparator.comparingLong(Late::nanos).reversed())
                .limit(tooMany)
                .forEach(late -> late.guest().connection.getIoThread().execute(() -> sendAway(late.guest())));
    }

    /** Closes the connection if it is the client's turn, and still is late; on its own thread. */
    private void sendAway(Guest guest) {
        if (guests.size() > crowd.crowded() && guest.isWaitedFor() && guest.isLate(crowd, System.nanoTime())) IoUtils.safeClose(guest.connection);
    }

    /** Lets nobody in any more; who is in stays. */
    @Override
    public void close() {
        IoUtils.safeClose(channel);
    }
}
