package io.cardume.agent.trust;

import io.cardume.api.trust.Subject;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A root of its own, and the certificates it issues. */
public final class Issuer {
    private static final X500Name NAME = new X500Name("CN=swarm-ca");
    private final KeyPair keys = keys();
    public final X509Certificate root = signed(NAME, keys.getPublic(), Instant.now().minusSeconds(7_200), Instant.now().plus(Duration.ofDays(1)), true);

    static KeyPair keys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** What a manager of this root serves with. */
    public SSLContext manager() {
        try {
            var own = keys();
            var chain = issue(own.getPublic(), new Subject("manager", Subject.MANAGER, "cluster"), Instant.now().minusSeconds(3_600), Instant.now().plusSeconds(3_600));
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("manager", own.getPrivate(), new char[0], chain.toArray(X509Certificate[]::new));
            var managers = KeyManagerFactory.getInstance("PKIX");
            managers.init(store, new char[0]);
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The certificate, then the root. */
    public List<X509Certificate> issue(PublicKey key, Subject subject, Instant from, Instant to) {
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
