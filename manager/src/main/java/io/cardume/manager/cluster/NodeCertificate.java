package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.trust.RootDigest;
import java.time.Instant;
import java.util.List;

/**
 * The certificate of a node's agent, as far as the cluster must know it.
 *
 * @param issuer the root it comes from
 * @param expires when it ends
 * @param roots the roots the agent believes, as it says; none until it has
 */
public record NodeCertificate(RootDigest issuer, Instant expires, List<RootDigest> roots) {
    public NodeCertificate {
        roots = Copies.list(roots);
    }
}
