package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.api.link.PortTrouble;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.PortTroubles;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A node's agent says that its names and balancers are as it was told, and what it cannot answer requests from outside for.
 *
 * @param node the node
 * @param version the version of the state they were made of
 * @param troubles what that is, and why
 */
public record HearBalanced(NodeId node, long version, List<PortTrouble> troubles) implements Command<Void> {
    /** More than a cluster has published ports, or certificates. */
    private static final int MOST = 1_000;
    private static final int LONGEST = 255;

    public HearBalanced {
        troubles = troubles.stream().filter(trouble -> trouble.about().length() <= LONGEST).limit(MOST).toList();
    }

    @Override
    public Void apply(Draft draft) {
        if (draft.state().cluster().isEmpty() || draft.state().node(node).isEmpty()) return null;
        draft.add(new Change.NodeBalanced(node, version));
        var said = said();
        var known = draft.state().portTroubles().getOrDefault(node, PortTroubles.none(node));
        if (!said.equals(known)) draft.add(new Change.PortTroublesPut(said));
        return null;
    }

    private PortTroubles said() {
        return new PortTroubles(node, words(PortTrouble.Kind.PUBLISHED), first(PortTrouble.Kind.HTTP), first(PortTrouble.Kind.HTTPS),
                words(PortTrouble.Kind.CERTIFICATE));
    }

    private TreeMap<String, String> words(PortTrouble.Kind kind) {
        var words = new TreeMap<String, String>();
        troubles.stream().filter(trouble -> trouble.kind() == kind).forEach(trouble -> words.put(trouble.about(), trouble.words()));
        return words;
    }

    private Optional<String> first(PortTrouble.Kind kind) {
        return words(kind).values().stream().findFirst();
    }
}
