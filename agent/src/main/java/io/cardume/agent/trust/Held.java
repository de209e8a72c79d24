package io.cardume.agent.trust;

import io.cardume.api.trust.Chain;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a member of a cluster proves itself with, and knows managers by.
 *
 * @param key the node's private key
 * @param chain the certificate for it, then those up to a root
 * @param roots those that the node trusts, at least one
 */
public record Held(PrivateKey key, Chain chain, List<X509Certificate> roots) {
    /** Certificates begin this long before they are issued, for clocks that are behind. */
    private static final Duration BACKDATED = Duration.ofHours(1);

    public Held {
        roots = List.copyOf(roots);
        if (roots.isEmpty()) throw new IllegalArgumentException("no root is trusted");
    }

    /** When the certificate ends. */
    public Instant end() {
        return chain.leaf().getNotAfter().toInstant();
    }

    /** When another one is to be asked for: at half its life. */
    public Instant renewAt() {
        var issued = chain.leaf().getNotBefore().toInstant().plus(BACKDATED);
        return issued.plus(Duration.between(issued, end()).dividedBy(2));
    }

    /** Whether the key is the one that the certificate is for. */
    boolean isWhole() {
        return isPair(key, chain.leaf().getPublicKey());
    }

    /** Whether what is signed with one key is good by the other. */
    static boolean isPair(PrivateKey key, PublicKey other) {
        try {
            var words = new byte[] {1};
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key);
            signature.update(words);
            var signed = signature.sign();
            signature.initVerify(other);
            signature.update(words);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Held[" + chain.leaf().getSubjectX500Principal() + " until " + end() + "]";
    }
}
