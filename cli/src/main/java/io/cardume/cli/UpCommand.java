package io.cardume.cli;

import io.cardume.agent.Agent;
import io.cardume.agent.AgentSettings;
import io.cardume.manager.Manager;
import io.cardume.manager.ManagerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a manager and an agent in one process until it is signalled. */
@Command(
        name = "up",
        description = {
            "Runs a manager and an agent in one process: a cluster of this host.",
            "Other hosts may join it with \"cardume agent\". SIGTERM stops it and leaves its containers running, unless",
            "--drain is given; started again, it adopts them."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class UpCommand implements Callable<Integer> {
    @Mixin
    private ManagerOptions manager;

    @Mixin
    private AgentOptions agent;

    @Option(
            names = "--advertise-addr",
            paramLabel = "ADDR",
            description = {
                "The address other hosts reach this one at.",
                "CARDUME_ADVERTISE_ADDR, default that of the interface with the default route"
            })
    private Optional<String> advertise;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/cardume",
            description = {
                "Where everything is kept: the manager's state in manager/, the agent's in agent/; made if missing.",
                "CARDUME_DATA_DIR, default /var/lib/cardume"
            })
    private Path dataDir;

    @Override
    public Integer call() throws Exception {
        var agentDir = dataDir.resolve("agent");
        var managerDir = dataDir.resolve("manager");
        var node = AgentSettings.nodeId(agentDir);
        var managerSettings = manager.settings(advertise, managerDir, Optional.of(node));
        try (var lifetime = new Lifetime()) {
            // A locked manager is no reason for this host's tasks to be without their agent.
            var early = managerSettings.clusterAddress().getPort() != 0 && Manager.isLocked(managerSettings)
                    ? Optional.of(agent(lifetime, managerSettings.clusterAddress(), managerSettings, agentDir))
                    : Optional.<Agent>empty();
            var manager = lifetime.add(Manager.start(managerSettings));
            ManagerOptions.tellWhereItListens(manager);
            var agent = early.isPresent() ? early.get() : agent(lifetime, manager.clusterAddress(), managerSettings, agentDir);
            if (manager.hasLeft()) {
                agent.leave();
                manager.leftIsKnown();
            }
            lifetime.await(List.of(agent.failure(), manager.failure()));
        }
        return 0;
    }

    private Agent agent(Lifetime lifetime, InetSocketAddress manager, ManagerSettings settings, Path directory) throws IOException {
        var token = AgentSettings.Token.in(settings.ownTokenFile());
        return lifetime.add(Agent.start(this.agent.settings(List.of(own(manager)), token, advertise, directory, settings.node())));
    }

    /** Where the manager of the same process is reached. */
    private static InetSocketAddress own(InetSocketAddress listening) {
        var everywhere = List.of("0.0.0.0", "::").contains(listening.getHostString());
        return everywhere ? InetSocketAddress.createUnresolved("127.0.0.1", listening.getPort()) : listening;
    }
}
