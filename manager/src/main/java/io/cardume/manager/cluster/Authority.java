package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.trust.RootDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where certificates come from. It outlives the cluster it was made for: nodes that were away when that ended believe its
 * manager only because of it.
 *
 * @param root what every node trusts
 * @param next the root that nodes are moving to, while it is being rotated
 * @param nodeLife how long a node's certificate is valid
 * @param rotations how often a rotation was asked for, as users count ({@code CAConfig.ForceRotate})
 */
public record Authority(Root root, Optional<Next> next, Duration nodeLife, long rotations) {
    /** Ninety days, as Swarm's. */
    public static final Duration NODE_LIFE = Duration.ofDays(90);

    /**
     * A root.
     *
     * @param certificate in PEM
     * @param digest of it
     * @param sealedKey its private key, sealed with the manager's
     */
    public record Root(String certificate, RootDigest digest, String sealedKey) {
        /** Without its key. */
        @Override
        public String toString() {
            return "Root[" + digest + "]";
        }
    }

    /**
     * The root after this one.
     *
     * @param root itself
     * @param cross it, signed by the present one, in PEM: whoever trusts only that believes the next one's certificates
     */
    public record Next(Root root, String cross) {}

    public Authority {
        next = Copies.optional(next);
    }

    /** The root that new certificates come from. */
    public Root issuer() {
        return next.map(Next::root).orElse(root);
    }

    /** Every root that is trusted: during a rotation two. */
    public List<Root> trusted() {
        return next.isPresent() ? List.of(root, next.get().root()) : List.of(root);
    }

    /** What the trusted ones are known by. */
    public SortedSet<RootDigest> digests() {
        var digests = new TreeSet<RootDigest>();
        trusted().forEach(one -> digests.add(one.digest()));
        return digests;
    }

    /** With another life of nodes' certificates. */
    public Authority living(Duration life) {
        return new Authority(root, next, life, rotations);
    }

    /** With a rotation begun. */
    public Authority rotating(Next to, long asked) {
        return new Authority(root, Optional.of(to), nodeLife, asked);
    }

    /** With its rotation done: the old root is trusted no more. */
    public Authority rotated() {
        return new Authority(issuer(), Optional.empty(), nodeLife, rotations);
    }
}
