package io.cardume.agent.trust;

import io.cardume.api.NodeId;
import io.cardume.api.PrivateFile;
import io.cardume.api.trust.Chain;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.Subject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's key, the certificate for it and the roots it trusts, in one file, {@code identity.pem}, that only its owner
 * reads. The key never leaves the host: a manager is told the public one, and issues a certificate for it. Before the first
 * certificate the key is in {@code identity.first}. May be used from any thread.
 */
public final class Identity {
    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);
    private static final String ROOTS = "# The roots that are trusted:\n";

    /** More bytes than a file ever has. */
    private static final int LARGEST = 16 << 10;

    private final Path file;
    private final Path first;
    private final NodeId node;
    private final InstantSource clock;
    private Optional<Held> held;
    /** The key pair that a certificate was asked for. */
    private Optional<KeyPair> asked = Optional.empty();
    /** Whether that is on disk. */
    private boolean isAskedKept;

    private Identity(Path file, NodeId node, InstantSource clock) throws IOException {
        this.file = file;
        this.first = file.resolveSibling("identity.first");
        this.node = node;
        this.clock = clock;
        this.held = read();
        if (held.isPresent()) Files.deleteIfExists(first);
        else this.asked = readAsked();
        this.isAskedKept = asked.isPresent();
    }

    /**
     * Reads it from the agent's data directory. A file that cannot be understood counts as none: the node joins with its
     * token again.
     *
     * @param node whose it is
     */
    public static Identity in(Path dir, NodeId node, InstantSource clock) throws IOException {
        return new Identity(dir.resolve("identity.pem"), node, clock);
    }

    /** What it proves itself with; empty until it has joined. It may be past its end. */
    public synchronized Optional<Held> held() {
        return held;
    }

    /** Whether half the certificate's life has passed. */
    public synchronized boolean isDue() {
        return held.isPresent() && !clock.instant().isBefore(held.get().renewAt());
    }

    /** The public key that a certificate is asked for; the same until one has come. */
    public synchronized PublicKey asked() {
        if (asked.isEmpty()) asked = Optional.of(newKeys());
        return asked.get().getPublic();
    }

    /**
     * The same of a node that has no certificate yet, on disk before it is said, with room for a certificate: managers let the node in
     * with this key alone from then on, also when the agent ends before it has heard so.
     *
     * @throws IOException if it cannot be kept; why
     */
    public synchronized PublicKey askedFirst() throws IOException {
        var key = asked();
        if (isAskedKept) return key;
        var text = Pem.of(asked.get().getPrivate()) + Pem.of(key);
        PrivateFile.replace(first, text + "#".repeat(LARGEST - text.length()));
        isAskedKept = true;
        return key;
    }

    /**
     * Takes the certificate that was asked for: it is on disk when this returns.
     *
     * @param chain the certificate, then those up to a root
     * @param roots those to trust from now on
     * @throws CertificateException if it is not for this node and the key that was asked for, or leads to none of the
     *     roots; what was held remains
     */
    public synchronized void given(List<X509Certificate> chain, List<X509Certificate> roots) throws CertificateException, IOException {
        // An answer that was given twice.
        if (held.filter(have -> have.chain().certificates().equals(chain) && have.roots().equals(roots)).isPresent()) return;
        if (asked.isEmpty() || chain.isEmpty() || !chain.getFirst().getPublicKey().equals(asked.get().getPublic()))
            throw new CertificateException("the certificate is not for the key that was asked for");
        var next = new Held(asked.get().getPrivate(), checked(new Chain(chain), roots), roots);
        // Whether there is room for a certificate is asked again where there was none for this one.
        isAskedKept = false;
        keep(next);
        forgetAsked();
    }

    private void forgetAsked() {
        asked = Optional.empty();
        isAskedKept = false;
        try {
            Files.deleteIfExists(first);
        } catch (IOException e) {
            LOG.debug("{} is left: {}", first, e.toString());
        }
    }

    /**
     * Trusts other roots than before; the certificate remains.
     *
     * @throws CertificateException if it leads to none of them, or there is none; the old ones remain
     */
    public synchronized void trust(List<X509Certificate> roots) throws CertificateException, IOException {
        if (held.isEmpty()) throw new CertificateException("the node has no certificate yet");
        keep(new Held(held.get().key(), checked(held.get().chain(), roots), roots));
    }

    /** Its cluster is no more, or has no place for it. */
    public synchronized void forget() throws IOException {
        held = Optional.empty();
        forgetAsked();
        Files.deleteIfExists(file);
    }

    private Chain checked(Chain chain, List<X509Certificate> roots) throws CertificateException {
        chain.verify(roots, clock.instant());
        if (Subject.of(chain.leaf()).filter(this::isOurs).isEmpty())
            throw new CertificateException("the certificate is for " + chain.leaf().getSubjectX500Principal() + ", and this is node " + node);
        return chain;
    }

    private boolean isOurs(Subject subject) {
        return subject.name().equals(node.value()) && subject.unit().equals(Subject.WORKER);
    }

    private void keep(Held next) throws IOException {
        PrivateFile.replace(file, Pem.of(next.key()) + Pem.of(next.chain().certificates()) + ROOTS + Pem.of(next.roots()));
        held = Optional.of(next);
    }

    private Optional<Held> read() throws IOException {
        if (!Files.exists(file)) return Optional.empty();
        try {
            var text = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII);
            int roots = text.indexOf(ROOTS);
            if (roots < 0) throw new IllegalArgumentException("it names no roots");
            var own = text.substring(0, roots);
            var read = new Held(Pem.privateKey(own), new Chain(Pem.certificates(own)), Pem.certificates(text.substring(roots)));
            if (Subject.of(read.chain().leaf()).filter(this::isOurs).isEmpty()) throw new IllegalArgumentException("it is not that of node " + node);
            if (!read.isWhole()) throw new IllegalArgumentException("its key is not that of its certificate");
            read.chain().verify(read.roots(), read.chain().leaf().getNotBefore().toInstant());
            return Optional.of(read);
        } catch (IllegalArgumentException | CertificateException e) {
            LOG.error("{} cannot be used, and the node has to join with a token again: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<KeyPair> readAsked() throws IOException {
        if (!Files.exists(first)) return Optional.empty();
        try {
            var text = new String(Files.readAllBytes(first), StandardCharsets.US_ASCII);
            var read = new KeyPair(Pem.publicKey(text), Pem.privateKey(text));
            if (!Held.isPair(read.getPrivate(), read.getPublic())) throw new IllegalArgumentException("its keys are no pair");
            return Optional.of(read);
        } catch (IllegalArgumentException e) {
            LOG.error("{} cannot be used, and a certificate is asked for another key: {}", first, e.getMessage());
            return Optional.empty();
        }
    }

    private static KeyPair newKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK makes no keys", e);
        }
    }
}
