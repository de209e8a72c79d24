package io.cardume.manager.http;

import io.cardume.api.NetworkId;
import io.cardume.api.NetworkSpec;
import io.cardume.api.NetworkView;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Spaces;
import io.cardume.manager.loop.CreateNetwork;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveNetwork;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Networks: those that span the hosts, and those that every host has by itself. */
final class NetworkRoutes {
    private static final Set<String> FILTERS = Set.of("name", "id", "driver", "scope", "type", "label", "dangling");
    private static final List<String> TRUTHS = List.of("true", "false", "1", "0");

    private final ManagerLoop loop;
    private final Asking asking;

    NetworkRoutes(ManagerLoop loop) {
        this.loop = loop;
        this.asking = new Asking(loop);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/networks", UserRole.VIEWER, this::list),
                Route.post("/networks/create", UserRole.DEPLOYER, this::create),
                Route.post("/networks/prune", UserRole.DEPLOYER, this::prune),
                Route.get("/networks/{id}", UserRole.VIEWER, this::inspect),
                Route.delete("/networks/{id}", UserRole.DEPLOYER, this::remove));
    }

    private void list(Exchange exchange) {
        var state = loop.published();
        var filters = Filters.parse(exchange.query("filters"), FILTERS).allowing("type", List.of("custom", "builtin"))
                .allowing("scope", List.of("local", "swarm", "global")).allowing("dangling", TRUTHS);
        exchange.json(200, all(exchange.spaces(), state).filter(network -> passes(network, state, filters)).toList());
    }

    private static Stream<NetworkView> all(Spaces spaces, ClusterState state) {
        var since = state.cluster().map(Cluster::createdAt).orElse(Instant.EPOCH);
        return Stream.concat(Stream.of(PredefinedNetwork.values()).map(network -> Views.of(network, since)),
                Lookup.networks(spaces, state).stream().map(Views::of));
    }

    private static boolean passes(NetworkView network, ClusterState state, Filters filters) {
        boolean builtin = network.ingress() || network.scope().equals("local");
        return filters.any("name", network.name()::contains)
                && filters.prefix("id", network.id().value())
                && filters.exact("driver", network.driver())
                && filters.exact("scope", network.scope())
                && filters.exact("type", builtin ? "builtin" : "custom")
                && filters.any("dangling", wanted -> !builtin && isFree(network.id(), state) == (wanted.equals("true") || wanted.equals("1")))
                && filters.labels("label", network.labels());
    }

    /** Whether no service wants it. */
    private static boolean isFree(NetworkId network, ClusterState state) {
        return Lookup.services(Spaces.ALL, state).stream().noneMatch(service -> service.current().isOn(network));
    }

    private void create(Exchange exchange) {
        Lookup.cluster(loop.published());
        var spec = Exchange.valid(NetworkSpec.read(exchange.tree()));
        var id = asking.done(exchange, new CreateNetwork(spec));
        exchange.json(201, Exchange.object().put("Id", id.value()).put("Warning", ""));
    }

    private void inspect(Exchange exchange) {
        var state = loop.published();
        var name = exchange.path("id");
        var predefined = PredefinedNetwork.of(name);
        if (predefined.isPresent()) {
            exchange.json(200, Views.of(predefined.get(), state.cluster().map(Cluster::createdAt).orElse(Instant.EPOCH)));
            return;
        }
        if (state.cluster().isEmpty() || exchange.query("scope").equals("local")) throw new ApiException(404, "network " + name + " not found");
        var network = Lookup.network(exchange.spaces(), state, name);
        exchange.json(200, exchange.flag("verbose") ? Views.verbose(network, state, exchange.spaces()) : Views.of(network));
    }

    private void remove(Exchange exchange) {
        var name = exchange.path("id");
        PredefinedNetwork.of(name).ifPresent(network -> {
            throw new ApiException(403, network.word() + " is a pre-defined network and cannot be removed");
        });
        asking.done(exchange, new RemoveNetwork(Lookup.network(exchange.spaces(), loop.published(), name).id()));
        exchange.nothing(204);
    }

    private void prune(Exchange exchange) {
        var state = loop.published();
        Lookup.cluster(state);
        var filters = Filters.parse(exchange.query("filters"), Set.of("until", "label", "label!"));
        var until = filters.of("until").stream().map(NetworkRoutes::time).reduce((first, second) -> first.isBefore(second) ? first : second);
        var removed = new ArrayList<String>();
        for (Network network : Lookup.networks(exchange.spaces(), state)) {
            if (network.ingress() || !isFree(network.id(), state) || until.filter(network.createdAt()::isAfter).isPresent()
                    || !filters.labels("label", network.spec().labels()) || isSpared(network, filters)) continue;
            if (asking.tried(exchange, new RemoveNetwork(network.id()))) removed.add(network.name());
        }
        exchange.json(200, Map.of("NetworksDeleted", removed));
    }

    private static boolean isSpared(Network network, Filters filters) {
        return filters.of("label!").stream().anyMatch(label -> new Filters(new TreeMap<>(Map.of("label", List.of(label))))
                .labels("label", network.spec().labels()));
    }

    private static Instant time(String said) {
        return Events.time("filters.until", said).orElse(Instant.EPOCH);
    }
}
