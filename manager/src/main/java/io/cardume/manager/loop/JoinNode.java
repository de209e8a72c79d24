package io.cardume.manager.loop;

import io.cardume.api.ClusterId;
import io.cardume.api.link.FromAgent;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An agent's first words on a connection. A node that is a member already comes back even if the token was rotated
 * meanwhile; everyone else needs the token.
 *
 * @param hello what it said
 * @param from the address its connection comes from
 */
public record JoinNode(FromAgent.Hello hello, String from) implements Command<JoinNode.Joined> {
    /** What becomes of the agent. */
    public sealed interface Joined {
        /** It is a node of this cluster. */
        record Member(ClusterId cluster) implements Joined {}

        /** Its cluster was ended. */
        record Ended(ClusterId cluster) implements Joined {}

        /** It was removed from this cluster by a user. */
        record Removed(String message) implements Joined {}
    }

    @Override
    public Joined apply(Draft draft) throws Refusal {
        var state = draft.state();
        if (hello.memberOf().filter(state.endedClusters()::contains).isPresent())
            return new Joined.Ended(hello.memberOf().get());
        var cluster = NoCluster.orRefuse(state);
        var known = state.node(hello.node());
        boolean member = hello.memberOf().filter(cluster.id()::equals).isPresent();
        if (member && known.isEmpty())
            return new Joined.Removed("node " + hello.node() + " was removed from this cluster; to join again, stop the agent, "
                    + "delete cluster-id and node-id from its data directory, and start it with a valid join token");
        if (!member && hello.memberOf().isPresent())
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "the agent is a member of cluster " + hello.memberOf().get()
                    + ", and this is cluster " + cluster.id()
                    + "; to join it, stop the agent, remove the old cluster's containers, and give it another data directory");
        if (!member && !same(hello.token(), cluster.workerToken()))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED,
                    "the join token is not valid; `docker swarm join-token worker` on the manager prints the one that is");
        String address = address(known);
        var node = known.orElseGet(() -> new Node(hello.node(), 0, draft.now(), draft.now(), "", new TreeMap<>(),
                Node.Role.WORKER, Node.Availability.ACTIVE, hello.description(), address, true, Node.Liveness.READY, "", Optional.empty()));
        if (known.isEmpty() || !node.joined(hello.description(), address).equals(node))
            draft.put(node.joined(hello.description(), address));
        draft.add(new Change.NodeHeard(node.id(), draft.now()));
        return new Joined.Member(cluster.id());
    }

    /** What the agent says, else where it comes from; but a node known by another name than loopback keeps that. */
    private String address(Optional<Node> known) throws Refusal {
        if (!hello.address().isEmpty()) return literal(hello.address());
        return isLoopback(from) ? known.map(Node::address).orElse(from) : from;
    }

    /** An address as it is written in full; other hosts program it into their networks, so a name will not do. */
    private static String literal(String said) throws Refusal {
        try {
            return InetAddress.ofLiteral(said).getHostAddress();
        } catch (IllegalArgumentException e) {
            throw new Refusal(Refusal.Kind.INVALID, "the agent's address (--advertise-addr) " + said.lines().findFirst().orElse("")
                    + " is not allowed; it is an IP address");
        }
    }

    private static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("0:0:0:0:0:0:0:1") || address.equals("::1");
    }

    private static boolean same(String given, String right) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }
}
