package io.cardume.manager.loop;

import io.cardume.api.ClusterId;
import io.cardume.api.GenericResource;
import io.cardume.api.link.FromAgent;
import io.cardume.api.trust.KeyDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeCertificate;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An agent's first words on a connection. Who shows a certificate is the node whose it is; everyone else needs a token, and
 * can be no node that has shown a certificate before, or that another key was admitted for.
 *
 * @param hello what it said
 * @param from the address its connection comes from
 * @param proof what it proved before
 */
public record JoinNode(FromAgent.Hello hello, String from, Proof proof) implements Command<JoinNode.Joined> {
    /** It becomes the name in a certificate. */
    private static final String ID = "[A-Za-z0-9._-]{1,64}";
    /** For so long after its end the last certificate of a node may be renewed: managers are away or locked for some days, and clocks are wrong. */
    private static final Duration RENEWED_LATE = Duration.ofDays(30);
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    /** Of an agent that has no certificate and asks for none. */
    public JoinNode(FromAgent.Hello hello, String from) {
        this(hello, from, new Proof.Nothing(Optional.empty()));
    }

    /** What becomes of the agent. */
    public sealed interface Joined {
        /** It is a node of this cluster. */
        record Member(ClusterId cluster) implements Joined {}

        /** It may be a node of this cluster: it gets a certificate to come back with. */
        record Admitted(ClusterId cluster) implements Joined {}

        /** It is a node of this cluster whose certificate has ended: it gets another to come back with. */
        record Late(ClusterId cluster) implements Joined {}

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
        if (proof instanceof Proof.Shown held && state.endedClusters().contains(held.cluster())) return new Joined.Ended(held.cluster());
        var cluster = NoCluster.orRefuse(state);
        return switch (proof) {
            case Proof.Certified held -> member(draft, cluster, held);
            case Proof.Past held -> past(draft, cluster, held);
            case Proof.Nothing(var asks) -> admitted(draft, cluster, asks);
        };
    }

