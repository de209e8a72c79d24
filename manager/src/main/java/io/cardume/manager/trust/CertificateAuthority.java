package io.cardume.manager.trust;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/**
 * The cluster's certificate authority: makes roots, and issues certificates in their name. The roots are in the cluster's
 * state, their keys sealed; a key is open only while it signs. May be used from any thread.
 */
public final class CertificateAuthority {
    /** Certificates begin so long before they are issued, for hosts whose clocks are behind. */
    public static final Duration BACKDATED = Duration.ofHours(1);
    private static final Duration ROOT_LIFE = Duration.ofDays(365 * 20 + 5);
    private static final String ROOT_NAME = "CN=swarm-ca";
    private static final String SIGNED = "SHA256withECDSA";
    private static final int SERIAL_BITS = 127;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Supplier<Optional<Authority>> authority;
    private final Vault vault;
    private final InstantSource clock;

    /**
     * @param authority the one of the published state
     * @param vault opens its keys
     */
    public CertificateAuthority(Supplier<Optional<Authority>> authority, Vault vault, InstantSource clock) {
        this.authority = authority;
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * A certificate that was issued.
     *
     * @param certificates the certificate, then those up to the root, which is the last; as they are shown in TLS
     */
    public record Issued(List<X509Certificate> certificates) {
        public Issued {
            certificates = List.copyOf(certificates);
        }

        /** The certificate itself. */
        public X509Certificate leaf() {
            return certificates.getFirst();
        }

        /** All of them in PEM. */
        public String pem() {
            return Pem.of(certificates);
        }

        /** As whoever is shown them sees them. */
        public Chain chain() {
            return new Chain(certificates);
        }
    }

    /** A new key pair: ECDSA on P-256. */
    public static KeyPair newKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
            throw new IllegalStateException("the JDK makes no keys", e);
        }
    }

    /** A join token that nobody has seen yet, with the digest of the present root. */
    public String newToken() {
        return newToken(present());
    }

    /** The same for an authority that is not published yet. */
    public static String newToken(Authority authority) {
        return new JoinToken(authority.root().digest(), Digits.fresh()).text();
    }

    /** A new authority, with a root of its own. */
    public Authority found() {
        return new Authority(newRoot(newKeys(), clock.instant()), Optional.empty(), Authority.NODE_LIFE, 0);
    }

    /** A root to come after the present one. */
    public Authority.Next next() {
        var now = clock.instant();
        var present = present();
        var keys = newKeys();
        var root = newRoot(keys, now);
        var old = certificate(present.root());
        var cross = signed(builder(old.getSubjectX500Principal(), keys.getPublic(), x500(), now, earliest(now.plus(ROOT_LIFE), old)),
                keys.getPublic(), Optional.of(old), key(present.root()), true, List.of(), Collections.emptySortedSet());
        return new Authority.Next(root, Pem.of(cross));
    }

    /** The roots that were replaced and are not forgotten yet. */
    public List<X509Certificate> former() {
        return remembered().map(Authority.Former::certificate).flatMap(pem -> Pem.certificates(pem).stream()).toList();
    }

    /** What leads who believes only one of the {@link #former} roots, or none but the next, to the present certificates. */
    public List<X509Certificate> bridges() {
        var next = authority.get().flatMap(Authority::next).map(Authority.Next::root).map(CertificateAuthority::certificate);
        return Stream.concat(next.stream(), remembered().map(Authority.Former::cross).flatMap(pem -> Pem.certificates(pem).stream())).toList();
    }

    private Stream<Authority.Former> remembered() {
        var now = clock.instant();
        return authority.get().stream().flatMap(present -> present.former().stream()).filter(one -> one.until().isAfter(now));
    }

    /** Every root that is trusted now; none where there never was a cluster. */
    public List<X509Certificate> roots() {
        return authority.get().map(now -> now.trusted().stream().map(CertificateAuthority::certificate).toList()).orElse(List.of());
    }

    /**
     * A certificate for a node or a manager, by which it is known to others and they to it.
     *
     * @param key its public key; that it has the private one it proves in every handshake
     */
    public Issued issue(PublicKey key, Subject subject, Duration life) {
        return issue(key, subject, life, Collections.emptySortedSet());
    }

    /**
     * A certificate for whoever asks with a request, in place of the names in it.
     *
     * @param request PKCS #10, in PEM
     * @throws CertificateException if it is not one, or not signed with the key it is for
     */
    public Issued issue(String request, Subject subject, Duration life) throws CertificateException {
        try (var parser = new PEMParser(new StringReader(request))) {
            if (!(parser.readObject() instanceof PKCS10CertificationRequest read))
                throw new CertificateException("the request is not a certificate request (PKCS #10 in PEM)");
            var asked = new JcaPKCS10CertificationRequest(read);
            if (!asked.isSignatureValid(new JcaContentVerifierProviderBuilder().build(asked.getPublicKey())))
                throw new CertificateException("the request is not signed with the key it is for");
            return issue(asked.getPublicKey(), subject, life);
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException | RuntimeException e) {
            if (e instanceof CertificateException known) throw known;
            throw new CertificateException("the request cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The same for a server that is dialled by name or address.
     *
     * @param names host names and IP addresses
     */
    public Issued issue(PublicKey key, Subject subject, Duration life, SortedSet<String> names) {
        if (!life.isPositive()) throw new IllegalArgumentException("a certificate lives for some time, not " + life);
        var now = clock.instant();
        var present = present();
        var issuer = certificate(present.issuer());
        var name = new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.O, subject.organization())
                .addRDN(BCStyle.OU, subject.unit()).addRDN(BCStyle.CN, subject.name()).build();
        var leaf = signed(builder(issuer.getSubjectX500Principal(), key, name, now, earliest(now.plus(life), issuer)), key, Optional.of(issuer),
                key(present.issuer()), false, List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth), names);
        var shown = new ArrayList<>(List.of(leaf));
        present.next().ifPresent(next -> shown.addAll(Pem.certificates(next.cross())));
        shown.add(certificate(present.root()));
        return new Issued(shown);
    }

    private Authority present() {
        return authority.get().orElseThrow(() -> new IllegalStateException("there is no authority yet"));
    }

    private PrivateKey key(Authority.Root root) {
        var opened = vault.open(root.sealedKey())
                .orElseThrow(() -> new IllegalStateException("the key of the cluster's root cannot be opened: is the manager's own key file the right one?"));
        return Pem.privateKey(Base64.getDecoder().decode(opened));
    }

    private Authority.Root newRoot(KeyPair keys, Instant now) {
        var certificate = signed(builder(new X500Principal(ROOT_NAME), keys.getPublic(), x500(), now, now.plus(ROOT_LIFE)),
                keys.getPublic(), Optional.empty(), keys.getPrivate(), true, List.of(), Collections.emptySortedSet());
        return new Authority.Root(Pem.of(certificate), RootDigest.of(certificate),
                vault.seal(Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded())));
    }

    private static X500Name x500() {
        return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, ROOT_NAME.substring("CN=".length())).build();
    }

    private static Instant earliest(Instant wanted, X509Certificate issuer) {
        var last = issuer.getNotAfter().toInstant();
        return wanted.isBefore(last) ? wanted : last;
    }

    private static JcaX509v3CertificateBuilder builder(X500Principal issuer, PublicKey key, X500Name subject, Instant now, Instant end) {
        return new JcaX509v3CertificateBuilder(X500Name.getInstance(issuer.getEncoded()), new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE),
                Date.from(now.minus(BACKDATED).truncatedTo(ChronoUnit.SECONDS)), Date.from(end.truncatedTo(ChronoUnit.SECONDS)), subject, key);
    }

    private static X509Certificate signed(JcaX509v3CertificateBuilder builder, PublicKey key, Optional<X509Certificate> issuer, PrivateKey signer,
            boolean root, List<KeyPurposeId> purposes, SortedSet<String> names) {
        try {
            var made = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, root ? new BasicConstraints(true) : new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true,
                    new KeyUsage(root ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature));
            builder.addExtension(Extension.subjectKeyIdentifier, false, made.createSubjectKeyIdentifier(key));
            if (issuer.isPresent())
                builder.addExtension(Extension.authorityKeyIdentifier, false, made.createAuthorityKeyIdentifier(issuer.get().getPublicKey()));
            if (!purposes.isEmpty())
                builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes.toArray(new KeyPurposeId[0])));
            if (!names.isEmpty())
                builder.addExtension(Extension.subjectAlternativeName, false,
                        new GeneralNames(names.stream().map(CertificateAuthority::name).toArray(GeneralName[]::new)));
            return new JcaX509CertificateConverter().getCertificate(builder.build(new JcaContentSignerBuilder(SIGNED).build(signer)));
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate cannot be made: " + e.getMessage(), e);
        }
    }

    private static GeneralName name(String given) {
        try {
            return new GeneralName(GeneralName.iPAddress, InetAddress.ofLiteral(given).getHostAddress());
        } catch (IllegalArgumentException e) {
            return new GeneralName(GeneralName.dNSName, given);
        }
    }

    /** The certificate of a root. */
    public static X509Certificate certificate(Authority.Root root) {
        return Pem.certificates(root.certificate()).getFirst();
    }
}
