package io.cardume.manager.loop;

import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;

/** What every command that needs a cluster says when there is none, in the engine's words. */
public final class NoCluster {
    public static final String MESSAGE = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";

    private NoCluster() {}

    /** The cluster, or a refusal. */
    public static Cluster orRefuse(ClusterState state) throws Refusal {
        return state.cluster().orElseThrow(() -> new Refusal(Refusal.Kind.UNAVAILABLE, MESSAGE));
    }
}
