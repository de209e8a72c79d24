package io.cardume.manager.loop;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import java.util.SortedMap;

/**
 * What a user wants of a node.
 *
 * @param version the node's version the caller has seen
 * @param name a name for it, "" for none
 */
public record UpdateNode(
        NodeId id, long version, String name, SortedMap<String, String> labels, Node.Role role, Node.Availability availability)
        implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var node = draft.state().node(id)
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "node " + id + " not found"));
        if (node.version() != version)
            throw new Refusal(Refusal.Kind.OUT_OF_SEQUENCE, "rpc error: code = Unknown desc = update out of sequence");
        if (node.role() != role)
            throw new Refusal(Refusal.Kind.NOT_BUILT, "Role: changing the role of a node is not built yet; node " + id
                    + " stays a " + node.role().name().toLowerCase(java.util.Locale.ROOT));
        draft.put(node.wanted(name, labels, role, availability));
        return null;
    }
}
