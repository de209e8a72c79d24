package io.cardume.cli;

import io.cardume.api.AddressPool;
import io.cardume.api.NodeId;
import io.cardume.api.Subnet;
import io.cardume.manager.Manager;
import io.cardume.manager.ManagerSettings;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.http.ApiAddress;
import io.cardume.manager.plan.PlannerSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** The settings of a manager. */
final class ManagerOptions {
    private static final Logger LOG = LoggerFactory.getLogger(ManagerOptions.class);

    @Option(
            names = "--api",
            paramLabel = "unix://PATH|tcp://127.0.0.1:PORT|tls://ADDR:PORT",
            split = ",",
            defaultValue = "tcp://127.0.0.1:2475,tls://0.0.0.0:2476",
            description = {
                "Where the API is served; may be given several times, or as a list with commas. By tls:// it asks for a user's",
                "certificate or token (cardume user); whoever reaches the others is an admin.",
                "CARDUME_API, default tcp://127.0.0.1:2475,tls://0.0.0.0:2476"
            })
    private List<String> api = new ArrayList<>();

    @Option(
            names = "--api-name",
            paramLabel = "NAME",
            split = ",",
            description = {
                "A name or address that clients dial a tls:// address by, beside this host's own; may be given several times, or as a",
                "list with commas.",
                "CARDUME_API_NAME, default none"
            })
    private List<String> apiName = new ArrayList<>();

    @Option(
            names = "--api-group",
            paramLabel = "GROUP",
            description = {
                "The group whose members may open the API's unix sockets too: they are admins.",
                "CARDUME_API_GROUP, default none: only the owner may"
            })
    private Optional<String> apiGroup;

    @Option(
            names = "--cluster-addr",
            paramLabel = "ADDR:PORT",
            defaultValue = "0.0.0.0:2477",
            converter = HostAndPort.class,
            description = {"Where agents connect.", "CARDUME_CLUSTER_ADDR, default 0.0.0.0:2477"})
    private InetSocketAddress clusterAddr;

    @Option(
            names = "--heartbeat",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = DurationConverter.class,
            description = {
                "How often agents give a sign of life; at most half of --suspect-after.",
                "CARDUME_HEARTBEAT, duration such as 500ms or 1s, default 1s"
            })
    private Duration heartbeat;

    @Option(
            names = "--suspect-after",
            paramLabel = "DURATION",
            defaultValue = "3s",
            converter = DurationConverter.class,
            description = {
                "A node silent for this long gets no new tasks.",
                "CARDUME_SUSPECT_AFTER, duration such as 3s, default 3s"
            })
    private Duration suspectAfter;

    @Option(
            names = "--down-after",
            paramLabel = "DURATION",
            defaultValue = "5s",
            converter = DurationConverter.class,
            description = {
                "A node silent for this long is down: its tasks are replaced elsewhere.",
                "CARDUME_DOWN_AFTER, duration such as 5s, default 5s"
            })
    private Duration downAfter;

    @Option(
            names = "--mass-silence-hold",
            paramLabel = "DURATION",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = {
                "When more than half of the ready nodes fall silent at once, they are down only after this much more.",
                "CARDUME_MASS_SILENCE_HOLD, duration such as 30s, default 30s"
            })
    private Duration massSilenceHold;

    @Option(
            names = "--addr-pool",
            paramLabel = "ADDR/BITS",
            split = ",",
            defaultValue = "10.0.0.0/8",
            description = {
                "Where networks get their subnets from that do not ask for one; may be given several times, or as a list with",
                "commas. It counts when the cluster is formed.",
                "CARDUME_ADDR_POOL, default 10.0.0.0/8"
            })
    private List<String> addrPool = new ArrayList<>();

    @Option(
            names = "--subnet-size",
            paramLabel = "BITS",
            defaultValue = "24",
            description = {
                "Prefix of the subnets taken from --addr-pool, at most 29. It counts when the cluster is formed.",
                "CARDUME_SUBNET_SIZE, number of bits, default 24"
            })
    private int subnetSize;

    @Option(
            names = "--limit",
            paramLabel = "NAME=NUMBER",
            split = ",",
            description = {
                "How much those may take who reach the manager's ports; may be given several times, or as a list with commas.",
                "The names and what each is unless set are in docs/operations.md.",
                "CARDUME_LIMIT, default none"
            })
    private List<String> limit = new ArrayList<>();

    /**
     * The settings as the manager takes them.
     *
     * @param advertise the address other hosts reach this one at; empty = found out
     * @param dataDir where the manager keeps its state
     * @param node the node id shared with an agent in the same process, or empty for the manager's own
     * @throws UsageException if they do not go together
     */
    ManagerSettings settings(Optional<String> advertise, Path dataDir, Optional<NodeId> node) {
        try {
            var liveness = new PlannerSettings(suspectAfter, downAfter, massSilenceHold);
            var addresses = api.stream().map(ApiAddress::parse).toList();
            for (ApiAddress address : addresses) guard(address);
            return new ManagerSettings(
                    addresses, new TreeSet<>(apiName), apiGroup, clusterAddr, advertise, dataDir, node, node.isPresent(), liveness, heartbeat,
                    new AddressPool(addrPool.stream().map(Subnet::parse).toList(), subnetSize), Limits.parse(limit));
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    private static void guard(ApiAddress address) {
        if (address instanceof ApiAddress.Tcp && !address.isLocal())
            throw new UsageException("--api " + address + ": this is plain HTTP, and whoever reaches it is root on every host of the"
                    + " cluster, so it is on the loopback address only. For other hosts: --api tls://ADDR:2476, with users (cardume user add);"
                    + " for this one: --api tcp://127.0.0.1:2475 or --api unix:///PATH");
    }

    /** Logs where a started manager listens, with the ports that were chosen; scripts read these lines. */
    static void tellWhereItListens(Manager manager) {
        manager.apiAddresses().forEach(address -> LOG.info("API at {}", address));
        var agents = manager.clusterAddress();
        LOG.info("Agents connect to {}:{}; their join token is in {}", agents.getHostString(), agents.getPort(),
                manager.joinTokenFile());
    }
}
