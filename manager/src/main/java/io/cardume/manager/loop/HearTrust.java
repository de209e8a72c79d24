package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.NodeCertificate;

/** What a node's agent goes on with from now on: its certificate, and the roots it believes. */
public record HearTrust(NodeId node, NodeCertificate held) implements Command<Void> {
    @Override
    public Void apply(Draft draft) {
        draft.state().node(node).filter(known -> !known.certificate().filter(held::equals).isPresent()).ifPresent(known -> draft.put(known.with(held)));
        return null;
    }
}
