package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.EngineTrouble;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.trust.KeyDigest;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A node: a host with an agent, or the manager's own host without one.
 *
 * @param id kept by the agent in its data directory
 * @param version the transaction that last changed it
 * @param createdAt when it joined
 * @param updatedAt when it was last changed
 * @param name a name given by a user, "" for none
 * @param labels labels given by a user
 * @param role worker or manager
 * @param availability what a user wants of it
 * @param description what its agent says of host and engine
 * @param address where it is, as the agent says or its connection shows
 * @param hasAgent whether an agent has ever joined from it, so that tasks can run there
 * @param liveness whether it is heard of
 * @param message why it is not ready, in words; "" when it is
 * @param trouble what is wrong with its engine, if anything
 * @param promised the key that its first certificate is issued for, and for no other; empty once it has shown one
 * @param certificate the one its agent is known to have; empty until it has shown one
 */
public record Node(
        NodeId id,
        long version,
        Instant createdAt,
        Instant updatedAt,
        String name,
        SortedMap<String, String> labels,
        Role role,
        Availability availability,
        NodeDescription description,
        String address,
        boolean hasAgent,
        Liveness liveness,
        String message,
        Optional<EngineTrouble> trouble,
        Optional<KeyDigest> promised,
        Optional<NodeCertificate> certificate) {
    /** What a node is in the cluster. */
    public enum Role {
        WORKER,
        MANAGER
    }

    /** What a user wants of a node. */
    public enum Availability {
        /** Runs tasks and takes new ones. */
        ACTIVE,
        /** Keeps its tasks and takes no new ones. */
        PAUSE,
        /** Its tasks move elsewhere. */
        DRAIN
    }

    /** Whether a node is heard of. */
    public enum Liveness {
        READY,
        /** Silent for a while: no new placements. */
        SUSPECT,
        /** Silent for too long: its tasks are orphaned and replaced. */
        DOWN
    }

    public Node {
        labels = Copies.labels(labels);
        trouble = Copies.optional(trouble);
        promised = Copies.optional(promised);
        certificate = Copies.optional(certificate);
    }

    /** One that has shown no certificate. */
    public Node(NodeId id, long version, Instant createdAt, Instant updatedAt, String name, SortedMap<String, String> labels, Role role,
            Availability availability, NodeDescription description, String address, boolean hasAgent, Liveness liveness, String message,
            Optional<EngineTrouble> trouble) {
        this(id, version, createdAt, updatedAt, name, labels, role, availability, description, address, hasAgent, liveness, message, trouble,
                Optional.empty(), Optional.empty());
    }

    /** As changed by a transaction. */
    public Node changed(long version, Instant now) {
        return new Node(id, version, createdAt, now, name, labels, role, availability, description, address, hasAgent, liveness, message, trouble, promised, certificate);
    }

    /** Seen alive or not. */
    public Node seen(Liveness next, String words) {
        return new Node(id, version, createdAt, updatedAt, name, labels, role, availability, description, address, hasAgent, next, words, trouble, promised, certificate);
    }

    /** With its engine in trouble, or well. */
    public Node troubled(Optional<EngineTrouble> said) {
        return new Node(id, version, createdAt, updatedAt, name, labels, role, availability, description, address, hasAgent, liveness, message, said, promised, certificate);
    }

    /** Joined by its agent, anew or again. */
    public Node joined(NodeDescription said, String from) {
        return new Node(id, version, createdAt, updatedAt, name, labels, role, availability, said, from, true, Liveness.READY, "", trouble, promised, certificate);
    }

    /** In the cluster since a time, if that is earlier. */
    public Node since(Instant time) {
        if (!time.isBefore(createdAt)) return this;
        return new Node(id, version, time, updatedAt, name, labels, role, availability, description, address, hasAgent, liveness, message, trouble, promised, certificate);
    }

    /** With a key that its first certificate is issued for. */
    public Node promised(KeyDigest key) {
        return new Node(id, version, createdAt, updatedAt, name, labels, role, availability, description, address, hasAgent, liveness, message, trouble,
                Optional.of(key), certificate);
    }

    /** With the certificate its agent is known to have. */
    public Node with(NodeCertificate held) {
        return new Node(id, version, createdAt, updatedAt, name, labels, role, availability, description, address, hasAgent, liveness, message, trouble,
                Optional.empty(), Optional.of(held));
    }

    /** As a user wants it. */
    public Node wanted(String called, SortedMap<String, String> labelled, Role as, Availability available) {
        return new Node(id, version, createdAt, updatedAt, called, labelled, as, available, description, address, hasAgent, liveness, message, trouble, promised, certificate);
    }

    /** Whether constraints that hold for one hold for the other. */
    boolean offersTheSameAs(Node other) {
        return labels.equals(other.labels) && role == other.role && description.equals(other.description);
    }

    /** Whether what may have a task on one may have it on the other. */
    boolean takesTheSameAs(Node other) {
        return offersTheSameAs(other) && availability == other.availability && liveness == other.liveness && hasAgent == other.hasAgent;
    }

    /** Whether new tasks may be placed on it. */
    public boolean takesTasks() {
        return hasAgent && liveness == Liveness.READY && trouble.isEmpty() && availability == Availability.ACTIVE;
    }
}
