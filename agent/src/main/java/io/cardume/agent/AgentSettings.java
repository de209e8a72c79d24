package io.cardume.agent;

import io.cardume.agent.door.DoorSettings;
import io.cardume.agent.link.Membership;
import io.cardume.api.Copies;
import io.cardume.api.GenericResource;
import io.cardume.api.NodeId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How an agent is to work.
 *
 * @param managers where managers listen for agents, unresolved; at least one, asked in turn
 * @param token gives the join token, asked anew at each connection
 * @param dockerHost where the local engine listens: {@code unix:///path} or {@code tcp://address:port}
 * @param dataDir where the agent keeps its id and its membership; made if missing
 * @param name the node's name; empty = the host's
 * @param labels labels of the node, beside the engine's
 * @param resources resources that users defined for the host, instead of the engine's of the same kinds
 * @param advertise the address other hosts reach this one at; empty = the one the manager sees
 * @param nodeId the node's id; empty = the one kept in {@code dataDir}
 * @param door the ports of the host that services are reached on by HTTP
 * @param drain whether containers are stopped when the agent is closed
 */
public record AgentSettings(
        List<InetSocketAddress> managers,
        Token token,
        URI dockerHost,
        Path dataDir,
        Optional<String> name,
        SortedMap<String, String> labels,
        List<GenericResource> resources,
        Optional<String> advertise,
        Optional<NodeId> nodeId,
        DoorSettings door,
        boolean drain) {
    public AgentSettings {
        managers = Copies.list(managers);
        labels = Copies.labels(labels);
        resources = Copies.list(resources);
        if (managers.isEmpty()) throw new IllegalArgumentException("no manager is given");
    }

    /** Where the join token comes from. */
    public interface Token {
        String read() throws IOException;

        /** A token that is known. */
        static Token of(String token) {
            return () -> token;
        }

        /** A token in a file, which may be written later, and anew. */
        static Token in(Path file) {
            return () -> Files.readString(file).strip();
        }
    }

    /** The id of the node whose agent keeps its data in a directory; made there if there is none. */
    public static NodeId nodeId(Path dataDir) throws IOException {
        return Membership.at(dataDir, Optional.empty()).node();
    }
}
