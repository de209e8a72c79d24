package io.cardume.manager.link;

import io.cardume.api.NodeId;
import io.cardume.api.link.Errand;
import java.util.Collections;
import java.util.SortedSet;

/** The agents that are connected, and what they can be sent for. */
@FunctionalInterface
public interface Agents {
    /**
     * Sends a node's agent on an errand.
     *
     * @throws ErrandException if it is not connected, or has too much to do
     */
    AgentStream open(NodeId node, Errand errand) throws ErrandException;

    /** The nodes that a node's agent has said do not answer it over the networks between hosts; none where it is not connected. */
    default SortedSet<NodeId> unreached(NodeId node) {
        return Collections.emptySortedSet();
    }
}