    private Joined member(Draft draft, Cluster cluster, Proof.Certified held) throws Refusal {
        checkOwn(cluster, held);
        if (isOfRemoved(draft, held)) return removed();
        checkNames();
        var known = draft.state().node(held.node());
        // A backup of before it came back first may have been put back: what it runs goes on.
        if (known.flatMap(Node::promised).filter(key -> !key.equals(held.key())).isPresent())
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "node " + held.node() + " has joined with another key than the certificate's; " + anew(cluster));
        var before = known.get().certificate();
        var certificate = new NodeCertificate(held.issuer(), held.expires(), before.map(NodeCertificate::roots).orElse(List.of()), held.digest());
        var now = known.get().joined(hello.description(), address(known)).with(certificate.after(before));
        if (!now.equals(known.get())) draft.put(now);
        draft.add(new Change.NodeHeard(now.id(), draft.now()));
        return new Joined.Member(cluster.id());
    }

    /** A certificate that was good once opens nothing. It is good for hearing that the node was removed, and, if it is the node's last one, for being renewed. */
    private Joined past(Draft draft, Cluster cluster, Proof.Past held) throws Refusal {
        checkOwn(cluster, held);
        if (isOfRemoved(draft, held)) return removed();
        if (held.replaced()) throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "the agent's certificate comes from a root that was replaced; " + anew(cluster));
        var ended = "the certificate ended at " + held.expires();
        if (draft.state().node(held.node()).flatMap(Node::certificate).filter(last -> last.mayBe(held.digest())).isEmpty())
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, ended + ", and is not the last one of node " + held.node() + "; " + anew(cluster));
        if (draft.now().isAfter(held.expires().plus(RENEWED_LATE)))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, ended + ", more than " + RENEWED_LATE.toDays() + " days ago; " + anew(cluster));
        if (hello.key().isEmpty()) throw new Refusal(Refusal.Kind.UNAUTHENTICATED, ended + ", and the agent asks for no other");
        return new Joined.Late(cluster.id());
    }

    private void checkOwn(Cluster cluster, Proof.Shown held) throws Refusal {
        if (!held.unit().equals(Subject.WORKER))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "the certificate is one for " + held.unit() + ", and an agent's is for " + Subject.WORKER);
        if (!held.node().equals(hello.node()))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "the agent says it is node " + hello.node() + ", and its certificate is node " + held.node() + "'s");
        if (!held.cluster().equals(cluster.id()))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "the agent's certificate is of cluster " + held.cluster() + ", and this is cluster " + cluster.id());
    }

    /**
     * A node's certificates are younger than its place in the cluster; an older one is of another node that had its id. But the one it
     * is known to have is its own, and so is one for the key that it was admitted with, whatever clocks that were set since make of it.
     */
    private static boolean isOfRemoved(Draft draft, Proof.Shown held) {
        var known = draft.state().node(held.node());
        if (known.isEmpty()) return true;
        if (known.get().promised().filter(held.key()::equals).isPresent()) return false;
        if (known.get().certificate().filter(last -> last.mayBe(held.digest())).isPresent()) return false;
        return held.issued().isBefore(known.get().createdAt().truncatedTo(ChronoUnit.SECONDS));
    }

    /** Users see them on terminals. */
    private void checkNames() throws Refusal {
        var said = hello.description();
        var labels = said.engineLabels().entrySet().stream().flatMap(label -> Stream.of(label.getKey(), label.getValue()));
        var resources = said.genericResources().stream().flatMap(one -> Stream.concat(
                one.named().stream().flatMap(named -> Stream.of(named.kind(), named.value())), one.discrete().stream().map(GenericResource.Discrete::kind)));
        var engine = Stream.of(said.hostname(), said.engineVersion(), said.platform().architecture(), said.platform().os());
        if (Stream.of(engine, said.plugins().stream(), labels, resources).flatMap(words -> words).anyMatch(words -> CONTROL.matcher(words).find()))
            throw new Refusal(Refusal.Kind.INVALID, "the name of the agent's host (--name), its labels (--label, and those of the engine), generic resources, and what "
                    + "else its engine says of itself are without control characters");
    }

    private Joined admitted(Draft draft, Cluster cluster, Optional<KeyDigest> asks) throws Refusal {
        if (!hello.node().value().matches(ID))
            throw new Refusal(Refusal.Kind.INVALID, "the agent's node id is not allowed; it is 1 to 64 letters, digits, dots, dashes and underscores");
        checkNames();
        var known = draft.state().node(hello.node());
        if (hello.memberOf().filter(id -> !id.equals(cluster.id())).isPresent())
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "the agent is a member of cluster " + hello.memberOf().get()
                    + ", and this is cluster " + cluster.id()
                    + "; to join it, stop the agent, remove the old cluster's containers, and give it another data directory");
        if (hello.memberOf().isPresent() && known.isEmpty()) return removed();
        boolean manager = hello.node().equals(cluster.manager());
        if (manager && same(hello.token(), cluster.workerToken()))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "node " + hello.node() + " is the manager's own; the join token of workers does not make an agent of it");
        if (!same(hello.token(), manager ? cluster.managerToken() : cluster.workerToken()))
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED,
                    "the join token is not valid; `docker swarm join-token worker` on the manager prints the one that is");
        if (known.flatMap(Node::certificate).isPresent())
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "node " + hello.node() + " has a certificate, and the agent does not show it; if it is lost, " + anew(cluster));
        if (known.flatMap(Node::promised).filter(key -> asks.filter(key::equals).isEmpty()).isPresent())
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "node " + hello.node() + " has joined with another key, and only a certificate for that is its own; "
                    + "if it is lost, " + anew(cluster));
        String address = address(known);
        // It has shown no certificate, and one that is issued now is to be its own, also where the clock was ahead when it was here first.
        var node = known.map(here -> here.since(draft.now())).orElseGet(() -> new Node(hello.node(), 0, draft.now(), draft.now(), "", new TreeMap<>(),
                Node.Role.WORKER, Node.Availability.ACTIVE, hello.description(), address, true, Node.Liveness.READY, "", Optional.empty()));
        var heard = node.joined(hello.description(), address);
        // From now on nobody else is this node, also where the certificate does not arrive.
        var joined = asks.map(heard::promised).orElse(heard);
        if (known.filter(joined::equals).isEmpty()) draft.put(joined);
        draft.add(new Change.NodeHeard(node.id(), draft.now()));
        return new Joined.Admitted(cluster.id());
    }

    /** What makes a member of it again. The manager's own node cannot be removed, and its agent may not be just anybody with a token. */
    private String anew(Cluster cluster) {
        if (hello.node().equals(cluster.manager()))
            return "this is the manager's own node, which cannot be removed: put the agent's data directory back from a copy, or let the host be another node: "
                    + "start `cardume manager` alone, and beside it `cardume agent` with an empty data directory and the join token of workers";
        return "stop the agent, remove the node (`docker node rm --force " + hello.node() + "`), delete cluster-id, node-id and identity.pem "
                + "from the agent's data directory, and start it with a valid join token";
    }

    private Joined removed() {
        return new Joined.Removed("node " + hello.node() + " was removed from this cluster; to join again, stop the agent, "
                + "delete cluster-id, node-id and identity.pem from its data directory, and start it with a valid join token");
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
