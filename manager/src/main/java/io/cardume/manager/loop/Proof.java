package io.cardume.manager.loop;

import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.api.trust.RootDigest;
import java.time.Instant;

/** What whoever connects has proved before a word was said. */
public sealed interface Proof {
    /** Nothing: it can only join, with a token. */
    record Nothing() implements Proof {}

    /**
     * That it has the key of a valid certificate of ours.
     *
     * @param node whose it is
     * @param unit what that is: {@code swarm-worker} of an agent
     * @param cluster the cluster it was issued in
     * @param issued when
     * @param expires when it ends
     * @param issuer the root it comes from
     * @param digest of the certificate itself
     */
    record Certified(NodeId node, String unit, ClusterId cluster, Instant issued, Instant expires, RootDigest issuer, RootDigest digest)
            implements Proof {}
}
