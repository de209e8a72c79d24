package io.cardume.manager.plan;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.HostAddresses;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What services and nodes are reached by: an address of the service on each of its networks, a number for each port it
 * publishes, and an address of each node on the networks it has tasks on. First everything that is not needed any more is
 * given back. A service keeps its address on a network that an update leaves, or where it wants none any more, until its last
 * task of before has ended.
 */
final class Endpoints implements PlanStep {
    private static final int FIRST_PORT = 30_000;
    private static final int LAST_PORT = 32_767;

    @Override
    public void plan(Draft draft) {
        var concerned = new TreeSet<>(draft.state().touched().services());
        concerned.addAll(draft.state().lacking());
        concerned.removeIf(id -> isIdle(draft.state(), id));
        for (ServiceId id : concerned) giveBack(draft, id);
        for (NetworkId id : draft.state().touched().networks()) giveBack(draft, id);
        for (ServiceId id : concerned) give(draft, id);
        for (NetworkId id : draft.state().touched().networks()) give(draft, id);
    }

    /** Whether a service has nothing of its own and wants nothing. */
    private static boolean isIdle(ClusterState state, ServiceId id) {
        var service = state.service(id);
        return service.isEmpty()
                || state.endpoint(id).isEmpty() && (service.get().removed() || service.get().spec().ports().isEmpty() && !service.get().current().spansHosts());
    }

    private static void giveBack(Draft draft, ServiceId id) {
        var service = draft.state().services().get(id);
        if (service.removed()) return;
        draft.state().endpoint(id).ifPresent(has -> {
            var wanted = networks(draft.state(), service);
            var virtual = new TreeMap<>(has.virtual());
            virtual.keySet().removeIf(network -> !wanted.contains(network));
            put(draft, has, new Endpoint(id, virtual, has.ports(), has.before(), has.missing()));
        });
    }

    private static void give(Draft draft, ServiceId id) {
        var service = draft.state().services().get(id);
        if (service.removed()) return;
        var has = draft.state().endpoint(id).orElse(Endpoint.none(id));
        var missing = new ArrayList<String>();
        var virtual = virtual(draft.state(), service, has, missing);
        var ports = ports(draft.state(), service, has, missing);
        put(draft, has, new Endpoint(id, virtual, ports, before(service, has, ports), String.join("; ", missing)));
    }

    private static void put(Draft draft, Endpoint before, Endpoint after) {
        if (after.equals(before)) return;
        draft.add(new Change.EndpointPut(after));
        after.virtual().forEach((network, address) -> {
            if (!before.virtual().containsKey(network)) draft.add(new Change.AddressGivenLast(network, address));
        });
    }

    /** Where it needs an address: where new tasks of it will be, and where tasks of it still live that are reached by one. */
    private static TreeSet<NetworkId> networks(ClusterState state, Service service) {
        var all = new TreeSet<>(networks(state, service.current()));
        for (Task task : state.tasksOf(service.id()))
            if (!task.isDead() && task.revision() != service.revision()) all.addAll(networks(state, service.revisions().get(task.revision())));
        return all;
    }

    private static List<NetworkId> networks(ClusterState state, Revision revision) {
        return revision.spec().hasVirtualAddresses() ? state.networks(revision) : List.of();
    }

    private static TreeMap<NetworkId, Ipv4> virtual(ClusterState state, Service service, Endpoint has, List<String> missing) {
        var virtual = new TreeMap<>(has.virtual());
        for (NetworkId id : networks(state, service.current())) {
            if (virtual.containsKey(id)) continue;
            state.network(id).ifPresent(network -> Addressing.nextForService(state, network).ifPresentOrElse(
                    address -> virtual.put(id, address),
                    () -> missing.add("network " + network.name() + " has no free address left in " + network.subnet() + " for the service itself")));
        }
        return virtual;
    }

