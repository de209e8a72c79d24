package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.trust.RootDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The certificate of a node's agent, as far as the cluster must know it.
 *
 * @param issuer the root it comes from
 * @param expires when it ends
 * @param roots the roots the agent believes, as it says; none until it has
 * @param digest of the certificate, by which it is known from others of the node
 * @param given another one that the agent was sent; whether it is on its disk it has not said
 */
public record NodeCertificate(RootDigest issuer, Instant expires, List<RootDigest> roots, RootDigest digest, Optional<RootDigest> given) {
    public NodeCertificate {
        roots = Copies.list(roots);
        given = Copies.optional(given);
    }

    /** One that the agent has, and it was given no other. */
    public NodeCertificate(RootDigest issuer, Instant expires, List<RootDigest> roots, RootDigest digest) {
        this(issuer, expires, roots, digest, Optional.empty());
    }

    /** Whether the agent may have this one by now. */
    public boolean mayBe(RootDigest shown) {
        return digest.equals(shown) || given.filter(shown::equals).isPresent();
    }

    /** With another one given. */
    public NodeCertificate giving(RootDigest other) {
        return new NodeCertificate(issuer, expires, roots, digest, Optional.of(other));
    }

    /** This one in the place of the one before, of which what was given and is not this one remains. */
    public NodeCertificate after(Optional<NodeCertificate> before) {
        return new NodeCertificate(issuer, expires, roots, digest, before.flatMap(NodeCertificate::given).filter(other -> !other.equals(digest)));
    }
}
