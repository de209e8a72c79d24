package io.cardume.cli;

import io.cardume.agent.AgentSettings;
import io.cardume.agent.door.DoorSettings;
import io.cardume.api.GenericResource;
import io.cardume.api.GenericResources;
import io.cardume.api.NodeId;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Option;

/** The settings of an agent, but for which manager it dials. */
final class AgentOptions {
    @Option(
            names = "--docker-host",
            paramLabel = "unix://PATH|tcp://ADDR:PORT",
            defaultValue = "unix:///var/run/docker.sock",
            description = {
                "Where the local Docker engine listens.",
                "CARDUME_DOCKER_HOST, default unix:///var/run/docker.sock"
            })
    private URI dockerHost;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = {"The node's name in \"docker node ls\".", "CARDUME_NAME, default the host's name"})
    private Optional<String> name;

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = {
                "A label for constraints on engine.labels.KEY; may be given several times, or as a list with commas.",
                "CARDUME_LABEL, default none"
            })
    private Map<String, String> labels = new TreeMap<>();

    @Option(
            names = "--generic-resource",
            paramLabel = "NAME=NUMBER|NAME=ID",
            split = ",",
            description = {
                "What this host has of a resource for \"docker service create --generic-resource\": so many of NAME, or one thing",
                "with an id; may be given several times, or as a list with commas. It replaces what the engine says of NAME.",
                "CARDUME_GENERIC_RESOURCE, default what the engine's node-generic-resources says"
            })
    private List<String> resources = new ArrayList<>();

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            defaultValue = "80",
            description = {
                "The port of this host on which services with the label cardume.http.port are reached by HTTP; taken only while",
                "there are some. 0 = none.",
                "CARDUME_HTTP_PORT, default 80"
            })
    private int httpPort;

    @Option(
            names = "--https-port",
            paramLabel = "PORT",
            defaultValue = "443",
            description = {
                "The same for HTTPS, for services that also have the label cardume.http.tls. 0 = none.",
                "CARDUME_HTTPS_PORT, default 443"
            })
    private int httpsPort;

    @Option(
            names = "--drain",
            defaultValue = "false",
            description = {
                "Stop this node's containers when the agent is stopped, instead of leaving them running.",
                "CARDUME_DRAIN, true or false, default false"
            })
    private boolean drain;

    /**
     * The settings as the agent takes them.
     *
     * @param managers where managers listen for agents, at least one
     * @param advertise the address other hosts reach this one at; empty = the one the manager sees
     * @param node the node id shared with a manager in the same process, or empty for the agent's own
     * @throws UsageException if one of them is wrong
     */
    AgentSettings settings(
            List<InetSocketAddress> managers,
            AgentSettings.Token token,
            Optional<String> advertise,
            Path dataDir,
            Optional<NodeId> node) {
        var scheme = Optional.ofNullable(dockerHost.getScheme()).orElse("");
        if (!scheme.equals("unix") && !scheme.equals("tcp"))
            throw new UsageException("--docker-host " + dockerHost + ": unix:///path or tcp://address:port is allowed");
        if (httpPort < 0 || httpPort > 65_535) throw new UsageException("--http-port " + httpPort + ": 0 to 65535 is allowed");
        if (httpsPort < 0 || httpsPort > 65_535) throw new UsageException("--https-port " + httpsPort + ": 0 to 65535 is allowed");
        if (httpPort != 0 && httpPort == httpsPort) throw new UsageException("--http-port and --https-port are both " + httpPort + "; give two ports");
        List<GenericResource> generic;
        try {
            generic = GenericResources.parse(resources);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--generic-resource: " + e.getMessage());
        }
        return new AgentSettings(
                managers, token, dockerHost, dataDir, name, new TreeMap<>(labels), generic, advertise, node, new DoorSettings(httpPort, httpsPort), drain);
    }
}
