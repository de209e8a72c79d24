package io.cardume.manager.http;

import io.cardume.api.NodeId;
import io.cardume.api.ReachabilityView;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.link.Agents;
import io.cardume.manager.loop.ManagerLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Who does not reach whom over the networks between hosts, as the agents say. What is not ready is so for everybody, and left out. */
final class Reaching {
    private static final int NAMED = 5;

    private final ManagerLoop loop;
    private final Agents agents;

    Reaching(ManagerLoop loop, Agents agents) {
        this.loop = loop;
        this.agents = agents;
    }

    List<Route> routes() {
        return List.of(Route.get("/networks/{id}/reachability", UserRole.VIEWER, exchange -> {
            var state = loop.published();
            exchange.json(200, of(state, Lookup.network(exchange.spaces(), state, exchange.path("id"))));
        }));
    }

    /** What is to be said of each node that does not reach another or is not reached by one, in words; the others are not in it. */
    SortedMap<NodeId, String> words(ClusterState state) {
        var unreached = unreached(state, _ -> true);
        var from = new TreeMap<NodeId, SortedSet<NodeId>>();
        unreached.forEach((node, others) -> others.forEach(other -> from.computeIfAbsent(other, _ -> new TreeSet<>()).add(node)));
        var troubled = new TreeSet<>(unreached.keySet());
        troubled.addAll(from.keySet());
        var words = new TreeMap<NodeId, String>();
        for (NodeId node : troubled) {
            var parts = new ArrayList<String>();
            if (unreached.containsKey(node)) parts.add("it does not reach " + names(state, unreached.get(node)));
            if (from.containsKey(node)) parts.add("it is not reached by " + names(state, from.get(node)));
            words.put(node, String.join("; ", parts) + ", over the networks between hosts (UDP port 4789)");
        }
        return words;
    }

    private ReachabilityView of(ClusterState state, Network network) {
        var on = new ArrayList<ReachabilityView.NodeOn>();
        var ingress = state.networks().values().stream().filter(Network::ingress).findFirst();
        state.hostsOn(network.id()).forEach((address, id) -> state.node(id).ifPresent(node -> on.add(new ReachabilityView.NodeOn(
                id, name(node), Views.state(node), address,
                isReady(node) && ingress.flatMap(asked -> state.hostAddress(id, asked.id())).isPresent()))));
        var members = on.stream().map(ReachabilityView.NodeOn::id).collect(Collectors.toCollection(TreeSet::new));
        var unreached = unreached(state, members::contains);
        var pairs = new ArrayList<ReachabilityView.Pair>();
        unreached.forEach((from, others) -> others.forEach(to -> pairs.add(new ReachabilityView.Pair(from, name(state, from), to, name(state, to)))));
        return new ReachabilityView(network.id(), network.name(), summary(state, on, unreached), on, pairs);
    }

    private static String summary(ClusterState state, List<ReachabilityView.NodeOn> on, SortedMap<NodeId, SortedSet<NodeId>> unreached) {
        if (!unreached.isEmpty())
            return unreached.entrySet().stream().limit(NAMED).map(entry -> name(state, entry.getKey()) + " does not reach " + names(state, entry.getValue()))
                    .collect(Collectors.joining("; ")) + (unreached.size() > NAMED ? "; …" : "");
        long asking = on.stream().filter(ReachabilityView.NodeOn::asks).count();
        if (asking < 2) return "nobody asks: hosts ask each other while services publish ports or are reached by HTTP, and two hosts are ready";
        return "those " + asking + " nodes that ask reach all others";
    }

    /** By the node that asks, among those that count. */
    private SortedMap<NodeId, SortedSet<NodeId>> unreached(ClusterState state, Predicate<NodeId> counts) {
        var unreached = new TreeMap<NodeId, SortedSet<NodeId>>();
        for (Node node : state.nodes().values()) {
            if (!isReady(node) || !counts.test(node.id())) continue;
            var others = new TreeSet<>(agents.unreached(node.id()));
            others.removeIf(other -> !counts.test(other) || state.node(other).filter(Reaching::isReady).isEmpty());
            if (!others.isEmpty()) unreached.put(node.id(), others);
        }
        return unreached;
    }

    private static boolean isReady(Node node) {
        return Views.state(node).equals("ready");
    }

    private static String names(ClusterState state, Collection<NodeId> nodes) {
        return nodes.stream().limit(NAMED).map(node -> name(state, node)).collect(Collectors.joining(", "))
                + (nodes.size() > NAMED ? " and " + (nodes.size() - NAMED) + " more" : "");
    }

    private static String name(ClusterState state, NodeId node) {
        return state.node(node).map(Reaching::name).orElseGet(node::value);
    }

    private static String name(Node node) {
        return node.description().hostname();
    }
}
