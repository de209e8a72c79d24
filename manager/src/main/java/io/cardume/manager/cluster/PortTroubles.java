package io.cardume.manager.cluster;

import io.cardume.api.NodeId;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node cannot answer requests from outside for, and why, as its agent says.
 *
 * @param node the node
 * @param published by published port, as {@code 8080/tcp}
 * @param http where services are reached by HTTP
 * @param https where services are reached by HTTPS
 * @param certificates by the name of the secret a certificate is in
 */
public record PortTroubles(
        NodeId node, SortedMap<String, String> published, Optional<String> http, Optional<String> https, SortedMap<String, String> certificates) {
    public PortTroubles {
        published = copy(published);
        certificates = copy(certificates);
    }

    /** Of a node that answers everything. */
    public static PortTroubles none(NodeId node) {
        return new PortTroubles(node, Collections.emptySortedMap(), Optional.empty(), Optional.empty(), Collections.emptySortedMap());
    }

    private static SortedMap<String, String> copy(SortedMap<String, String> words) {
        return Collections.unmodifiableSortedMap(words == null ? new TreeMap<>() : new TreeMap<>(words));
    }

    /** Whether it answers everything. */
    public boolean isNone() {
        return equals(none(node));
    }
}
