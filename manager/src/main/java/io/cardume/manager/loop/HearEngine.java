package io.cardume.manager.loop;

import io.cardume.api.EngineTrouble;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Draft;
import java.util.Optional;

/** What a node's agent says of its engine: in trouble, or well. */
public record HearEngine(NodeId node, Optional<EngineTrouble> trouble) implements Command<Void> {
    @Override
    public Void apply(Draft draft) {
        draft.state().node(node)
                .filter(known -> !known.trouble().equals(trouble))
                .ifPresent(known -> draft.put(known.troubled(trouble)));
        return null;
    }
}
