package io.cardume.agent.door;

import io.cardume.api.link.PortTrouble;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.proxy.ProxyHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

/** Undertow, as the door uses it: two listeners, a handler that finds the route, its proxy, and our choice of back ends. */
final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final String EVERYWHERE = "0.0.0.0";
    private static final int IO_THREADS = 2;
    private static final int BUFFER_BYTES = 8 * 1_024;
    private static final int MOST_HEADER_BYTES = 64 * 1_024;
    private static final int MOST_HEADERS = 128;
    /** Connections that the kernel has made and that are not let in yet. */
    private static final int BACKLOG = 1_000;
    private static final int MOST_PARAMETERS = 10_000;
    /** Of tasks that do not answer the door's call; more would only keep the client waiting. */
    private static final int RETRIES = 4;

    /**
     * How long clients are waited for.
     *
     * @param headers until all headers of a request that began are there
     * @param keptAlive for the next request on a connection
     * @param silent for the next bytes of a body, or until the client takes some
     */
    record Patience(Duration headers, Duration keptAlive, Duration silent) {
        static final Patience DEFAULT = new Patience(Duration.ofSeconds(10), Duration.ofSeconds(75), Duration.ofMinutes(1));

        private static int millis(Duration time) {
            return Math.toIntExact(time.toMillis());
        }
    }

    /**
     * How many clients are let in. Each may hold two buffers, over TLS some more: the agent's memory outside the heap, which has a
     * limit of its own, is never used up by clients that send a little and wait.
     */
    record Crowds(Doorway.Crowd plain, Doorway.Crowd secure) {
        static final Crowds DEFAULT = new Crowds(Doorway.Crowd.of(2_000), Doorway.Crowd.of(1_000));
    }

    static {
        // A connection that is given up in the middle of a request is closed only when it has been drained so long; 10 s of itself.
        System.setProperty("io.undertow.max-drain-time", System.getProperty("io.undertow.max-drain-time", "1000"));
    }

    private final DoorSettings settings;
    private final Patience patience;
    private final Crowds crowds;
    private final Door.Owners owners;
    private final Keys keys = new Keys();
    private final Backends backends = new Backends();
    private final XnioWorker worker;
    private final ByteBufferPool buffers = new DefaultByteBufferPool(true, BUFFER_BYTES, -1, 4);
    private final HttpHandler handler;
    private Optional<Doorway> http = Optional.empty();
    private volatile Optional<Doorway> https = Optional.empty();
    /** By which the threads send; empty if it is not certain that all of them do. */
    private Optional<DoorTable> told = Optional.empty();
    private final Set<String> said = new HashSet<>();

    HttpServer(DoorSettings settings, Patience patience, Crowds crowds, Door.Owners owners) {
        this.owners = owners;
        this.crowds = crowds;
        this.settings = settings;
        this.patience = patience;
        try {
            worker = Xnio.getInstance(HttpServer.class.getClassLoader()).createWorker(OptionMap.builder()
                    .set(Options.WORKER_NAME, "door")
                    .set(Options.THREAD_DAEMON, true)
                    .set(Options.WORKER_IO_THREADS, IO_THREADS)
                    .set(Options.WORKER_TASK_CORE_THREADS, 1)
                    .set(Options.WORKER_TASK_MAX_THREADS, 2)
                    .set(Options.TCP_NODELAY, true)
                    .getMap());
        } catch (IOException e) {
            throw new IllegalStateException("the threads of the HTTP server cannot be made", e);
        }
        var proxy = ProxyHandler.builder().setProxyClient(backends).setMaxConnectionRetries(RETRIES).build();
        handler = new Porter(backends, proxy, () -> https.isPresent() ? settings.httpsPort() : 0);
    }

    List<PortTrouble> tell(DoorTable table) {
        var troubles = new ArrayList<PortTrouble>();
        if (!told.equals(Optional.of(table))) {
            told = Optional.empty();
            backends.tell(table);
            told = Optional.of(table);
        }
        keys.tell(table).forEach((secret, words) -> troubles.add(new PortTrouble(PortTrouble.Kind.CERTIFICATE, secret, words)));
        boolean secure = table.members().stream().anyMatch(member -> member.labels().tls().isPresent());
        // HTTPS first: plain HTTP sends clients there.
        https = listening(https, settings.httpsPort(), secure, troubles, true);
        http = listening(http, settings.httpPort(), !table.members().isEmpty(), troubles, false);
        return troubles;
    }

    private Optional<Doorway> listening(
            Optional<Doorway> now, int port, boolean wanted, List<PortTrouble> troubles, boolean tls) {
        if (!wanted || port == 0) {
            now.ifPresent(Doorway::close);
            return Optional.empty();
        }
        if (now.isPresent()) return now;
        var name = tls ? "HTTPS" : "HTTP";
        try {
            var server = new Doorway(worker, new InetSocketAddress(EVERYWHERE, port), tls ? Optional.of(keys.context()) : Optional.empty(), handler, buffers,
                    sockets(), options(), tls ? crowds.secure() : crowds.plain());
            LOG.info("services are reached by {} on port {}", name, port);
            said.clear();
            return Optional.of(server);
        } catch (IOException | RuntimeException e) {
            var words = e instanceof BindException
                    ? owners.of(port).map(owner -> "port " + port + "/tcp, which services are to be reached on by " + name + ", is taken on this host by " + owner)
                            .orElse("port " + port + "/tcp cannot be listened on for " + name + ": " + e.getMessage())
                    : "port " + port + "/tcp: " + name + " cannot be answered: " + e;
            // It is tried again all the time.
            if (said.add(words)) LOG.warn("{}", words);
            troubles.add(new PortTrouble(tls ? PortTrouble.Kind.HTTPS : PortTrouble.Kind.HTTP, port + "/tcp", words));
            return Optional.empty();
        }
    }

    private OptionMap sockets() {
        return OptionMap.builder()
                .set(Options.TCP_NODELAY, true)
                .set(Options.REUSE_ADDRESSES, true)
                .set(Options.KEEP_ALIVE, true)
                .set(Options.BACKLOG, BACKLOG)
                .set(Options.READ_TIMEOUT, Patience.millis(patience.silent()))
                .set(Options.WRITE_TIMEOUT, Patience.millis(patience.silent()))
                .getMap();
    }

    private OptionMap options() {
        return OptionMap.builder()
                .set(UndertowOptions.MAX_HEADER_SIZE, MOST_HEADER_BYTES)
                .set(UndertowOptions.MAX_HEADERS, MOST_HEADERS)
                .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .set(UndertowOptions.MAX_PARAMETERS, MOST_PARAMETERS)
                .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, Patience.millis(patience.headers()))
                .set(UndertowOptions.NO_REQUEST_TIMEOUT, Patience.millis(patience.keptAlive()))
                .set(UndertowOptions.ALLOW_UNESCAPED_CHARACTERS_IN_URL, true)
                .set(UndertowOptions.DECODE_URL, false)
                .set(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
                .getMap();
    }

    @Override
    public void close() {
        https.ifPresent(Doorway::close);
        http.ifPresent(Doorway::close);
        worker.shutdownNow();
    }
}
