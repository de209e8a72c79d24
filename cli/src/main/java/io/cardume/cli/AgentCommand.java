package io.cardume.cli;

import io.cardume.agent.Agent;
import io.cardume.agent.AgentSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs an agent until it is signalled, or the manager does not let it in. */
@Command(
        name = "agent",
        description = {
            "Runs an agent: this host becomes a node.",
            "The token is what \"docker swarm join-token worker\" prints on the manager. SIGTERM stops the agent and",
            "leaves its containers running, unless --drain is given; started again, it adopts them."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class AgentCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(AgentCommand.class);

    @Option(
            names = "--manager",
            paramLabel = "HOST:PORT",
            split = ",",
            converter = HostAndPort.class,
            description = {
                "The manager's cluster port; may be given several times, or as a list with commas. Needed.",
                "CARDUME_MANAGER, default none"
            })
    private List<InetSocketAddress> managers = new ArrayList<>();

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = {
                "The join token. Others on this host may see it in the list of processes: better --token-file.",
                "CARDUME_TOKEN, default none"
            })
    private Optional<String> token;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = {
                "A file with the join token, read at each connection; a manager on this host keeps it in",
                "/var/lib/cardume/manager/join-token. Needed, unless --token is given.",
                "CARDUME_TOKEN_FILE, default none"
            })
    private Optional<Path> tokenFile;

    @Mixin
    private AgentOptions agent;

    @Option(
            names = "--advertise-addr",
            paramLabel = "ADDR",
            description = {
                "The address other hosts reach this one at.",
                "CARDUME_ADVERTISE_ADDR, default the one the manager sees"
            })
    private Optional<String> advertise;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/cardume/agent",
            description = {
                "Where the node's id and its membership are kept; made if missing.",
                "CARDUME_DATA_DIR, default /var/lib/cardume/agent"
            })
    private Path dataDir;

    @Override
    public Integer call() throws Exception {
        if (managers.isEmpty()) throw new UsageException("no manager is given: --manager HOST:2477, or CARDUME_MANAGER");
        var settings = agent.settings(managers, token(), advertise, dataDir, Optional.empty());
        try (var lifetime = new Lifetime()) {
            var running = lifetime.add(Agent.start(settings));
            LOG.info("Agent of node {} dials {}", running.node(), spoken());
            running.awaitJoined();
            lifetime.await(List.of(running.failure()));
        }
        return 0;
    }

    private String spoken() {
        return managers.stream()
                .map(address -> address.getHostString() + ":" + address.getPort())
                .collect(Collectors.joining(", "));
    }

    private AgentSettings.Token token() {
        if (token.isPresent() && tokenFile.isPresent())
            throw new UsageException("both --token and --token-file are given; give one");
        return token.map(AgentSettings.Token::of)
                .or(() -> tokenFile.map(AgentSettings.Token::in))
                .orElseThrow(() -> new UsageException("no join token is given: --token-file FILE or --token TOKEN; "
                        + "\"docker swarm join-token worker\" on the manager prints it"));
    }
}
