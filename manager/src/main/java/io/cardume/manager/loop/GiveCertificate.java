package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.api.trust.RootDigest;
import io.cardume.manager.cluster.Draft;

/**
 * A node's agent is sent another certificate. It is known before the agent has it: of an answer that comes to nothing nobody can say
 * whether it arrived.
 */
public record GiveCertificate(NodeId node, RootDigest digest) implements Command<Void> {
    @Override
    public Void apply(Draft draft) {
        var known = draft.state().node(node);
        known.flatMap(one -> one.certificate()).filter(held -> !held.mayBe(digest)).ifPresent(held -> draft.put(known.get().with(held.giving(digest))));
        return null;
    }
}
