package io.cardume.manager.http;

import io.cardume.api.InfoView;
import io.cardume.api.UserRole;
import io.cardume.api.VersionView;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.loop.ManagerLoop;
import io.javalin.http.HandlerType;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/** The server itself: whether it is there, what it is, and how it is. */
final class SystemRoutes {
    private final ManagerLoop loop;
    private final Locking locking;
    private final IntSupplier clusterPort;

    SystemRoutes(ManagerLoop loop, Locking locking, IntSupplier clusterPort) {
        this.locking = locking;
        this.loop = loop;
        this.clusterPort = clusterPort;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/_ping", UserRole.VIEWER, this::ping),
                new Route(HandlerType.HEAD, "/_ping", UserRole.VIEWER, false, this::ping),
                Route.get("/version", UserRole.VIEWER, exchange -> exchange.json(200, version())),
                Route.get("/info", UserRole.VIEWER, this::info),
                Route.get("/healthz", UserRole.VIEWER, this::health),
                Route.post("/auth", UserRole.VIEWER, _ -> {
                    throw new ApiException(501, "registry logins are not built yet; pull images on the hosts, or use a registry that needs no login");
                }));
    }

    private void ping(Exchange exchange) {
        var context = exchange.context();
        context.header("Builder-Version", "1");
        context.header("Cache-Control", "no-cache, no-store, must-revalidate");
        context.header("Pragma", "no-cache");
        context.header("Swarm", loop.published().cluster().isPresent() ? "active/manager" : "inactive");
        exchange.text(200, "OK");
    }

    /** What this server is. */
    static VersionView version() {
        var details = new TreeMap<>(Map.of(
                "ApiVersion", ApiVersion.NEWEST.toString(),
                "MinAPIVersion", ApiVersion.OLDEST.toString(),
                "Os", os(),
                "Arch", arch(),
                "KernelVersion", kernel(),
                "GoVersion", "",
                "GitCommit", "",
                "BuildTime", "",
                "Experimental", "false"));
        return new VersionView(
                new VersionView.Platform("Cardume"),
                List.of(new VersionView.Component("Engine", ServerVersion.TEXT, details)),
                ServerVersion.TEXT, ApiVersion.NEWEST.toString(), ApiVersion.OLDEST.toString(), "", "", os(), arch(), kernel(), "");
    }

    private void info(Exchange exchange) {
        var state = loop.published();
        Optional<Node> own = state.cluster().flatMap(cluster -> state.node(cluster.manager()));
        exchange.json(200, info(own, swarm(state, own), CertificateWarnings.of(state, Instant.now())));
    }

    /** How this server is: its own node, if that is known, its cluster, and what users are warned of. */
    static InfoView info(Optional<Node> own, InfoView.Swarm swarm, List<String> warnings) {
        return new InfoView(
                own.map(node -> node.id().value()).orElse(""), 0, 0, 0, 0, 0, "none",
                new InfoView.Plugins(List.of(), List.of(), List.of()), Instant.now(), "none", kernel(), "Cardume manager on " + System.getProperty("os.name"),
                os(), own.map(node -> node.description().platform().architecture()).orElse(System.getProperty("os.arch")),
                own.map(node -> (int) (node.description().nanoCpus() / 1_000_000_000L)).orElse(Runtime.getRuntime().availableProcessors()),
                own.map(node -> node.description().memoryBytes()).orElse(0L), "",
                own.map(node -> node.description().hostname()).orElse(""), List.of(), false, ServerVersion.TEXT,
                swarm, true, true, true, true, true, true, true, true, true, true, true, warnings);
    }

    private InfoView.Swarm swarm(ClusterState state, Optional<Node> own) {
        if (state.cluster().isEmpty())
            return new InfoView.Swarm("", "", "inactive", false, "", List.of(), 0, 0, Optional.empty());
        Cluster cluster = state.cluster().get();
        int managers = (int) state.nodes().values().stream().filter(node -> node.role() == Node.Role.MANAGER).count();
        return new InfoView.Swarm(cluster.manager().value(), own.map(Node::address).orElse(""), "active", true, "",
                own.map(node -> new InfoView.RemoteManager(node.id(), Views.clusterAddress(node, clusterPort.getAsInt()))).stream().toList(),
                state.nodes().size(), managers, Optional.of(Views.of(cluster, state, false, locking.autolocks())));
    }

    private void health(Exchange exchange) {
        var fault = loop.fault();
        if (fault.isPresent()) throw new ApiException(503, fault.get());
        exchange.text(200, "ok\n");
    }

    private static String os() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT);
    }

    private static String arch() {
        return switch (System.getProperty("os.arch")) {
            case "x86_64", "amd64" -> "amd64";
            case "aarch64" -> "arm64";
            case String other -> other;
        };
    }

    private static String kernel() {
        return System.getProperty("os.version");
    }
}
