package io.cardume.agent.trust;

import io.cardume.api.trust.Subject;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A root of its own, and the certificates it issues. */
final class Issuer {
    private static final X500Name NAME = new X500Name("CN=swarm-ca");
    private final KeyPair keys = keys();
    final X509Certificate root = signed(NAME, keys.getPublic(), Instant.now().minusSeconds(7_200), Instant.now().plus(Duration.ofDays(1)), true);

    static KeyPair keys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The certificate, then the root. */
    List<X509Certificate> issue(PublicKey key, Subject subject, Instant from, Instant to) {
        var name = new X500Name("O=" + subject.organization() + ",OU=" + subject.unit() + ",CN=" + subject.name());
        return List.of(signed(name, key, from, to, false), root);
    }

    private X509Certificate signed(X500Name name, PublicKey key, Instant from, Instant to, boolean authority) {
        try {
            var builder = new JcaX509v3CertificateBuilder(NAME, BigInteger.valueOf(System.nanoTime()), Date.from(from), Date.from(to), name, key);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            return new JcaX509CertificateConverter().getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }
}
