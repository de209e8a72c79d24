package io.cardume.manager.link;

import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.Errand;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.gate.Gate;
import io.cardume.manager.gate.GatedHttp;
import io.cardume.manager.gate.KeptAlive;
import io.cardume.manager.gate.Tls;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.gate.Memory;
import io.cardume.manager.gate.Origin;
import io.cardume.manager.gate.Patience;
import io.cardume.manager.gate.Rates;
import io.cardume.manager.gate.Visit;
import io.cardume.manager.loop.Committed;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.ClusterTls;
import io.cardume.manager.trust.Vault;
import io.javalin.Javalin;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where agents connect: one WebSocket each over TLS, at {@code /agent} of the cluster address. The newest connection of a
 * node is the one that counts.
 */
public final class AgentServer implements Agents, AutoCloseable {
    private static final int LARGEST_HEAD = 8 << 10;
    /** Where Jetty leaves the certificates that a client has proved to have the key of. */
    private static final String SHOWN = "jakarta.servlet.request.X509Certificate";
    private static final Logger LOG = LoggerFactory.getLogger(AgentServer.class);

    private final ManagerLoop loop;
    private final Duration heartbeat;
    private final Map<NodeId, AgentSession> sessions = new ConcurrentHashMap<>();
    private final Map<NodeId, AgentSession.Given> late = new ConcurrentHashMap<>();
    private final Set<AgentSession> unknown = ConcurrentHashMap.newKeySet();
    private final ImageRelay images;
    private final ClusterTls tls;
    private final RotationEnd rotation;
    private final Gate gate;
    private final Rates joins;
    private final Memory memory = Memory.ofThisProcess();
    private final Javalin server;
    private final InetSocketAddress address;
    private volatile Optional<ServerConnector> connector = Optional.empty();
    private final Runnable unsubscribe;
    private volatile Tables tables = Tables.nothing();

    /**
     * Agents may come as soon as it is {@link #openDoor}.
     *
     * @param vault opens what is sealed for agents that need it
     * @param authority issues agents' certificates
     * @param tls what the port shows, and how it knows who comes
     * @param address where to listen
     * @param heartbeat how often agents are to give a sign of life
     * @param limits how much those may take who connect
     */
    public AgentServer(
            ManagerLoop loop, Vault vault, CertificateAuthority authority, ClusterTls tls, InetSocketAddress address, Duration heartbeat, Limits limits) {
        this.loop = loop;
        this.heartbeat = heartbeat;
        this.address = address;
        this.images = new ImageRelay(loop::published, this, (node, message) -> Optional.ofNullable(sessions.get(node)).ifPresent(session -> session.tell(message)));
        this.gate = new Gate("the cluster port", limits.of(Limits.Name.CLUSTER_STRANGERS), limits.of(Limits.Name.CLUSTER_STRANGERS_PER_CALLER),
                limits.patience());
        this.joins = new Rates(limits.of(Limits.Name.CLUSTER_JOINS_PER_SECOND), limits.of(Limits.Name.CLUSTER_JOINS_AT_ONCE), System::nanoTime);
        this.tls = tls;
        this.rotation = new RotationEnd(loop);
        this.unsubscribe = loop.subscribe(this::committed);
        begin();
        this.server = Javalin.create(config -> {
            config.concurrency.useVirtualThreads = true;
            config.startup.showJavalinBanner = false;
            config.jetty.addConnector(this::connector);
            config.jetty.modifyWebSocketServletFactory(factory -> {
                factory.setMaxTextMessageSize(Limits.HELLO_BYTES);
                factory.setMaxBinaryMessageSize(1);
                factory.setIdleTimeout(heartbeat.multipliedBy(30));
            });
            config.routes.wsBeforeUpgrade("/agent", context -> {
                Visit.of(context.req()).ifPresent(visit -> context.attribute("visit", visit));
                if (context.req().getAttribute(SHOWN) instanceof X509Certificate[] chain && chain.length > 0) context.attribute("certificate", chain[0]);
            });
            config.routes.ws("/agent", ws -> {
                ws.onConnect(context -> {
                    Visit visit = context.attribute("visit");
                    Optional<X509Certificate> shown = Optional.ofNullable(context.attribute("certificate"));
                    var session = new AgentSession(this, loop, vault, authority, tls, shown, context.session, heartbeat, memory, visit == null ? () -> {} : visit::known);
                    context.attribute("session", session);
                    unknown.add(session);
                    session.start();
                });
                ws.onMessage(context -> {
                    AgentSession session = context.attribute("session");
                    if (session != null) session.heard(context.message());
                });
                ws.onClose(context -> {
                    AgentSession session = context.attribute("session");
                    if (session != null) session.closed();
                });
                ws.onError(context -> {
                    AgentSession session = context.attribute("session");
                    if (session != null) session.closed();
                });
            });
        });
    }

    /** Lets agents come; from now on they are expected. */
    public AgentServer openDoor() {
        loop.listens();
        server.start();
        rotation.look();
        return this;
    }

    private ServerConnector connector(Server jetty, HttpConfiguration http) {
        http.setRequestHeaderSize(LARGEST_HEAD);
        // Nodes are known by their certificates, not by names.
        http.addCustomizer(new SecureRequestCustomizer(false));
        var ssl = new SslContextFactory.Server();
        ssl.setSslContext(tls.context());
        ssl.setIncludeProtocols("TLSv1.3");
        ssl.setWantClientAuth(true);
        var port = new KeptAlive(jetty, Tls.before(ssl), new GatedHttp(http, gate));
        port.setHost(address.getHostString());
        port.setPort(address.getPort());
        connector = Optional.of(port);
        return port;
    }

