package io.cardume.manager.http;

import io.cardume.api.SwarmView;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which root the cluster and each node have, in the API's words. Clients compare them to see a rotation's progress. */
final class TlsInfos {
    private final Optional<Authority> authority;
    private final Map<RootDigest, Issuer> issuers = new TreeMap<>();
    private final SwarmView.TlsInfo cluster;

    TlsInfos(ClusterState state) {
        this.authority = state.authority();
        this.cluster = info(authority.map(Authority::root), authority.map(Authority::issuer));
    }

    /** The root that everybody trusts, until the end of a rotation the old one; and the one that certificates come from now. */
    SwarmView.TlsInfo cluster() {
        return cluster;
    }

    /** Those of a node, as its agent has them. A manager without an agent always has those of the cluster. */
    SwarmView.TlsInfo of(Node node) {
        if (!node.hasAgent()) return cluster;
        if (node.certificate().isEmpty()) return SwarmView.TlsInfo.NONE;
        var certificate = node.certificate().get();
        var trusted = authority.stream().flatMap(now -> now.trusted().stream()).filter(root -> certificate.roots().contains(root.digest())).findFirst();
        return info(trusted, authority.stream().flatMap(now -> now.trusted().stream()).filter(root -> root.digest().equals(certificate.issuer())).findFirst());
    }

    private SwarmView.TlsInfo info(Optional<Authority.Root> trusted, Optional<Authority.Root> issuer) {
        var shown = issuer.map(root -> issuers.computeIfAbsent(root.digest(), _ -> Issuer.of(root))).orElse(Issuer.NONE);
        return new SwarmView.TlsInfo(trusted.map(Authority.Root::certificate).orElse(""), shown.subject(), shown.key());
    }

    /** What a root is called in the certificates that come from it. */
    private record Issuer(String subject, String key) {
        static final Issuer NONE = new Issuer("", "");

        static Issuer of(Authority.Root root) {
            var certificate = Pem.certificates(root.certificate()).getFirst();
            var base64 = Base64.getEncoder();
            return new Issuer(base64.encodeToString(certificate.getSubjectX500Principal().getEncoded()),
                    base64.encodeToString(certificate.getPublicKey().getEncoded()));
        }
    }
}
