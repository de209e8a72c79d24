package io.cardume.manager.loop;

import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Other settings or tokens for the cluster.
 *
 * @param version the cluster's version the caller has seen
 * @param workerToken a new one, if the old one is to be worth nothing
 * @param managerToken likewise
 * @param nodeLife how long nodes' certificates are valid from now on, if that is to change
 * @param rotation a root to move to, if one is wanted
 */
public record UpdateCluster(
        long version,
        SortedMap<String, String> labels,
        int taskHistoryLimit,
        Optional<String> workerToken,
        Optional<String> managerToken,
        Optional<Duration> nodeLife,
        Optional<Rotation> rotation)
        implements Command<Void> {
    /**
     * To another root.
     *
     * @param next that root
     * @param asked how often users have asked for one, this time included
     */
    public record Rotation(Authority.Next next, long asked) {}

    /** Settings and tokens only. */
    public UpdateCluster(long version, SortedMap<String, String> labels, int taskHistoryLimit, Optional<String> workerToken, Optional<String> managerToken) {
        this(version, labels, taskHistoryLimit, workerToken, managerToken, Optional.empty(), Optional.empty());
    }

    @Override
    public Void apply(Draft draft) throws Refusal {
        var cluster = NoCluster.orRefuse(draft.state());
        if (cluster.version() != version)
            throw new Refusal(Refusal.Kind.OUT_OF_SEQUENCE, "rpc error: code = Unknown desc = update out of sequence");
        draft.put(cluster.set(labels, taskHistoryLimit)
                .with(workerToken.orElse(cluster.workerToken()), managerToken.orElse(cluster.managerToken())));
        var authority = draft.state().authority();
        if (authority.isPresent()) {
            var next = nodeLife.isPresent() ? authority.get().living(nodeLife.get()) : authority.get();
            if (rotation.isPresent()) {
                if (next.next().isPresent()) throw new Refusal(Refusal.Kind.CONFLICT, "a rotation of the root certificate is in progress, and waits for "
                        + String.join(", ", waitedFor(draft.state())) + "; `docker node rm` a node that will not come back");
                next = next.rotating(rotation.get().next(), rotation.get().asked());
            }
            if (!next.equals(authority.get())) draft.put(next);
        }
        return null;
    }

    private static List<String> waitedFor(ClusterState state) {
        return EndRotation.waitedFor(state).stream().map(node -> node.description().hostname()).toList();
    }
}
