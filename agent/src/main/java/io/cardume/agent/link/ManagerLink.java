package io.cardume.agent.link;

import io.cardume.api.link.FromAgent;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one WebSocket to a manager open for as long as it is not closed: dials the managers in turn, says who the agent
 * is, gives signs of life, and dials again with growing, jittered pauses when a connection ends.
 */
public final class ManagerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ManagerLink.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    /** Well below the time after which a manager that was restarted takes silent nodes for lost. */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(1_500);
    /** Whoever is there and closes the connection before it stands has too many at once. */
    private static final Duration LONGEST_PAUSE_CLOSED = Duration.ofSeconds(4);
    /** Whoever is refused, or has no token yet, waits for somebody to mend it or for a new cluster: both come at once. */
    private static final Duration LONGEST_PAUSE_REFUSED = Duration.ofMillis(500);
    /** Whoever was given a certificate and comes back without it cannot keep any: somebody has to make room on its disk. */
    private static final Duration LONGEST_PAUSE_CERTIFIED = Duration.ofSeconds(10);
    /** Long enough for the manager to see that this node is no use to it. */
    private static final Duration CONFUSED = Duration.ofSeconds(20);
    /** How long a manager may take to answer a dial where there are others to ask, and where there is none. */
    private static final Duration DIAL_LIMIT = Duration.ofSeconds(2);
    private static final Duration DIAL_LIMIT_ALONE = Duration.ofSeconds(10);
    /**
     * One that is there and has not answered is given twice as long the next time, up to this: when thousands dial at once, a
     * handshake that is given up before its turn comes is work for nothing, and keeps the others waiting. Both are below the
     * time for which a manager waits for nodes that fell silent together.
     */
    private static final Duration LONGEST_DIAL = Duration.ofSeconds(4);
    private static final Duration LONGEST_DIAL_ALONE = Duration.ofSeconds(30);
    /** How long a mere connection may take. */
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);

    /**
     * How a manager is dialled.
     *
     * @param hello who the agent is
     * @param tls what it shows, and whom it believes; for this dial only
     * @param first whether it has no certificate yet, and knows managers by its join token only
     */
    public record Dial(FromAgent.Hello hello, SSLContext tls, boolean first) {}

    /** Says who the agent is, anew for each connection. */
    public interface Introduction {
        Dial dial() throws IOException;
    }

    private final List<ManagerAddress> managers;
    private final Introduction introduction;
    private final Supplier<FromAgent.Heartbeat> sign;
    private final LinkListener listener;
    private final Clock clock;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Connection current = Connection.NONE;

    /**
     * @param managers where managers listen; at least one
     * @param introduction says who the agent is
     * @param sign the next sign of life
     * @param listener hears everything
     */
    public ManagerLink(
            List<ManagerAddress> managers,
            Introduction introduction,
            Supplier<FromAgent.Heartbeat> sign,
            LinkListener listener,
            Clock clock) {
        if (managers.isEmpty()) throw new IllegalArgumentException("no manager's address is given");
        this.managers = List.copyOf(managers);
        this.introduction = introduction;
        this.sign = sign;
        this.listener = listener;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("manager-link").unstarted(this::run);
    }

    /** Begins to dial. */
    public void start() {
        thread.start();
    }

    /**
     * Sends a message over the present connection without waiting.
     *
     * @return whether it is on its way; if not, the agent has not joined, or the connection is about to be given up
     */
    public boolean say(FromAgent message) {
        return current.say(message);
    }

    /** As {@link #say}, but waits for room. */
    public boolean sayPatiently(FromAgent message) throws InterruptedException {
        return current.sayPatiently(message);
    }

    private void run() {
        int failures = 0;
        int refusals = 0;
        int certified = 0;
        String refusal = "";
        var limit = firstLimit();
        boolean unanswered = false;
        for (int turn = 0; !isClosed(); turn = (turn + 1) % managers.size()) {
            var manager = managers.get(turn);
            // Where nobody is, nobody is crowded: a long dial would only hear late that somebody has come back.
            if (unanswered && !isThere(manager)) {
                limit = firstLimit();
                if (!pause(failures++ / managers.size(), LONGEST_PAUSE)) return;
                continue;
            }
            Dial dial;
            try {
                dial = introduction.dial();
            } catch (IOException | RuntimeException e) {
                if (failures++ == 0) LOG.warn("the agent cannot introduce itself yet: {}", e.toString());
                if (!pause(failures - 1, LONGEST_PAUSE_REFUSED)) return;
                continue;
            }
            long began = System.nanoTime();
            try {
                var end = converse(manager, dial, limit);
                failures = 0;
                unanswered = false;
                limit = firstLimit();
                switch (end) {
                    case JOINED -> {
                        refusals = 0;
                        certified = 0;
                        refusal = "";
                        turn--; // the one that let us in is asked first
                    }
                    case CERTIFIED -> {
                        turn--;
                        if (certified++ > 0 && !pause(certified, LONGEST_PAUSE_CERTIFIED)) return;
                    }
                    case REFUSED -> {
                        refusals++;
                        if (!refusal.equals(current.over())) LOG.warn("manager {} does not let the agent in: {}", manager, current.over());
                        refusal = current.over();
                    }
                    case CONFUSED -> {
                        LOG.error("manager {}: {}; are manager and agent of the same version?", manager, current.over());
                        if (!pause(10, CONFUSED)) return;
                    }
                }
                if (!pause(refusals == 0 ? 0 : refusals - 1, LONGEST_PAUSE_REFUSED)) return;
            } catch (IOException e) {
                if (isClosed()) return;
                if (failures == 0) LOG.warn("no conversation with manager {}: {}", manager, e.getMessage());
                else LOG.debug("no conversation with manager {}: {}", manager, e.getMessage());
                unanswered = System.nanoTime() - began >= limit.toNanos();
                if (unanswered) limit = longer(limit);
                if (!pause(failures++ / managers.size(), isNobodyThere(e) ? LONGEST_PAUSE : LONGEST_PAUSE_CLOSED)) return;
            } catch (RuntimeException e) {
                LOG.error("the conversation with manager {} failed", manager, e);
                if (!pause(failures++ / managers.size(), LONGEST_PAUSE)) return;
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static boolean isNobodyThere(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) if (cause instanceof ConnectException || cause instanceof NoRouteToHostException || cause instanceof HttpTimeoutException) return true;
        return false;
    }

    private Duration firstLimit() {
        return managers.size() == 1 ? DIAL_LIMIT_ALONE : DIAL_LIMIT;
    }

    private Duration longer(Duration limit) {
        var longest = managers.size() == 1 ? LONGEST_DIAL_ALONE : LONGEST_DIAL;
        var twice = limit.multipliedBy(2);
        return twice.compareTo(longest) > 0 ? longest : twice;
    }

    private static boolean isThere(ManagerAddress manager) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(manager.host(), manager.port()), (int) CONNECT_LIMIT.toMillis());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Connection.End converse(ManagerAddress manager, Dial dial, Duration limit)
            throws IOException, InterruptedException {
        // A client of its own: no connection goes on from an earlier one's secrets, or shows an earlier one's certificate.
        var http = HttpClient.newBuilder().connectTimeout(limit).executor(threads).sslContext(dial.tls())
                .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3"})).build();
        try {
            var connection = new Connection(http, manager, limit, dial.hello(), dial.first(), sign, listener, clock);
            current = connection;
            if (isClosed()) connection.close();
            return connection.run();
        } finally {
            http.shutdownNow();
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** Whether it is to go on. */
    private boolean pause(int times, Duration longest) {
        var full = FIRST_PAUSE.multipliedBy(1L << Math.min(times, 10));
        if (full.compareTo(longest) > 0) full = longest;
        try {
            return !closed.await(full.toMillis() / 2 + ThreadLocalRandom.current().nextLong(full.toMillis() / 2 + 1), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** Ends the conversation after sending what waits to be sent. */
    @Override
    public void close() {
        closed.countDown();
        current.close();
        try {
            thread.join(Duration.ofSeconds(3));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
        threads.shutdownNow();
    }
}
