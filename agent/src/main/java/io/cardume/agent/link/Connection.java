package io.cardume.agent.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import io.cardume.agent.trust.StrangerException;
import io.cardume.api.Json;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a manager, from dialling to its end. One thread sends everything, for the JDK's WebSocket allows no
 * overlapping sends; what is heard is handled where it is heard, message by message.
 */
final class Connection implements WebSocket.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);
    private static final Duration WELCOME_LIMIT = Duration.ofSeconds(15);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(10);
    private static final int SILENT_HEARTBEATS = 3;
    private static final int WAITING = 1_024;
    private static final Duration ROOM_AGAIN = Duration.ofMillis(5);
    private static final int LONGEST_MESSAGE = 64 << 20;

    /** How a connection ended that a manager had answered on. */
    enum End {
        /** The agent was a member. */
        JOINED,
        /** It was given a certificate, to come back with. */
        CERTIFIED,
        /** It was not let in, or the cluster has ended. */
        REFUSED,
        /** The agent does not understand what the manager says. */
        CONFUSED
    }

    /** What waits to be sent. */
    private sealed interface Outgoing {
        record Message(FromAgent message) implements Outgoing {}

        /** Nothing: look at the state of the connection. */
        record Look() implements Outgoing {}
    }

    /** What stands where no connection is. */
    static final Connection NONE = closedFromBirth();

    private final HttpClient http;
    private final ManagerAddress manager;
    /** How long it may take until it stands. */
    private final Duration limit;
    private final FromAgent.Hello hello;
    private final boolean first;
    private final Supplier<FromAgent.Heartbeat> sign;
    private final LinkListener listener;
    private final Clock clock;
    private final BlockingQueue<Outgoing> outgoing = new ArrayBlockingQueue<>(WAITING);
    /** What has come of a message; a new one for each, for an emptied one would keep its characters. */
    private StringBuilder parts = new StringBuilder();
    private final Object hearing = new Object();
    private volatile long heardNanos = System.nanoTime();
    private volatile Instant heardAt;
    /** Pings since something was heard; written by two threads, and off by one at worst. */
    private volatile int unanswered;
    private volatile Duration heartbeat = Duration.ofSeconds(1);
    private volatile boolean joined;
    private volatile boolean refused;
    private volatile boolean certified;
    private volatile boolean confused;
    private volatile boolean closing;
    /** Why nothing more is to be said; "" while all is well. */
    private volatile String over = "";
    /** Set under {@link #hearing}: nothing more is given to the listener. */
    private boolean deaf;

    Connection(
            HttpClient http,
            ManagerAddress manager,
            Duration limit,
            FromAgent.Hello hello,
            boolean first,
            Supplier<FromAgent.Heartbeat> sign,
            LinkListener listener,
            Clock clock) {
        this.http = http;
        this.manager = manager;
        this.limit = limit;
        this.hello = hello;
        this.first = first;
        this.sign = sign;
        this.listener = listener;
        this.clock = clock;
        this.heardAt = clock.instant();
    }

    private static Connection closedFromBirth() {
        var none = new Connection(null, null, Duration.ZERO, null, false, () -> new FromAgent.Heartbeat(0, Optional.empty()), null, Clock.systemUTC());
        none.over = "there is no connection";
        return none;
    }

    boolean say(FromAgent message) {
        if (!joined || !over.isEmpty()) return false;
        if (outgoing.offer(new Outgoing.Message(message))) return true;
        end("the manager does not read what it is sent");
        return false;
    }

    boolean sayPatiently(FromAgent message) throws InterruptedException {
        while (joined && over.isEmpty()) {
            // Room is left for those who cannot wait.
            if (outgoing.remainingCapacity() > WAITING / 2 && outgoing.offer(new Outgoing.Message(message))) return true;
            Thread.sleep(ROOM_AGAIN);
        }
        return false;
    }

    /** Ends it after sending what waits. */
    void close() {
        closing = true;
        outgoing.offer(new Outgoing.Look());
    }

    /** Why it ended; "" while it has not. */
    String over() {
        return over;
    }

    /** Dials and converses until the connection ends. */
    End run() throws IOException, InterruptedException {
        WebSocket socket;
        try {
            socket = dial();
        } catch (IOException e) {
            var stranger = StrangerException.of(e);
            if (stranger.isEmpty()) throw e;
            var words = "whoever answers at " + manager + " is not believed: " + stranger.get().getMessage();
            // A member's manager may come back; whoever has just begun is told at once.
            if (!first) throw new IOException(words, e);
            listener.refused(words);
            end(words);
            return End.REFUSED;
        }
        try {
            heard();
            transmit(socket, hello);
            converse(socket);
        } catch (IOException e) {
            end(e.getMessage());
        } finally {
            if (over.isEmpty()) end("the agent is closed");
            synchronized (hearing) {
                deaf = true;
            }
            socket.abort();
            if (joined) {
                if (!closing) LOG.warn("the connection to manager {} ended: {}", manager, over);
                listener.parted(heardAt);
            }
        }
        if (confused) return End.CONFUSED;
        if (certified) return End.CERTIFIED;
        if (!joined && !refused) throw new IOException(over);
        return joined ? End.JOINED : End.REFUSED;
    }

    private WebSocket dial() throws IOException, InterruptedException {
        var dialled = http.newWebSocketBuilder().connectTimeout(limit).buildAsync(manager.uri(), this);
        try {
            return dialled.get(limit.plusSeconds(5).toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            dialled.cancel(true);
            throw new IOException("no answer", e);
        } catch (ExecutionException e) {
            throw new IOException(words(e.getCause()), e);
        }
    }

    private void converse(WebSocket socket) throws IOException, InterruptedException {
        var born = System.nanoTime();
        var lastSign = born;
        var patience = limit.compareTo(WELCOME_LIMIT) > 0 ? limit : WELCOME_LIMIT;
        while (over.isEmpty()) {
            long now = System.nanoTime();
            if (!joined && now - born > patience.toNanos()) throw new IOException("no welcome within " + patience.toSeconds() + " s");
            // Time alone proves nothing on a host that was too busy to ask.
            if (joined && unanswered >= SILENT_HEARTBEATS
                    && now - heardNanos > heartbeat.multipliedBy(SILENT_HEARTBEATS).toNanos()) {
                throw new IOException("nothing heard for " + SILENT_HEARTBEATS + " heartbeats");
            }
            if (joined && now - lastSign >= heartbeat.toNanos()) {
                lastSign = now;
                transmit(socket, sign.get());
                await(socket.sendPing(ByteBuffer.allocate(0)));
                unanswered++;
            }
            // Who waits for its welcome is woken by it.
            long wait = Math.max(1_000_000, joined ? heartbeat.toNanos() - (now - lastSign) : patience.toNanos() - (now - born));
            var next = closing ? outgoing.poll() : outgoing.poll(wait, TimeUnit.NANOSECONDS);
            if (next instanceof Outgoing.Message(var message)) transmit(socket, message);
            else if (closing && next == null) { // a Look may stand before messages
                await(socket.sendClose(WebSocket.NORMAL_CLOSURE, "the agent is closed"));
                awaitAnswer();
                return;
            }
        }
    }

    /** What was sent is only on its way before the manager has answered the close. */
    private void awaitAnswer() throws InterruptedException {
        long limit = System.nanoTime() + CLOSE_LIMIT.toNanos();
        while (over.isEmpty()) {
            long left = limit - System.nanoTime();
            if (left <= 0) return;
            outgoing.poll(left, TimeUnit.NANOSECONDS);
        }
    }

    private void transmit(WebSocket socket, FromAgent message) throws IOException, InterruptedException {
        await(socket.sendText(Json.lenient().writerFor(FromAgent.class).writeValueAsString(message), true));
    }

    private static void await(CompletableFuture<?> sent) throws IOException, InterruptedException {
        try {
            sent.get(SEND_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the manager does not read what it is sent", e);
        } catch (ExecutionException e) {
            throw new IOException(words(e.getCause()), e);
        }
    }

    private void end(String why) {
        if (!over.isEmpty()) return;
        over = why.isEmpty() ? "without a word" : why;
        outgoing.offer(new Outgoing.Look());
    }

    private void heard() {
        heardNanos = System.nanoTime();
        unanswered = 0;
        heardAt = clock.instant();
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        heard();
        parts.append(data);
        if (last) {
            String whole = parts.toString();
            parts = new StringBuilder();
            hear(whole);
        } else if (parts.length() > LONGEST_MESSAGE) {
            end("a message of the manager is longer than " + LONGEST_MESSAGE + " characters");
            parts = new StringBuilder();
        }
        heard();
        socket.request(1);
        return null;
    }

    private void hear(String text) {
        ToAgent message;
        try {
            message = Json.lenient().readValue(text, ToAgent.class);
        } catch (InvalidTypeIdException e) {
            LOG.warn("manager {} says a kind of thing this agent does not know, it is passed over: {}", manager, e.getOriginalMessage());
            return;
        } catch (JsonProcessingException e) {
            // Whoever works on without having understood passes for healthy: better to fall silent.
            confused = true;
            end("what the manager says cannot be understood: " + e.getOriginalMessage());
            return;
        }
        synchronized (hearing) {
            if (deaf) return;
            switch (message) {
                case ToAgent.Welcome(var cluster, var expected) -> {
                    if (expected.isPositive()) heartbeat = expected;
                    joined = true; // first: whoever hears of it may speak at once
                    try {
                        listener.joined(cluster);
                    } catch (RuntimeException e) {
                        joined = false;
                        throw e;
                    }
                    LOG.info("manager {} has let the agent into cluster {}", manager, cluster);
                    outgoing.offer(new Outgoing.Look());
                }
                case ToAgent.Issued issued -> {
                    listener.told(issued);
                    if (joined) return;
                    certified = true;
                    end("the agent dials again with its certificate");
                }
                case ToAgent.Refused(var words) -> {
                    refused = true;
                    listener.refused(words);
                    end(words);
                }
                case ToAgent.ClusterEnded ended -> {
                    refused = true;
                    listener.told(ended);
                    end("cluster " + ended.cluster() + " has ended");
                }
                case ToAgent.Roots _, ToAgent.RenewNow _, ToAgent.Assignment _, ToAgent.Delivery _, ToAgent.Networks _, ToAgent.Balancing _, ToAgent.Certificates _, ToAgent.FollowLogs _,
                        ToAgent.GrantLogs _, ToAgent.StopLogs _, ToAgent.OfStream _, ToAgent.Logins _, ToAgent.ImageNews _ ->
                    listener.told(message);
            }
        }
    }

    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
        heard();
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
        heard();
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        heard();
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        end("closed by the manager" + (reason.isEmpty() ? "" : ": " + reason));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        end(words(error));
    }

    private static String words(Throwable error) {
        var cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
