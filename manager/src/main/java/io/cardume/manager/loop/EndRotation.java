package io.cardume.manager.loop;

import io.cardume.api.trust.RootDigest;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import java.util.List;

/**
 * The end of the root's rotation: the old one is believed no more, and tokens of it are worth nothing.
 *
 * @param next the root that everything comes from then
 * @param workerToken with its digest
 * @param managerToken likewise
 */
public record EndRotation(RootDigest next, String workerToken, String managerToken) implements Command<Void> {
    /** Whether a rotation is under way and every node has a certificate of the new root. */
    public static boolean isDue(ClusterState state) {
        return state.authority().flatMap(Authority::next).isPresent() && waitedFor(state).isEmpty();
    }

    /** The nodes that have no certificate of the root that new ones come from. */
    public static List<Node> waitedFor(ClusterState state) {
        var issuer = state.authority().map(authority -> authority.issuer().digest());
        return issuer.map(root -> state.nodes().values().stream().filter(node -> !has(node, root)).toList()).orElse(List.of());
    }

    private static boolean has(Node node, RootDigest root) {
        return !node.hasAgent() || node.certificate().filter(held -> held.issuer().equals(root)).isPresent();
    }

    @Override
    public Void apply(Draft draft) throws Refusal {
        var cluster = NoCluster.orRefuse(draft.state());
        if (!isDue(draft.state()) || !draft.state().authority().orElseThrow().issuer().digest().equals(next))
            throw new Refusal(Refusal.Kind.INVALID, "there is no rotation that could end");
        draft.put(draft.state().authority().orElseThrow().rotated(draft.now()));
        draft.put(cluster.with(workerToken, managerToken));
        return null;
    }
}
