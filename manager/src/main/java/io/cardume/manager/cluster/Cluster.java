package io.cardume.manager.cluster;

import io.cardume.api.AddressPool;
import io.cardume.api.ClusterId;
import io.cardume.api.Copies;
import io.cardume.api.NodeId;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The cluster itself.
 *
 * @param id its id
 * @param version the transaction that last changed it
 * @param createdAt when it was formed
 * @param updatedAt when it was last changed
 * @param manager the node that is this manager
 * @param labels its labels
 * @param taskHistoryLimit tasks remembered per slot, the living one included; negative = all
 * @param workerToken the secret with which agents join
 * @param managerToken the secret with which managers join
 * @param addresses where the subnets of networks come from
 */
public record Cluster(
        ClusterId id,
        long version,
        Instant createdAt,
        Instant updatedAt,
        NodeId manager,
        SortedMap<String, String> labels,
        int taskHistoryLimit,
        String workerToken,
        String managerToken,
        AddressPool addresses) {
    public Cluster {
        labels = Copies.labels(labels);
    }

    /** With other join tokens. */
    public Cluster with(String forWorkers, String forManagers) {
        return new Cluster(id, version, createdAt, updatedAt, manager, labels, taskHistoryLimit, forWorkers, forManagers, addresses);
    }

    /** With other settings. */
    public Cluster set(SortedMap<String, String> labelled, int history) {
        return new Cluster(id, version, createdAt, updatedAt, manager, labelled, history, workerToken, managerToken, addresses);
    }

    /** As changed by a transaction. */
    public Cluster changed(long version, Instant now) {
        return new Cluster(id, version, createdAt, now, manager, labels, taskHistoryLimit, workerToken, managerToken, addresses);
    }

    /** Without its join tokens. */
    @Override
    public String toString() {
        return "cluster " + id + " at version " + version;
    }
}
