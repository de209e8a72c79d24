package io.cardume.manager.loop;

import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.api.trust.KeyDigest;
import io.cardume.api.trust.RootDigest;
import java.time.Instant;
import java.util.Optional;

/** What whoever connects has proved before a word was said. */
public sealed interface Proof {
    /**
     * Nothing: it can only join, with a token.
     *
     * @param asks the key it asks a certificate for, if it does
     */
    record Nothing(Optional<KeyDigest> asks) implements Proof {}

    /** That it has the key of a certificate that was issued here. */
    sealed interface Shown extends Proof {
        /** Whose it is. */
        NodeId node();

        /** What that is: {@code swarm-worker} of an agent. */
        String unit();

        /** The cluster it was issued in. */
        ClusterId cluster();

        /** When it was issued. */
        Instant issued();

        /** When it ends, or ended. */
        Instant expires();

        /** Of the certificate itself. */
        RootDigest digest();

        /** Of the key it is for. */
        KeyDigest key();
    }

    /**
     * That it has the key of a valid certificate of ours.
     *
     * @param issuer the root it comes from
     */
    record Certified(NodeId node, String unit, ClusterId cluster, Instant issued, Instant expires, RootDigest issuer, RootDigest digest, KeyDigest key)
            implements Shown {}

    /**
     * That it has the key of a certificate that was valid once.
     *
     * @param replaced whether the root it comes from was replaced since; if not, it has ended
     */
    record Past(NodeId node, String unit, ClusterId cluster, Instant issued, Instant expires, RootDigest digest, KeyDigest key, boolean replaced)
            implements Shown {}
}
