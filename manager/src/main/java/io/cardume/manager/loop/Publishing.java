package io.cardume.manager.loop;

import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.api.StackLabels;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Service;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The ports a spec publishes: no two services have one of them on the same host. */
final class Publishing {
    private Publishing() {}

    /**
     * Refuses, in Swarm's words, a spec that publishes a port which is another service's; that several services publish a port
     * on the hosts that run their tasks is left to placement.
     */
    static void orRefuse(ClusterState state, ServiceSpec spec) throws Refusal {
        var self = state.serviceNamed(spec.name()).map(Service::id);
        for (PortConfig port : spec.ports()) {
            if (port.publishedPort() == 0) continue;
            for (ServiceId id : state.publishing(port.key())) {
                if (self.equals(Optional.of(id))) continue;
                var other = state.services().get(id);
                boolean ingress = isOnEveryNode(state, other, port);
                if (ingress || port.onEveryNode())
                    throw taken(port, other, ingress ? "an ingress port" : "a host-published port");
            }
        }
    }

    private static Refusal taken(PortConfig port, Service other, String as) {
        var words = "rpc error: code = InvalidArgument desc = port '" + port.publishedPort() + "' is already in use by ";
        return Refusal.telling(Refusal.Kind.INVALID, words + "service '" + other.name() + "' (" + other.id() + ") as " + as,
                Set.of(StackLabels.stack(other.spec().labels())), words + "another service as " + as);
    }

    /** Not only on the hosts that run a task; what an update took away and may bring back counts as well. */
    private static boolean isOnEveryNode(ClusterState state, Service service, PortConfig port) {
        var given = state.endpoint(service.id()).stream().flatMap(Endpoint::held);
        var asked = service.spec().ports().stream();
        var before = service.specsBefore().stream().flatMap(spec -> spec.ports().stream());
        return Stream.of(given, asked, before).flatMap(ports -> ports)
                .anyMatch(other -> other.onEveryNode() && other.key().equals(port.key()));
    }
}
