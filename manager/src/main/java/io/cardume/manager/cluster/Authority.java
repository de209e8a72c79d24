package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.trust.RootDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
 * @param former roots that were replaced and are not forgotten yet, the oldest first; at most {@link #MOST_FORMER}
 */
public record Authority(Root root, Optional<Next> next, Duration nodeLife, long rotations, List<Former> former) {
    /** Ninety days, as Swarm's. */
    public static final Duration NODE_LIFE = Duration.ofDays(90);
    /** What they need is shown in every handshake. */
    public static final int MOST_FORMER = 4;

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

    /**
     * A root that was replaced. Its certificates open nothing; a node that was away meanwhile and believes no other is led by it to
     * the present one, and hears that it was removed, or that its cluster has ended.
     *
     * @param certificate in PEM
     * @param digest of it
     * @param cross the root after it, signed by this one, in PEM
     * @param until when it is forgotten
     */
    public record Former(String certificate, RootDigest digest, String cross, Instant until) {}

    public Authority {
        next = Copies.optional(next);
        former = Copies.list(former);
    }

    /** One that has replaced no root yet. */
    public Authority(Root root, Optional<Next> next, Duration nodeLife, long rotations) {
        this(root, next, nodeLife, rotations, List.of());
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
        return new Authority(root, next, life, rotations, former);
    }

    /** With a rotation begun. */
    public Authority rotating(Next to, long asked) {
        return new Authority(root, Optional.of(to), nodeLife, asked, former);
    }

    /** With its rotation done, if one is under way: the old root is trusted no more, and its key is gone. */
    public Authority rotated(Instant now) {
        if (next.isEmpty()) return this;
        var longest = nodeLife.compareTo(NODE_LIFE) > 0 ? nodeLife : NODE_LIFE;
        var kept = new ArrayList<>(former.stream().filter(one -> one.until.isAfter(now)).toList());
        kept.add(new Former(root.certificate, root.digest, next.get().cross(), now.plus(longest)));
        return new Authority(issuer(), Optional.empty(), nodeLife, rotations, kept.subList(Math.max(0, kept.size() - MOST_FORMER), kept.size()));
    }
}
