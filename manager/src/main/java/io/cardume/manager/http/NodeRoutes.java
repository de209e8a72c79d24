package io.cardume.manager.http;

import io.cardume.api.NodeSpec;
import io.cardume.api.UserRole;
import io.cardume.api.WireReader;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveNode;
import io.cardume.manager.loop.UpdateNode;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntSupplier;

/** Nodes. */
final class NodeRoutes {
    private static final Set<String> FILTERS = Set.of("id", "name", "label", "node.label", "role", "membership");

    private final ManagerLoop loop;
    private final Reaching reaching;
    private final Asking asking;
    private final IntSupplier clusterPort;

    NodeRoutes(ManagerLoop loop, Reaching reaching, IntSupplier clusterPort) {
        this.loop = loop;
        this.reaching = reaching;
        this.asking = new Asking(loop);
        this.clusterPort = clusterPort;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/nodes", UserRole.VIEWER, this::list),
                Route.get("/nodes/{id}", UserRole.VIEWER, this::inspect),
                Route.post("/nodes/{id}/update", UserRole.ADMIN, this::update),
                Route.delete("/nodes/{id}", UserRole.ADMIN, this::remove));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), FILTERS)
                .allowing("role", List.of("worker", "manager")).allowing("membership", List.of("accepted", "pending"));
        var unreached = reaching.words(state);
        var tls = new TlsInfos(state);
        exchange.json(200, state.nodes().values().stream()
                .filter(node -> filters.prefix("id", node.id().value())
                        && filters.prefix("name", node.description().hostname())
                        && filters.labels("label", node.description().engineLabels())
                        && filters.labels("node.label", node.labels())
                        && filters.exact("role", node.role().name().toLowerCase(Locale.ROOT))
                        && filters.exact("membership", "accepted"))
                .map(node -> Views.of(node, state, unreached, tls, clusterPort.getAsInt(), exchange.spaces())).toList());
    }

    private void inspect(Exchange exchange) {
        var state = loop.published();
        exchange.json(200, Views.of(Lookup.node(state, exchange.path("id")), state, reaching.words(state), new TlsInfos(state), clusterPort.getAsInt(), exchange.spaces()));
    }

    private void update(Exchange exchange) {
        var node = Lookup.node(loop.published(), exchange.path("id"));
        long version = exchange.version("node");
        var spec = Exchange.valid(WireReader.read(exchange.tree(), NodeSpec.class, false, _ -> true));
        asking.done(exchange, new UpdateNode(node.id(), version, spec.name(), spec.labels(),
                spec.role().map(role -> Node.Role.valueOf(role.name())).orElse(node.role()),
                spec.availability().map(wanted -> Node.Availability.valueOf(wanted.name())).orElse(Node.Availability.ACTIVE)));
        exchange.nothing(200);
    }

    private void remove(Exchange exchange) {
        asking.done(exchange, new RemoveNode(Lookup.node(loop.published(), exchange.path("id")).id(), exchange.flag("force")));
        exchange.nothing(200);
    }
}
