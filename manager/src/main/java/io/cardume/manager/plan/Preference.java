package io.cardume.manager.plan;

import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Revision;
import java.util.List;
import java.util.SortedMap;

/**
 * Over what replicas are spread before they are spread over nodes: the values of a label.
 *
 * @param ofEngine whether it is a label of the engine, not one a user gave to the node
 * @param label the label's name
 */
record Preference(boolean ofEngine, String label) {
    private static final String NODE_LABELS = "node.labels.";
    private static final String ENGINE_LABELS = "engine.labels.";

    /**
     * The preference a user wrote, e.g. {@code node.labels.zone}.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Preference parse(String descriptor) {
        if (startsWith(descriptor, NODE_LABELS)) return new Preference(false, descriptor.substring(NODE_LABELS.length()));
        if (startsWith(descriptor, ENGINE_LABELS)) return new Preference(true, descriptor.substring(ENGINE_LABELS.length()));
        throw new IllegalArgumentException("preference '" + descriptor + "' is none; it is node.labels.<name> or engine.labels.<name>");
    }

    private static boolean startsWith(String descriptor, String prefix) {
        return descriptor.length() > prefix.length() && descriptor.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    /** The preferences of a revision, the most important first. */
    static List<Preference> allOf(Revision revision) {
        return revision.template().placement().map(placement -> placement.preferences().stream()
                .flatMap(preference -> preference.spread().stream())
                .map(spread -> parse(spread.descriptor())).toList()).orElse(List.of());
    }

    /** The value a node has; nodes without the label are one group, "". */
    String value(Node node) {
        SortedMap<String, String> labels = ofEngine ? node.description().engineLabels() : node.labels();
        return labels.getOrDefault(label, "");
    }
}
