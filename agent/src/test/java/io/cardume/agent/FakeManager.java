package io.cardume.agent;

import io.cardume.agent.trust.Issuer;
import io.cardume.api.ClusterId;
import io.cardume.api.Json;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.RootDigest;
import io.javalin.Javalin;
import io.javalin.websocket.WsContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A manager that decides nothing: it tells its one agent what the test says, and keeps what it hears. */
final class FakeManager implements AutoCloseable {
    private static final Issuer ISSUER = new Issuer();
    static final ClusterId CLUSTER = new ClusterId("abcdefghijklmnopqrstuvwxy");

    final List<FromAgent> heard = new CopyOnWriteArrayList<>();
    private final Map<TaskId, TaskStatus> statuses = new ConcurrentHashMap<>();
    private final TreeMap<TaskId, AssignedTask> tasks = new TreeMap<>();
    private final String token;
    private final Javalin server;
    private ServerConnector connector;
    private Optional<WsContext> agent = Optional.empty();
    private long generation;
    private boolean ended;
    private boolean removed;

    FakeManager() {
        this.token = token("t");
        this.server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.jetty.addConnector((jetty, http) -> {
                http.addCustomizer(new SecureRequestCustomizer(false));
                var ssl = new SslContextFactory.Server();
                ssl.setSslContext(ISSUER.manager());
                connector = new ServerConnector(jetty, new SslConnectionFactory(ssl, "http/1.1"), new HttpConnectionFactory(http));
                connector.setHost("127.0.0.1");
                return connector;
            });
            config.routes.ws("/agent", ws -> {
                ws.onMessage(context -> hear(context, Json.lenient().readValue(context.message(), FromAgent.class)));
                ws.onClose(context -> left(context));
            });
        }).start();
    }

    /** A token of its root; the right one unless said otherwise. */
    static String token(String digit) {
        return new JoinToken(RootDigest.of(ISSUER.root), digit.repeat(JoinToken.SECRET_DIGITS)).text();
    }

    InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("127.0.0.1", connector.getLocalPort());
    }

    private synchronized void hear(WsContext context, FromAgent message) {
        heard.add(message);
        switch (message) {
            case FromAgent.Hello _ when ended -> send(context, new ToAgent.Refused("there is no cluster"));
            case FromAgent.Hello _ when removed -> {
                send(context, new ToAgent.Assignment(++generation, Optional.empty(), List.of(), List.of()));
                send(context, new ToAgent.Refused("the node was removed"));
            }
            case FromAgent.Hello hello when hello.token().equals(token) -> {
                agent = Optional.of(context);
                send(context, new ToAgent.Welcome(CLUSTER, Duration.ofSeconds(1)));
                tellAll();
            }
            case FromAgent.Hello _ -> send(context, new ToAgent.Refused("the token is wrong"));
            case FromAgent.Statuses said -> said.reports().forEach(report -> statuses.put(report.task(), report.status()));
            case FromAgent.Resync _ -> tellAll();
            case FromAgent.WantImage(var image) ->
                send(context, new ToAgent.ImageNews(image, ToAgent.ImageNews.Course.NOWHERE, "no node has it"));
            case FromAgent.Renew _, FromAgent.Trusts _, FromAgent.Heartbeat _, FromAgent.Balanced _, FromAgent.Unreached _, FromAgent.LogData _, FromAgent.LogEnd _, FromAgent.OfStream _ -> {}
        }
    }

    private synchronized void left(WsContext context) {
        agent = agent.filter(now -> !now.sessionId().equals(context.sessionId()));
    }

    /** Assigns a task, or changes it. */
    synchronized void assigns(AssignedTask task) {
        tasks.put(task.id(), task);
        tellAll();
    }

    /** Forgets a task. */
    synchronized void forgets(TaskId task) {
        tasks.remove(task);
        tellAll();
    }

    synchronized void says(ToAgent message) {
        agent.ifPresent(context -> send(context, message));
    }

    /** Ends the cluster for good. */
    synchronized void ends() {
        ended = true;
        says(new ToAgent.ClusterEnded(CLUSTER));
    }

    /** Removes the agent's node from the cluster. */
    synchronized void removes() {
        removed = true;
    }

    /** Forgets what it was told so far. */
    void clears() {
        statuses.clear();
    }

    private void tellAll() {
        generation++;
        says(new ToAgent.Assignment(generation, Optional.empty(), List.copyOf(tasks.values()), List.of()));
    }

    TaskStatus awaits(TaskId task, TaskState state) {
        await(task + " is " + state, () -> statuses.containsKey(task) && statuses.get(task).state() == state);
        return statuses.get(task);
    }

    void await(String what, BooleanSupplier condition) {
        var end = Instant.now().plusSeconds(60);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(end)) throw new AssertionError(what + " did not come true; last told: " + statuses);
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static void send(WsContext context, ToAgent message) {
        try {
            context.send(Json.lenient().writerFor(ToAgent.class).writeValueAsString(message));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
