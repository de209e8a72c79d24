package io.cardume.manager.http;

import io.cardume.api.BlobKind;
import io.cardume.api.UserRole;
import io.cardume.manager.gate.Gate;
import io.cardume.manager.gate.GatedHttp;
import io.cardume.manager.gate.KeptAlive;
import io.cardume.manager.gate.Tls;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.link.Agents;
import io.cardume.manager.trust.ApiTls;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.Vault;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Engine API on several addresses at once, unix sockets and TCP alike, each path bare and as {@code /v1.NN/…}. */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    /** The name of the connectors that only this host reaches. */
    static final String LOCAL = "local";
    private static final long KEEP_ALIVE_MILLIS = 300_000;

    private final List<Route> routes = new ArrayList<>();
    private final List<ServerConnector> tcp = new ArrayList<>();
    private final List<ApiAddress> asked;
    private final Admission admission;
    private final Gate network;
    private final Gate local;
    private final Events events;
    private final Logs logs;
    private final ExecRoutes execs;
    private final Optional<String> group;
    private final ApiTls tls;
    private final Access access;
    private final Streams streams;
    private final Audit audit;
    private final RequestThreads threads = new RequestThreads();
    private final Javalin server;

    /**
     * Serves at once.
     *
     * @param loop the only writer
     * @param logs where log lines come from
     * @param agents what containers are asked of
     * @param vault seals logins
     * @param authority where certificates and join tokens come from
     * @param locking the lock on what is stored
     * @param tls what {@code tls://} addresses show and ask for
     * @param audit where it is written who changed what
     * @param clusterPort where agents connect to this manager
     * @param founding what a new cluster is like, from the address it is told to advertise
     * @param addresses where to serve, at least one
     * @param group whose members may open unix sockets; empty = only their owner
     * @param limits how much callers may take
     * @throws IOException if an address cannot be used; says which and why
     */
    public ApiServer(
            ManagerLoop loop, LogSource logs, Agents agents, Vault vault, CertificateAuthority authority, ApiTls tls, Locking locking, Audit audit, IntSupplier clusterPort,
            Function<Optional<String>, InitCluster> founding, List<ApiAddress> addresses, Optional<String> group, Limits limits)
            throws IOException {
        this.asked = List.copyOf(addresses);
        this.audit = audit;
        this.tls = tls;
        this.group = group;
        this.access = new Access(loop, tls);
        this.streams = new Streams(loop);
        this.admission = new Admission(limits);
        int connections = limits.of(Limits.Name.API_CONNECTIONS);
        this.network = new Gate("the API's TCP ports", connections, limits.of(Limits.Name.API_CONNECTIONS_PER_CALLER), limits.patience());
        this.local = new Gate("the API's unix sockets", connections, connections, limits.patience());
        this.events = new Events(loop, admission);
        routes.addAll(new SystemRoutes(loop, locking, clusterPort).routes());
        routes.addAll(new SwarmRoutes(loop, authority, locking, founding, audit).routes());
        routes.addAll(new Metrics(loop).routes());
        routes.addAll(new ServiceRoutes(loop, vault).routes());
        routes.addAll(new StackRoutes(loop).routes());
        routes.addAll(new TaskRoutes(loop).routes());
        var reaching = new Reaching(loop, agents);
        routes.addAll(new NodeRoutes(loop, reaching, clusterPort).routes());
        routes.addAll(reaching.routes());
        routes.addAll(new RebalanceRoutes(loop).routes());
        for (BlobKind kind : BlobKind.values()) routes.addAll(new BlobRoutes(loop, kind).routes());
        routes.addAll(new NetworkRoutes(loop).routes());
        routes.addAll(new EndpointRoutes(loop).routes());
        routes.addAll(new Explaining(loop, reaching).routes());
        routes.addAll(new Jobs(loop).routes());
        this.logs = new Logs(loop, logs, admission);
        routes.addAll(this.logs.routes());
        this.execs = new ExecRoutes(loop, agents, admission, audit);
        routes.addAll(execs.routes());
        routes.addAll(new ContainerRoutes(loop, agents, this.logs, admission).routes());
        routes.addAll(events.routes());
        routes.addAll(new UserRoutes(loop, authority).routes());
        routes.add(Route.get("/audit", UserRole.ADMIN, this::audited));
        routes.addAll(new RegistryRoutes().routes());
        routes.addAll(new ForeignRoutes().routes());
        for (ApiAddress address : asked) if (address instanceof ApiAddress.Unix(var path)) free(path);
        this.server = Javalin.create(this::configure);
        try {
            server.start();
        } catch (RuntimeException e) {
            server.stop();
            threads.close();
            events.close();
            streams.close();
            network.close();
            local.close();
            throw new IOException("the API cannot be served on " + asked + ": " + cause(e), e);
        }
        for (ApiAddress address : asked)
            if (address instanceof ApiAddress.Unix(var path)) permit(path);
    }

    /** What is served. */
    List<Route> routes() {
        return List.copyOf(routes);
    }

    /** Where it is served; ports that were chosen filled in. */
    public List<ApiAddress> addresses() {
        var served = new ArrayList<ApiAddress>();
        var connectors = tcp.iterator();
        for (ApiAddress address : asked) {
            served.add(switch (address) {
                case ApiAddress.Unix unix -> unix;
                case ApiAddress.Tcp(var host, _) -> new ApiAddress.Tcp(host, connectors.next().getLocalPort());
                case ApiAddress.Tls(var host, _) -> new ApiAddress.Tls(host, connectors.next().getLocalPort());
            });
        }
        return served;
    }

    /** How many connections its TCP ports have. */
    int connections() {
        return network.count();
    }

    private void configure(JavalinConfig config) {
        config.jetty.threadPool = threads;
        config.startup.showJavalinBanner = false;
        config.startup.startupWatcherEnabled = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.maxRequestSize = BlobRoutes.LARGEST_BODY + 1L;
        config.http.defaultContentType = "application/json";
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(Limits.HEAD_BYTES);
            http.setServerAuthority(new HostPort("localhost"));
        });
        config.jetty.modifyServer(jetty -> jetty.setErrorHandler(new PlainErrors()));
        for (ApiAddress address : asked) config.jetty.addConnector((jetty, http) -> switch (address) {
            case ApiAddress.Unix(var path) -> unix(jetty, http, path);
            case ApiAddress.Tcp(var host, var port) -> tcp(jetty, host, port, LOCAL, new GatedHttp(http, network));
            case ApiAddress.Tls(var host, var port) -> tcp(jetty, host, port, "tls", Tls.before(secured()),
                    new GatedHttp(anyHost(http), network));
        });
        config.routes.after(context -> {
            var exchange = new Exchange(context, streams, admission);
            if (exchange.isToBeAudited()) audit.add(exchange.entry(context.statusCode()));
            exchange.readRest();
        });
        config.routes.before(context -> {
            headers().forEach(header -> context.header(header.name(), header.value()));
            var exchange = new Exchange(context, streams, admission);
            admission.admit(exchange);
            exchange.caller(access.caller(exchange));
        });
        for (Route route : routes) {
            config.routes.addHttpHandler(route.method(), route.path(), context -> serve(route, context));
        }
        for (Route route : routes)
            config.routes.addHttpHandler(route.method(), "/v{version}" + route.path(), context -> {
                ApiVersion.parse(context.pathParam("version")).orElseThrow(() -> new ApiException(404, "page not found")).orRefuse();
                serve(route, context);
            });
        config.routes.exception(ApiException.class, (e, context) -> answer(context, e.status(), e.getMessage(), e.brief()));
        config.routes.exception(HttpResponseException.class, (e, context) ->
                answer(context, e.getStatus(), e.getStatus() == 404 ? "page not found" : e.getMessage(), "page not found"));
        config.routes.exception(Exception.class, (e, context) -> {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            answer(context, 500, "a fault of this manager, and not of the request: " + e, "a fault of this manager");
        });
    }

    private void audited(Exchange exchange) {
        var said = exchange.query("limit");
        if (!said.isEmpty() && !said.matches("[1-9][0-9]{0,2}|1000"))
            throw new ApiException(400, "limit: \"" + said + "\" is not allowed; it is a number from 1 to " + Audit.REMEMBERED);
        exchange.json(200, audit.newest(said.isEmpty() ? 100 : Integer.parseInt(said)));
    }

    private void serve(Route route, Context context) throws Exception {
        var exchange = new Exchange(context, streams, admission);
        if (route.told()) exchange.toBeAudited();
        exchange.caller().orRefuse(route.role());
        try {
            route.serve().serve(exchange);
        } finally {
            exchange.ended();
        }
    }

    /** @param brief the same for the audit log, without anything that the request said */
    private void answer(Context context, int status, String message, String brief) {
        LOG.debug("{} {} is answered with {}: {}", context.method(), context.path(), status, message);
        var exchange = new Exchange(context, streams, admission);
        exchange.refused(brief);
        if (context.res().isCommitted()) return;
        if (status == 401) context.header("WWW-Authenticate", "Bearer");
        exchange.error(status, message);
    }

    /** A header of every answer. */
    record Header(String name, String value) {}

    static List<Header> headers() {
        return List.of(
                new Header("Server", "Cardume/" + ServerVersion.TEXT + " (" + System.getProperty("os.name").toLowerCase(Locale.ROOT) + ")"),
                new Header("Api-Version", ApiVersion.NEWEST.toString()),
                new Header("Ostype", System.getProperty("os.name").toLowerCase(Locale.ROOT)),
                new Header("Docker-Experimental", "false"));
    }

    /** Without Jetty's refusal of clients that call the host by a name its certificate does not have: whether to believe that is theirs to decide. */
    private static HttpConfiguration anyHost(HttpConfiguration http) {
        var secured = new HttpConfiguration(http);
        secured.addCustomizer(new SecureRequestCustomizer(false, -1, false));
        return secured;
    }

    /** Clients show a certificate or none; who has none may have a token. */
    private SslContextFactory.Server secured() {
        var factory = new SslContextFactory.Server();
        factory.setSslContext(tls.context());
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        factory.setWantClientAuth(true);
        return factory;
    }

    /** Only its owner opens the socket, and the members of the group that was said. */
    private void permit(Path path) throws IOException {
        if (group.isEmpty()) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return;
        }
        try {
            var principal = path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group.get());
            Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(principal);
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException("there is no group " + group.get() + " on this host", e);
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    }

    private ServerConnector tcp(Server jetty, String host, int port, String name, ConnectionFactory... factories) {
        var connector = new KeptAlive(jetty, factories);
        connector.setName(name);
        connector.setHost(host);
        connector.setPort(port);
        connector.setIdleTimeout(KEEP_ALIVE_MILLIS);
        tcp.add(connector);
        return connector;
    }

    private UnixDomainServerConnector unix(Server jetty, HttpConfiguration http, Path path) {
        var connector = new UnixDomainServerConnector(jetty, new GatedHttp(http, local));
        connector.setName(LOCAL);
        connector.setUnixDomainPath(path);
        connector.setIdleTimeout(KEEP_ALIVE_MILLIS);
        return connector;
    }

    /** Removes the socket of a manager that is no more; one that still answers is not touched. */
    static void free(Path path) throws IOException {
        if (path.toString().getBytes().length > UnixDomainServerConnector.MAX_UNIX_DOMAIN_PATH_LENGTH)
            throw new IOException(path + " is too long for a unix socket");
        if (!Files.exists(path)) {
            if (path.getParent() != null) Files.createDirectories(path.getParent());
            return;
        }
        if (Files.isDirectory(path) || Files.isRegularFile(path)) throw new IOException(path + " is there already and is no socket");
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            Files.delete(path);
            return;
        }
        throw new IOException(path + " is in use by another process");
    }

    private static String cause(Throwable e) {
        var last = e;
        while (last.getCause() != null) last = last.getCause();
        return last.getMessage();
    }

    /** Ends all streams, then stops serving. */
    @Override
    public void close() {
        events.close();
        logs.close();
        execs.close();
        streams.close();
        server.stop();
        threads.close();
        network.close();
        local.close();
        for (ApiAddress address : asked)
            if (address instanceof ApiAddress.Unix(var path)) {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    LOG.warn("{} cannot be removed: {}", path, e.getMessage());
                }
            }
    }
}