    /** The port it listens on; 0 while it is to be chosen. */
    public int port() {
        return connector.map(ServerConnector::getLocalPort).filter(bound -> bound > 0).orElse(address.getPort());
    }

    /** How long those who connect may keep the manager waiting. */
    Patience patience() {
        return gate.patience();
    }

    /** Counts one who has no certificate and wants to be let in: zero if that is allowed now, else how long it is until the next one is. */
    Duration join(Origin from) {
        return joins.take(from);
    }

    /** How many bytes wait for readers of what agents sent. */
    long waiting() {
        return memory.used();
    }

    /** How many are connected who have not shown themselves to be agents of the cluster. */
    int strangers() {
        return gate.count();
    }

    /** Whether a node's agent is connected now. */
    public boolean isConnected(NodeId node) {
        return sessions.containsKey(node);
    }

    /**
     * Gives a task's log line by line to {@code sink}, which may block; returns at its end.
     *
     * @throws LogsUnavailable if they cannot be had, or not on; says why
     * @throws InterruptedException when the calling thread is interrupted: nobody wants them any more
     */
    public void follow(TaskId task, LogOptions options, Consumer<LogLine> sink)
            throws LogsUnavailable, InterruptedException {
        var node = loop.published().task(task).flatMap(found -> found.node());
        if (node.isEmpty()) throw new LogsUnavailable("task " + task + " has no node yet");
        var session = sessions.get(node.get());
        if (session == null) throw new LogsUnavailable("the agent of node " + node.get() + " is not connected");
        session.readings().follow(task, options, sink);
    }

    @Override
    public AgentStream open(NodeId node, Errand errand) throws ErrandException {
        var session = sessions.get(node);
        if (session == null) throw ErrandException.unreachable("the agent of node " + node + " is not connected");
        return session.readings().open(node.value(), errand);
    }

    @Override
    public SortedSet<NodeId> unreached(NodeId node) {
        var session = sessions.get(node);
        return session == null ? Collections.emptySortedSet() : session.unreached();
    }

    ImageRelay images() {
        return images;
    }

    /** What a node was given in place of a certificate that had ended, and has not shown since. */
    Optional<AgentSession.Given> late(NodeId node) {
        return Optional.ofNullable(late.get(node));
    }

    void late(NodeId node, AgentSession.Given given) {
        late.put(node, given);
    }

    /** A session whose node is known now; an older one of the same node ends. */
    void joined(NodeId node, AgentSession session) {
        unknown.remove(session);
        late.remove(node);
        var older = sessions.put(node, session);
        if (older != null && older != session) older.end();
    }

    /** A session that is no more. */
    void left(AgentSession session) {
        unknown.remove(session);
        session.node().ifPresent(node -> sessions.remove(node, session));
    }

    /** What was committed before anybody listened. */
    private synchronized void begin() {
        var published = loop.published();
        if (tables.state().version() < published.version()) tables = Tables.of(published);
    }

    private synchronized Tables advance(Committed committed) {
        try {
            tables = tables.after(committed);
        } catch (RuntimeException e) {
            LOG.error("the tables are made anew at transaction {}", committed.transaction().version(), e);
            tables = Tables.of(committed.after());
        }
        return tables;
    }

    /** The tables as of the last stored transaction. */
    Tables tables() {
        return tables;
    }

    /**
     * What is touched is noted before the tables can be seen, so that whoever sees them knows all that is; and after it, for who came
     * in between.
     */
    private void committed(Committed committed) {
        var touch = TouchedTasks.Touch.by(committed);
        touch(touch);
        var concerned = advance(committed).concerned();
        var touched = touch(touch);
        concerned.forEach(id -> session(id).ifPresent(AgentSession::wake));
        touched.forEach(AgentSession::wake);
        for (Change change : committed.transaction().changes()) {
            if (change instanceof Change.NodeRemoved(var id)) late.remove(id);
            if (change instanceof Change.AuthorityPut) Thread.ofVirtual().name("cluster-tls").start(tls::renew);
            if (change instanceof Change.AuthorityPut || change instanceof Change.ClusterEnded) sessions.values().forEach(AgentSession::wake);
        }
    }

    /** Notes with the sessions which of their tasks a transaction may have changed; those sessions. */
    private Set<AgentSession> touch(TouchedTasks.Touch touch) {
        var touched = new HashSet<AgentSession>();
        touch.ones().forEach((node, tasks) -> session(node).ifPresent(session -> {
            session.touched().touch(tasks, touch.version());
            touched.add(session);
        }));
        for (NodeId node : touch.all())
            session(node).ifPresent(session -> {
                session.touched().touchAll(touch.version());
                touched.add(session);
            });
        return touched;
    }

    private Optional<AgentSession> session(NodeId node) {
        return Optional.ofNullable(sessions.get(node));
    }

    /** Ends every connection; agents go on without a manager. */
    @Override
    public void close() {
        unsubscribe.run();
        rotation.close();
        images.close();
        sessions.values().forEach(AgentSession::end);
        unknown.forEach(AgentSession::end);
        server.stop();
        gate.close();
    }
}
