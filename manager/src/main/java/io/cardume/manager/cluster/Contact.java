package io.cardume.manager.cluster;

import io.cardume.api.NodeId;
import java.time.Instant;
import java.util.Optional;
import org.pcollections.TreePMap;

/**
 * What is known of nodes by hearing them, and nothing of it is stored: after a restart every agent says it again.
 *
 * @param heard when a node was last heard of
 * @param silentSince the same the other way round
 * @param acknowledged the version that a node's names and balancers are of, or a later one
 * @param fenced the version whose names and balancers a node should have had long ago, so that it is not waited for
 */
record Contact(TreePMap<NodeId, Instant> heard, Groups<Instant, NodeId> silentSince, TreePMap<NodeId, Long> acknowledged, TreePMap<NodeId, Long> fenced) {
    /** Nobody was heard. */
    static final Contact NONE = new Contact(TreePMap.empty(), Groups.none(), TreePMap.empty(), TreePMap.empty());

    /** A sign of life. */
    Contact heard(NodeId id, Instant at) {
        return new Contact(heard.plus(id, at), silentSince.moved(Optional.ofNullable(heard.get(id)), Optional.of(at), id), acknowledged, fenced);
    }

    /** The node's names and balancers are of this version, or a later one. */
    Contact acknowledged(NodeId id, long version) {
        return new Contact(heard, silentSince, acknowledged.plus(id, Math.max(version, acknowledged.getOrDefault(id, 0L))),
                fenced.getOrDefault(id, Long.MAX_VALUE) <= version ? fenced.minus(id) : fenced);
    }

    /** It has not said so for too long. */
    Contact fenced(NodeId id, long version) {
        return new Contact(heard, silentSince, acknowledged, fenced.plus(id, version));
    }

    /** It is away: what it has in its tables when it comes back is not known. */
    Contact lost(NodeId id) {
        return new Contact(heard.minus(id), silentSince.moved(Optional.ofNullable(heard.get(id)), Optional.empty(), id), acknowledged.minus(id), fenced.minus(id));
    }
}
