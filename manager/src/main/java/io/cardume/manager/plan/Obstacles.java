package io.cardume.manager.plan;

import io.cardume.api.EngineTrouble;
import io.cardume.api.GenericResources;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Why nodes cannot take a task, one by one and in words; what placement counts, said to the end. */
public final class Obstacles {
    private static final double BILLION = 1e9;
    private static final long MEBIBYTE = 1 << 20;

    private Obstacles() {}

    /** For each node that cannot take the task now, why; nodes that can are left out. */
    public static SortedMap<NodeId, String> to(Task task, ClusterState state, Instant now) {
        var obstacles = new TreeMap<NodeId, String>();
        state.service(task.service()).ifPresent(service -> fill(obstacles, task, service, state, now));
        return obstacles;
    }

    private static void fill(
            SortedMap<NodeId, String> obstacles, Task task, Service service, ClusterState state, Instant now) {
        var demand = Demand.of(state, service, task.revision());
        var spread = new Spread(state, service, now);
        for (Node node : state.nodes().values()) {
            var load = state.load(node.id());
            demand.veto(node, load, spread.replicas(node.id()))
                    .ifPresent(veto -> obstacles.put(node.id(), words(veto, demand, node, load)));
        }
    }

    private static String words(Veto veto, Demand demand, Node node, NodeLoad load) {
        return switch (veto) {
            case NOT_AVAILABLE -> unavailable(node);
            case RESOURCES -> resources(demand, node, load);
            case CONSTRAINTS -> "scheduling constraints not satisfied: " + demand.constraints().stream()
                    .filter(constraint -> !constraint.matches(node))
                    .map(constraint -> constraint.key() + (constraint.equal() ? " == " : " != ") + constraint.value())
                    .collect(Collectors.joining(", "));
            case PLATFORM -> "unsupported platform: the node is " + node.description().platform().os() + "/"
                    + node.description().platform().architecture();
            case PLUGIN -> "it cannot be part of networks that span the hosts" + Optional.ofNullable(
                    node.description().engineLabels().get(NodeDescription.NO_OVERLAY)).map(why -> ": " + why).orElse("");
            case HOST_PORT -> "host-mode port already in use: " + demand.revision().hostPorts().stream().map(PortConfig::key)
                    .filter(load.ports()::containsKey).collect(Collectors.joining(", "));
            case PUBLISHED_PORT -> demand.taken().get(node.id());
            case MAX_REPLICAS -> "it has the most replicas allowed per node: " + demand.maxReplicas();
            case APART -> demand.neighbours().awayFrom(node.id())
                    .map(other -> "a task of " + other + " is there, which is kept apart from it")
                    .orElse("another task of the service is there, and they are kept apart");
            case TOGETHER -> "no task of " + demand.neighbours().missingOn(node.id()).orElseThrow()
                    + " is there, which is kept together with it and runs elsewhere";
        };
    }

    private static String unavailable(Node node) {
        if (!node.hasAgent()) return "it has no agent and no engine: it only manages";
        var message = node.message().isEmpty() ? "" : ": " + node.message();
        return switch (node.liveness()) {
            case DOWN -> "it is down" + message;
            case SUSPECT -> "nothing is heard of it" + message;
            case READY -> node.trouble().map(EngineTrouble::sentence).orElse("its availability is " + node.availability().name().toLowerCase(Locale.ROOT));
        };
    }

    private static String missing(Demand demand, Node node, NodeLoad load) {
        var has = GenericResources.counts(node.description().genericResources());
        return GenericResources.counts(demand.revision().template().reservations().genericResources()).entrySet().stream()
                .filter(kind -> load.generic().getOrDefault(kind.getKey(), 0L) + kind.getValue() > has.getOrDefault(kind.getKey(), 0L))
                .map(kind -> "a task reserves " + kind.getValue() + " of " + kind.getKey() + ", "
                        + Math.max(0, has.getOrDefault(kind.getKey(), 0L) - load.generic().getOrDefault(kind.getKey(), 0L)) + " of "
                        + has.getOrDefault(kind.getKey(), 0L) + " are free")
                .collect(Collectors.joining("; "));
    }

    private static String resources(Demand demand, Node node, NodeLoad load) {
        var reserved = demand.revision().template().reservations();
        var missing = missing(demand, node, load);
        if (!missing.isEmpty()) return "insufficient resources: " + missing;
        return "insufficient resources: a task reserves %.2f CPUs and %d MiB, %.2f CPUs and %d MiB are not reserved".formatted(
                reserved.nanoCpus() / BILLION, reserved.memoryBytes() / MEBIBYTE,
                (node.description().nanoCpus() - load.nanoCpus()) / BILLION,
                (node.description().memoryBytes() - load.memoryBytes()) / MEBIBYTE);
    }
}
