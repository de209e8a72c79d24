package io.cardume.manager.loop;

import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Draft;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Other settings or tokens for the cluster.
 *
 * @param version the cluster's version the caller has seen
 * @param workerToken a new one, if the old one is to be worth nothing
 * @param managerToken likewise
 */
public record UpdateCluster(
        long version,
        SortedMap<String, String> labels,
        int taskHistoryLimit,
        Optional<String> workerToken,
        Optional<String> managerToken)
        implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        var cluster = NoCluster.orRefuse(draft.state());
        if (cluster.version() != version)
            throw new Refusal(Refusal.Kind.OUT_OF_SEQUENCE, "rpc error: code = Unknown desc = update out of sequence");
        draft.put(new Cluster(cluster.id(), cluster.version(), cluster.createdAt(), cluster.updatedAt(), cluster.manager(),
                labels, taskHistoryLimit, workerToken.orElse(cluster.workerToken()),
                managerToken.orElse(cluster.managerToken()), cluster.addresses()));
        return null;
    }
}
