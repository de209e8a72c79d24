package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;

/**
 * A node's agent says that its names and balancers are as it was told.
 *
 * @param node the node
 * @param version the version of the state they were made of
 */
public record HearBalanced(NodeId node, long version) implements Command<Void> {
    @Override
    public Void apply(Draft draft) {
        draft.add(new Change.NodeBalanced(node, version));
        return null;
    }
}
