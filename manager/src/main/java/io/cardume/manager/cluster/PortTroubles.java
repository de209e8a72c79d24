package io.cardume.manager.cluster;

import io.cardume.api.NodeId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The published ports that a node cannot answer on, as its agent says.
 *
 * @param node the node
 * @param words why, by port, as {@code 8080/tcp}
 */
public record PortTroubles(NodeId node, SortedMap<String, String> words) {
    public PortTroubles {
        words = Collections.unmodifiableSortedMap(words == null ? new TreeMap<>() : new TreeMap<>(words));
    }
}
