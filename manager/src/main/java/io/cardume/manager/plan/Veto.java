package io.cardume.manager.plan;

import java.util.EnumMap;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;

/** Why a node cannot take a task, in the order in which it is asked; in Swarm's words where it has any. */
public enum Veto {
    NOT_AVAILABLE,
    RESOURCES,
    CONSTRAINTS,
    PLATFORM,
    PLUGIN,
    HOST_PORT,
    PUBLISHED_PORT,
    MAX_REPLICAS,
    APART,
    TOGETHER;

    /** The veto of so many nodes. */
    String words(int count) {
        String nodes = count == 1 ? "1 node" : count + " nodes";
        return switch (this) {
            case NOT_AVAILABLE -> nodes + " not available for new tasks";
            case RESOURCES -> "insufficient resources on " + nodes;
            case CONSTRAINTS -> "scheduling constraints not satisfied on " + nodes;
            case PLATFORM -> "unsupported platform on " + nodes;
            case PLUGIN -> "missing plugin on " + nodes;
            case HOST_PORT -> "host-mode port already in use on " + nodes;
            case PUBLISHED_PORT -> "published port already in use on " + nodes;
            case MAX_REPLICAS -> "max replicas per node limit exceed";
            case APART -> "kept apart from what is on " + nodes;
            case TOGETHER -> "a service to be kept together with is not on " + nodes;
        };
    }

    /** All vetoes in one sentence, the most frequent first. */
    static String sentence(Map<Veto, Integer> counts) {
        if (counts.isEmpty()) return "no suitable node";
        var said = new EnumMap<>(counts).entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .map(entry -> entry.getKey().words(entry.getValue()))
                .collect(Collectors.joining("; "));
        return "no suitable node (" + said + ")";
    }
}
