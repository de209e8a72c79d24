package io.cardume.api.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The certificates somebody shows, its own first.
 *
 * @param certificates at least one
 */
public record Chain(List<X509Certificate> certificates) {
    private static final int LONGEST = 5;

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
        try {
            var target = new X509CertSelector();
            target.setCertificate(leaf());
            var parameters = new PKIXBuilderParameters(roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet()), target);
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            parameters.setMaxPathLength(LONGEST);
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(certificates)));
            var built = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
            return built.getTrustAnchor().getTrustedCert();
        } catch (CertPathBuilderException e) {
            throw new CertificateException("the certificate comes from none of the roots that are trusted", e);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("the certificate cannot be checked: " + e.getMessage(), e);
        }
    }
}