    private static List<PortConfig> ports(ClusterState state, Service service, Endpoint has, List<String> missing) {
        var left = new ArrayList<>(has.held().filter(had -> taker(state, service.id(), had).isEmpty()).toList());
        var own = keys(service.spec());
        var kept = new ArrayList<Optional<Integer>>();
        for (PortConfig port : service.spec().ports()) {
            kept.add(isChosen(port) ? kept(left, port, own).map(PortConfig::publishedPort) : Optional.empty());
            kept.getLast().ifPresent(number -> own.add(port.published(number).key()));
        }
        var ports = new ArrayList<PortConfig>();
        for (int i = 0; i < kept.size(); i++) {
            var port = service.spec().ports().get(i);
            if (!port.onEveryNode()) ports.add(port);
            else if (port.publishedPort() != 0) {
                var taken = taker(state, service.id(), port);
                taken.ifPresentOrElse(other -> missing.add("port " + port.key() + " is published by service " + other.name()), () -> ports.add(port));
            } else {
                var number = kept.get(i).or(() -> free(state, service.id(), port, own));
                number.ifPresentOrElse(given -> {
                    ports.add(port.published(given));
                    own.add(port.published(given).key());
                }, () -> missing.add("no port of " + FIRST_PORT + " to " + LAST_PORT + " is free for " + port.target()));
            }
        }
        return ports;
    }

    /** The chosen ports of what it may turn back to, as far as it does not publish them now. */
    private static List<PortConfig> before(Service service, Endpoint has, List<PortConfig> ports) {
        var before = new ArrayList<PortConfig>();
        for (ServiceSpec spec : service.specsBefore()) {
            var left = new ArrayList<>(has.held().toList());
            var own = keys(spec);
            for (PortConfig port : spec.ports())
                if (isChosen(port))
                    kept(left, port, own).filter(had -> !ports.contains(had) && !before.contains(had)).ifPresent(before::add);
        }
        return before;
    }

    private static TreeSet<String> keys(ServiceSpec spec) {
        var keys = new TreeSet<String>();
        spec.ports().forEach(port -> keys.add(port.key()));
        return keys;
    }

    private static boolean isChosen(PortConfig port) {
        return port.onEveryNode() && port.publishedPort() == 0;
    }

    /** Another service that was given the port; it keeps it. */
    private static Optional<Service> taker(ClusterState state, ServiceId self, PortConfig port) {
        return state.publishing(port.key()).stream()
                .filter(other -> !other.equals(self))
                .filter(other -> state.endpoint(other).filter(has -> has.held().anyMatch(its -> its.key().equals(port.key()))).isPresent())
                .findFirst().flatMap(state::service);
    }

    /** The port as it was chosen before, unless its number is asked for elsewhere. */
    private static Optional<PortConfig> kept(List<PortConfig> left, PortConfig port, TreeSet<String> own) {
        for (PortConfig had : left) {
            boolean same = had.onEveryNode() && had.target().equals(port.target()) && had.name().equals(port.name());
            if (!same || had.publishedPort() < FIRST_PORT || had.publishedPort() > LAST_PORT || own.contains(had.key())) continue;
            left.remove(had);
            return Optional.of(had);
        }
        return Optional.empty();
    }

    private static Optional<Integer> free(ClusterState state, ServiceId self, PortConfig port, TreeSet<String> own) {
        for (int number = FIRST_PORT; number <= LAST_PORT; number++) {
            var key = port.published(number).key();
            var others = state.publishing(key);
            if (!own.contains(key) && (others.isEmpty() || others.size() == 1 && others.contains(self))) return Optional.of(number);
        }
        return Optional.empty();
    }

    private static void giveBack(Draft draft, NetworkId id) {
        var wanted = nodes(draft.state(), id);
        for (NodeId node : List.copyOf(draft.state().hostsOn(id).values()))
            if (!wanted.contains(node)) draft.add(new Change.HostAddressesPut(draft.state().hostAddresses().get(node).without(id)));
    }

    private static void give(Draft draft, NetworkId id) {
        var network = draft.state().network(id);
        if (network.isEmpty()) return;
        for (NodeId node : nodes(draft.state(), id)) {
            if (draft.state().hostAddress(node, id).isPresent()) continue;
            var address = Addressing.any(draft.state(), network.get());
            if (address.isEmpty()) return;
            var has = draft.state().hostAddresses().getOrDefault(node, new HostAddresses(node, new TreeMap<>()));
            draft.add(new Change.HostAddressesPut(has.with(id, address.get())));
            draft.add(new Change.AddressGivenLast(id, address.get()));
        }
    }

    /** The nodes that need an address: those with tasks there, and all that can have one where requests come in on every node. */
    private static TreeSet<NodeId> nodes(ClusterState state, NetworkId id) {
        var nodes = new TreeSet<>(state.population(id).keySet());
        boolean everywhere = state.network(id).filter(Network::ingress).isPresent() && !(nodes.isEmpty() && state.onIngress().isEmpty());
        if (everywhere) nodes.addAll(state.spanning());
        nodes.removeIf(node -> state.node(node).isEmpty());
        return nodes;
    }
}
