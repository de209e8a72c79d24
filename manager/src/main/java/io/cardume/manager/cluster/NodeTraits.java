package io.cardume.manager.cluster;

import io.cardume.api.NodeId;
import org.pcollections.TreePSet;

/**
 * An index: the nodes of which something is the case that has to be known without asking all of them.
 *
 * @param drained with an agent, that are to be left by all tasks
 * @param spanning that can be part of networks that span the hosts
 */
record NodeTraits(TreePSet<NodeId> drained, TreePSet<NodeId> spanning) {
    /** Of no node. */
    static final NodeTraits NONE = new NodeTraits(TreePSet.empty(), TreePSet.empty());

    NodeTraits with(Node node) {
        return new NodeTraits(
                set(drained, node.id(), node.hasAgent() && node.availability() == Node.Availability.DRAIN),
                set(spanning, node.id(), node.hasAgent() && node.description().spansNetworks()));
    }

    NodeTraits without(NodeId id) {
        return new NodeTraits(drained.minus(id), spanning.minus(id));
    }

    private static TreePSet<NodeId> set(TreePSet<NodeId> nodes, NodeId id, boolean is) {
        return is ? nodes.plus(id) : nodes.minus(id);
    }
}
