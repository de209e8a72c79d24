package io.cardume.manager.http;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.loop.EndRotation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What users should know of certificates before something stops working, as {@code docker info} shows it. */
final class CertificateWarnings {
    /** Agents renew at half their certificate's life; with less than this part of it left, something is wrong. */
    private static final int PART_LEFT = 4;
    private static final int MOST_NAMED = 10;

    private CertificateWarnings() {}

    /** In words; empty when all is well. */
    static List<String> of(ClusterState state, Instant now) {
        var warnings = new ArrayList<String>();
        if (state.authority().isEmpty()) return warnings;
        var authority = state.authority().get();
        var soon = now.plus(authority.nodeLife().dividedBy(PART_LEFT));
        var late = state.nodes().values().stream()
                .filter(node -> node.certificate().filter(one -> one.expires().isBefore(soon)).isPresent()).toList();
        late.stream().limit(MOST_NAMED).forEach(node -> warnings.add("the certificate of node " + node.description().hostname()
                + (node.certificate().orElseThrow().expires().isBefore(now) ? " ended at " : " was not renewed in time and ends at ") + node.certificate().orElseThrow().expires()
                + "; is its agent running, and does it reach the manager?"));
        if (late.size() > MOST_NAMED) warnings.add("so are those of " + (late.size() - MOST_NAMED) + " more nodes");
        var waited = EndRotation.waitedFor(state);
        if (authority.next().isPresent())
            warnings.add("the root certificate is being rotated, and " + waited.size() + " nodes have no certificate of the new one yet: "
                    + waited.stream().limit(MOST_NAMED).map(node -> node.description().hostname()).collect(Collectors.joining(", ")));
        return warnings;
    }
}
