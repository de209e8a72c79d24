package io.cardume.manager;

import io.cardume.api.AddressPool;
import io.cardume.api.NodeId;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.http.ApiAddress;
import io.cardume.manager.plan.PlannerSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a manager is told by whoever starts it.
 *
 * @param api where the API is served, at least one
 * @param apiNames more names and addresses for the certificate of its {@code tls://} addresses
 * @param apiGroup whose members may open its unix sockets; empty = only their owner
 * @param clusterAddress where agents connect
 * @param advertise the address agents reach this host at; empty = found out
 * @param dataDir where the cluster's state is kept; made if missing, mode 0700
 * @param node the manager's node id; empty = kept in {@code dataDir/node-id}
 * @param runsTasks whether an agent on the same node takes tasks, as in the embedded default
 * @param liveness when silent nodes are suspect and down
 * @param heartbeat how often agents give a sign of life
 * @param addresses where the subnets of networks come from, in a cluster that is formed by this manager
 * @param limits how much those may take who reach the manager's ports
 */
public record ManagerSettings(
        List<ApiAddress> api,
        SortedSet<String> apiNames,
        Optional<String> apiGroup,
        InetSocketAddress clusterAddress,
        Optional<String> advertise,
        Path dataDir,
        Optional<NodeId> node,
        boolean runsTasks,
        PlannerSettings liveness,
        Duration heartbeat,
        AddressPool addresses,
        Limits limits) {
    /** Agents listen to and are heard of this often unless said otherwise. */
    public static final Duration HEARTBEAT = Duration.ofSeconds(1);

    public ManagerSettings {
        api = List.copyOf(api);
        apiNames = Collections.unmodifiableSortedSet(new TreeSet<>(apiNames));
        if (api.isEmpty()) throw new IllegalArgumentException("the manager has no API address; give at least one");
        if (heartbeat.multipliedBy(2).compareTo(liveness.suspectAfter()) > 0)
            throw new IllegalArgumentException("a node is suspect after " + liveness.suspectAfter()
                    + ", which is less than two heartbeats of " + heartbeat);
    }

    /** Where an agent on this host finds the join token. */
    public Path joinTokenFile() {
        return dataDir.resolve("join-token");
    }

    /** Where the agent in the manager's own process finds the token that it joins with, as the manager's node. */
    public Path ownTokenFile() {
        return dataDir.resolve(DataDirectory.OWN_TOKEN);
    }
}
