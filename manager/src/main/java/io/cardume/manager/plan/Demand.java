package io.cardume.manager.plan;

import io.cardume.api.Placement;
import io.cardume.api.Platform;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import io.cardume.manager.cluster.Revision;
import java.util.List;
import java.util.Optional;

/**
 * What a task of one revision asks of a node.
 *
 * @param revision the revision
 * @param constraints its constraints, parsed
 * @param platforms platforms it runs on; empty = any
 * @param maxReplicas replicas on one node; 0 = no limit
 */
public record Demand(Revision revision, List<Constraint> constraints, List<Platform> platforms, long maxReplicas) {
    public Demand {
        constraints = List.copyOf(constraints);
        platforms = List.copyOf(platforms);
    }

    /** What a revision asks for. */
    public static Demand of(Revision revision) {
        var placement = revision.template().placement();
        return new Demand(revision, Constraint.allOf(revision), placement.map(Placement::platforms).orElse(List.of()),
                placement.flatMap(Placement::maxReplicas).orElse(0L));
    }

    /**
     * Why a node cannot take a task, if it cannot.
     *
     * @param load what is on the node already
     * @param replicas how many of that are of the same service
     */
    public Optional<Veto> veto(Node node, NodeLoad load, int replicas) {
        if (!node.takesTasks()) return Optional.of(Veto.NOT_AVAILABLE);
        if (!fits(node, load)) return Optional.of(Veto.RESOURCES);
        if (!meetsConstraints(node)) return Optional.of(Veto.CONSTRAINTS);
        if (!runsOn(node.description().platform())) return Optional.of(Veto.PLATFORM);
        if (load.conflictsWith(revision)) return Optional.of(Veto.HOST_PORT);
        if (maxReplicas > 0 && replicas >= maxReplicas) return Optional.of(Veto.MAX_REPLICAS);
        return Optional.empty();
    }

    private boolean meetsConstraints(Node node) {
        for (Constraint constraint : constraints) if (!constraint.matches(node)) return false;
        return true;
    }

    private boolean fits(Node node, NodeLoad load) {
        var reserved = revision.template().reservations();
        return (reserved.nanoCpus() == 0 || load.nanoCpus() + reserved.nanoCpus() <= node.description().nanoCpus())
                && (reserved.memoryBytes() == 0
                        || load.memoryBytes() + reserved.memoryBytes() <= node.description().memoryBytes());
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
