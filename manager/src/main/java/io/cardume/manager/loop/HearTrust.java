package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.NodeCertificate;

/** What a node's agent goes on with from now on: its certificate, and the roots it believes. */
public record HearTrust(NodeId node, NodeCertificate held) implements Command<Void> {
    @Override
    public Void apply(Draft draft) {
        draft.state().node(node).ifPresent(known -> {
            var now = known.with(held.after(known.certificate()));
            if (!now.equals(known)) draft.put(now);
        });
        return null;
    }
}
