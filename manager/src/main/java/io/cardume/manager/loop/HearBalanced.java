package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.api.link.PortTrouble;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.PortTroubles;
import java.util.List;
import java.util.TreeMap;

/**
 * A node's agent says that its names and balancers are as it was told, and which published ports it cannot answer on.
 *
 * @param node the node
 * @param version the version of the state they were made of
 * @param troubles those ports, and why
 */
public record HearBalanced(NodeId node, long version, List<PortTrouble> troubles) implements Command<Void> {
    public HearBalanced {
        troubles = List.copyOf(troubles);
    }

    @Override
    public Void apply(Draft draft) {
        if (draft.state().cluster().isEmpty() || draft.state().node(node).isEmpty()) return null;
        draft.add(new Change.NodeBalanced(node, version));
        var words = new TreeMap<String, String>();
        troubles.forEach(trouble -> words.put(trouble.port() + "/" + trouble.protocol(), trouble.words()));
        var said = new PortTroubles(node, words);
        var known = draft.state().portTroubles().getOrDefault(node, new PortTroubles(node, new TreeMap<>()));
        if (!said.equals(known)) draft.add(new Change.PortTroublesPut(said));
        return null;
    }
}
