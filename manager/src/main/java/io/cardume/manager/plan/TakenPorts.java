package io.cardume.manager.plan;

import io.cardume.api.Copies;
import io.cardume.api.HttpLabels;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Nodes where something else has a port that a service publishes on every node. A task that publishes it on its own host is
 * nothing else: it goes when the service does not want it any more, and the port is free then.
 */
public final class TakenPorts {
    private static final int NODES_NAMED = 3;

    private TakenPorts() {}

    /** Why such nodes cannot answer, by node, in the words of their agents. */
    public static SortedMap<NodeId, String> of(ClusterState state, ServiceId service) {
        if (state.portTroubles().isEmpty() || state.endpoint(service).isEmpty()) return Collections.emptySortedMap();
        var taken = new TreeMap<NodeId, String>();
        state.portTroubles().forEach((node, troubles) -> {
            var words = new ArrayList<String>();
            var own = state.load(node).ports();
            for (PortConfig port : state.endpoint(service).orElseThrow().ingressPorts())
                if (troubles.published().containsKey(port.key()) && !own.containsKey(port.key())) words.add(troubles.published().get(port.key()));
            if (!words.isEmpty()) taken.put(node, String.join(", ", words));
        });
        return taken;
    }

    /** The same with what keeps a node from answering for the service by HTTP; that keeps no task away, other nodes may answer. */
    public static SortedMap<NodeId, String> andDoors(ClusterState state, ServiceId service) {
        var all = new TreeMap<>(of(state, service));
        var labels = state.service(service).filter(known -> !known.removed()).flatMap(known -> HttpLabels.of(Copies.labels(known.spec().labels())));
        if (labels.isEmpty()) return all;
        state.portTroubles().forEach((node, troubles) -> {
            var words = new ArrayList<String>();
            Optional.ofNullable(all.get(node)).ifPresent(words::add);
            troubles.http().ifPresent(words::add);
            labels.get().tls().ifPresent(secret -> {
                troubles.https().ifPresent(words::add);
                Optional.ofNullable(troubles.certificates().get(secret)).ifPresent(words::add);
            });
            if (!words.isEmpty()) all.put(node, String.join(", ", words));
        });
        return all;
    }

    /** Why nodes cannot answer on published ports in one sentence, the first nodes by name; "" if all can. */
    public static String sentence(ClusterState state, ServiceId service) {
        return sentence(state, of(state, service));
    }

    /** Why some nodes do not answer, in one sentence, the first by name; "" if there is none. */
    public static String sentence(ClusterState state, SortedMap<NodeId, String> words) {
        return words.entrySet().stream().limit(NODES_NAMED)
                .map(entry -> "on " + state.node(entry.getKey()).map(node -> node.description().hostname()).orElse(entry.getKey().value())
                        + " " + entry.getValue())
                .collect(Collectors.joining("; "));
    }
}
