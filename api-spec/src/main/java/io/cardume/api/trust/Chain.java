package io.cardume.api.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The certificates somebody shows, its own first.
 *
 * @param certificates at least one
 */
public record Chain(List<X509Certificate> certificates) {
    /** A certificate, two roots and what signs them while they are rotated, and what signed the roots before. */
    private static final int LONGEST = 8;

    public Chain {
        certificates = List.copyOf(certificates);
        if (certificates.isEmpty()) throw new IllegalArgumentException("a chain has a certificate");
    }

    /** Whose it is. */
    public X509Certificate leaf() {
        return certificates.getFirst();
    }

    /** The root with this digest, if it is shown along. */
    public Optional<X509Certificate> root(RootDigest digest) {
        return certificates.stream().filter(certificate -> RootDigest.of(certificate).equals(digest)).findFirst();
    }

    /**
     * Makes sure that it leads to one of the roots and is valid at a time.
     *
     * @return the root it leads to
     * @throws CertificateException if not, in words
     */
    public X509Certificate verify(Collection<X509Certificate> roots, Instant now) throws CertificateException {
        if (certificates.size() > LONGEST) throw new CertificateException("more than " + LONGEST + " certificates are shown");
        if (roots.isEmpty()) throw new CertificateException("no root is trusted");
        try {
            leaf().checkValidity(Date.from(now));
        } catch (CertificateExpiredException e) {
            throw new CertificateException("the certificate ended at " + leaf().getNotAfter().toInstant(), e);
        } catch (CertificateNotYetValidException e) {
            throw new CertificateException("the certificate begins at " + leaf().getNotBefore().toInstant() + ", and here it is " + now
                    + "; are the clocks right?", e);
        }
        // The JDK looks for no way over more than one root that another has signed, but checks one that it is given.
        var ways = new ArrayDeque<List<X509Certificate>>(List.of(List.of(leaf())));
        var seen = new HashSet<X509Certificate>(List.of(leaf()));
        while (!ways.isEmpty()) {
            var way = ways.remove();
            for (X509Certificate root : roots) if (leads(way, root, now)) return root;
            for (X509Certificate next : certificates)
                if (!seen.contains(next) && isSignedBy(way.getLast(), next)) {
                    seen.add(next);
                    ways.add(Stream.concat(way.stream(), Stream.of(next)).toList());
                }
        }
        throw new CertificateException("the certificate comes from none of the roots that are trusted");
    }

    private static boolean leads(List<X509Certificate> way, X509Certificate root, Instant now) throws CertificateException {
        if (!way.getLast().getIssuerX500Principal().equals(root.getSubjectX500Principal())) return false;
        try {
            var parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(way), parameters);
            return true;
        } catch (CertPathValidatorException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new CertificateException("the certificate cannot be checked: " + e.getMessage(), e);
        }
    }

    private static boolean isSignedBy(X509Certificate certificate, X509Certificate other) {
        if (!certificate.getIssuerX500Principal().equals(other.getSubjectX500Principal()) || !(other.getPublicKey() instanceof ECPublicKey)) return false;
        try {
            certificate.verify(other.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
