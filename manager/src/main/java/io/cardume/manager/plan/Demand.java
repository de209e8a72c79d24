package io.cardume.manager.plan;

import io.cardume.api.GenericResource;
import io.cardume.api.GenericResources;
import io.cardume.api.NodeId;
import io.cardume.api.Placement;
import io.cardume.api.Platform;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import io.cardume.manager.cluster.Revision;
import io.cardume.manager.cluster.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a task of one revision of a service asks of a node.
 *
 * @param revision the revision
 * @param constraints its constraints, parsed
 * @param platforms platforms it runs on; empty = any
 * @param maxReplicas replicas on one node; 0 = no limit
 * @param preferences over what labels of nodes replicas are spread, the most important first
 * @param spans whether it is on networks that span the hosts
 * @param neighbours the services it is kept apart from or together with, and where they are
 * @param taken where something else has a port that the service publishes on every node, and what
 */
record Demand(
        Revision revision,
        List<Constraint> constraints,
        List<Platform> platforms,
        long maxReplicas,
        List<Preference> preferences,
        boolean spans,
        Neighbours neighbours,
        SortedMap<NodeId, String> taken) {
    Demand {
        constraints = List.copyOf(constraints);
        platforms = List.copyOf(platforms);
        preferences = List.copyOf(preferences);
    }

    /** What a task of a service asks for now. */
    static Demand of(ClusterState state, Service service, long number) {
        var revision = service.revisions().get(number);
        var placement = revision.template().placement();
        return new Demand(revision, Constraint.allOf(revision), placement.map(Placement::platforms).orElse(List.of()),
                placement.flatMap(Placement::maxReplicas).orElse(0L), Preference.allOf(revision), revision.spansHosts(),
                Neighbours.of(state, service), TakenPorts.of(state, service.id()));
    }

    /**
     * Why a node cannot take a task, if it cannot.
     *
     * @param load what is on the node already
     * @param replicas how many of that are of the same service
     */
    Optional<Veto> veto(Node node, NodeLoad load, int replicas) {
        if (!node.takesTasks()) return Optional.of(Veto.NOT_AVAILABLE);
        if (!fits(node, load)) return Optional.of(Veto.RESOURCES);
        if (!meetsConstraints(node)) return Optional.of(Veto.CONSTRAINTS);
        if (!runsOn(node.description().platform())) return Optional.of(Veto.PLATFORM);
        if (spans && !node.description().spansNetworks()) return Optional.of(Veto.PLUGIN);
        if (load.conflictsWith(revision)) return Optional.of(Veto.HOST_PORT);
        if (!taken.isEmpty() && taken.containsKey(node.id())) return Optional.of(Veto.PUBLISHED_PORT);
        if (maxReplicas > 0 && replicas >= maxReplicas) return Optional.of(Veto.MAX_REPLICAS);
        if (neighbours.alone() && replicas > 0 || neighbours.awayFrom(node.id()).isPresent()) return Optional.of(Veto.APART);
        if (neighbours.missingOn(node.id()).isPresent()) return Optional.of(Veto.TOGETHER);
        return Optional.empty();
    }

    /** Whether a node is what it asks for, whatever is on it now. */
    boolean suits(Node node) {
        return meetsConstraints(node) && runsOn(node.description().platform());
    }

    private boolean meetsConstraints(Node node) {
        for (Constraint constraint : constraints) if (!constraint.matches(node)) return false;
        return true;
    }

    private boolean fits(Node node, NodeLoad load) {
        var reserved = revision.template().reservations();
        return fits(reserved.genericResources(), node, load)
                && (reserved.nanoCpus() == 0 || load.nanoCpus() + reserved.nanoCpus() <= node.description().nanoCpus())
                && (reserved.memoryBytes() == 0
                        || load.memoryBytes() + reserved.memoryBytes() <= node.description().memoryBytes());
    }

    private static boolean fits(List<GenericResource> asked, Node node, NodeLoad load) {
        if (asked.isEmpty()) return true;
        var has = GenericResources.counts(node.description().genericResources());
        return GenericResources.counts(asked).entrySet().stream().allMatch(kind ->
                load.generic().getOrDefault(kind.getKey(), 0L) + kind.getValue() <= has.getOrDefault(kind.getKey(), 0L));
    }

    /** Which of a node's user-defined resources a task gets: a number of them, or by name those that no other task has. */
    List<GenericResource> share(ClusterState state, Node node) {
        var asked = revision.template().reservations().genericResources();
        if (asked.isEmpty()) return List.of();
        var taken = state.tasksOn(node.id()).stream().filter(task -> !task.isDead()).flatMap(task -> task.assigned().stream()).toList();
        var share = new ArrayList<GenericResource>();
        GenericResources.counts(asked).forEach((kind, count) -> {
            var names = GenericResources.names(node.description().genericResources(), kind);
            var held = GenericResources.names(taken, kind);
            if (names.isEmpty()) share.add(GenericResources.discrete(kind, count));
            else names.stream().filter(name -> !held.contains(name)).limit(count).forEach(name -> share.add(GenericResources.named(kind, name)));
        });
        return share;
    }

    private boolean runsOn(Platform platform) {
        return platforms.isEmpty() || platforms.stream().anyMatch(asked -> runsOn(asked, platform));
    }

    private static boolean runsOn(Platform asked, Platform platform) {
        boolean architecture = asked.architecture().isEmpty()
                || Architecture.canonical(asked.architecture()).equals(Architecture.canonical(platform.architecture()));
        return architecture && (asked.os().isEmpty() || asked.os().equalsIgnoreCase(platform.os()));
    }
}
