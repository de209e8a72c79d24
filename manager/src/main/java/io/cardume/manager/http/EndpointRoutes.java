package io.cardume.manager.http;

import io.cardume.api.EndpointSpec;
import io.cardume.api.EndpointsView;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.TakenPorts;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Where a service is reached: its addresses and ports, its tasks, and what each node's balancers know. */
final class EndpointRoutes {
    private final ManagerLoop loop;

    EndpointRoutes(ManagerLoop loop) {
        this.loop = loop;
    }

    List<Route> routes() {
        return List.of(Route.get("/services/{id}/endpoints", UserRole.VIEWER, exchange -> {
            var state = loop.published();
            exchange.json(200, of(state, Lookup.service(exchange.spaces(), state, exchange.path("id"))));
        }));
    }

    private static EndpointsView of(ClusterState state, Service service) {
        var endpoint = state.endpoint(service.id()).orElse(Endpoint.none(service.id()));
        var mode = service.spec().endpointSpec().flatMap(EndpointSpec::mode).filter(said -> !said.isEmpty()).orElse("vip");
        var taken = TakenPorts.andDoors(state, service.id());
        return new EndpointsView(service.id(), service.name(), mode, Views.virtualIps(endpoint, state), endpoint.ports(),
                Optional.of(endpoint.missing()).filter(words -> !words.isEmpty()),
                state.tasksOf(service.id()).stream().filter(task -> !task.isDead()).map(task -> backend(state, task)).toList(),
                state.nodes().values().stream().filter(Node::hasAgent).map(node -> new EndpointsView.NodeTable(
                        node.id(), node.description().hostname(), Views.state(node), state.acknowledged(node.id()),
                        state.fenced(node.id()).isPresent(), Optional.ofNullable(taken.get(node.id())))).toList());
    }

    private static EndpointsView.Backend backend(ClusterState state, Task task) {
        var addresses = new TreeMap<String, String>();
        state.addresses(task.id()).ifPresent(known -> known.byNetwork().forEach((network, address) -> addresses.put(network.value(), address.toString())));
        return new EndpointsView.Backend(task.id(), Lookup.name(state, task), task.node(),
                task.node().flatMap(state::node).map(node -> node.description().hostname()), addresses, task.status().state(),
                task.isServing(), task.isBackend(), Optional.of(task.status().probe()).filter(words -> !words.isEmpty()));
    }
}
