package io.cardume.manager.trust;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.ClusterState;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;

/**
 * The API's side of TLS. Its certificate and key are made when the first client comes, and anew when half of its life is over or
 * certificates come from another root; they live in memory only. While there is no cluster there is no certificate, and no connection.
 *
 * <p>The handshake proves that a client has the key of the certificate it shows, whatever that is: whether it is a user's is asked
 * with each request, by {@link #shown}, so that whoever is refused is told why.
 */
public final class ApiTls {
    /** What a user's certificate says of whom it is for, in OU. */
    public static final String USER = "cardume-user";
    /** How long a user's certificate is good. */
    public static final Duration USER_LIFE = Duration.ofDays(365);
    private static final Duration LIFE = Duration.ofDays(90);
    private static final String REMEMBERED = "io.cardume.shown";

    private final CertificateAuthority authority;
    private final Supplier<ClusterState> state;
    private final SortedSet<String> names;
    private final InstantSource clock;
    private final SSLContext context;
    private final OwnKeys keys = new OwnKeys(() -> own().map(Own::alias));
    private volatile Optional<Own> own = Optional.empty();

    /** The server's certificate, by its name among the keys, and the root it comes from. */
    private record Own(String alias, RootDigest root, Instant renewAt) {}

    /**
     * A client's certificate that came from this cluster and is good now.
     *
     * @param subject whose
     * @param digest its SHA-256
     */
    public record Shown(Subject subject, RootDigest digest) {}

    /** What was found out about a certificate once; it holds as long as its root is trusted. */
    private record Remembered(Shown shown, RootDigest root) {}

    /**
     * @param authority where certificates come from
     * @param state the published one
     * @param names what clients dial: host names and IP addresses
     */
    public ApiTls(CertificateAuthority authority, Supplier<ClusterState> state, SortedSet<String> names, InstantSource clock) {
        this.authority = authority;
        this.state = state;
        this.names = new TreeSet<>(names);
        this.clock = clock;
        try {
            this.context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, new TrustManager[] {new Everyone()}, new SecureRandom());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no TLS", e);
        }
    }

    /** What connections are made with. */
    public SSLContext context() {
        return context;
    }

    /**
     * Whose certificate a client has shown; empty if it has shown none. It is worked out once for a connection, but for whether it has
     * ended meanwhile.
     *
     * @throws CertificateException if it is not from this cluster, or not good now; in words
     */
    public Optional<Shown> shown(SSLSession session, X509Certificate[] certificates) throws CertificateException {
        if (certificates == null || certificates.length == 0) return Optional.empty();
        var certificate = certificates[0];
        var now = clock.instant();
        var trusted = state.get().authority().map(Authority::digests).orElse(new TreeSet<>());
        if (session.getValue(REMEMBERED) instanceof Remembered known && trusted.contains(known.root)
                && certificate.getNotAfter().after(Date.from(now))) return Optional.of(known.shown);
        // Ours come from a root without others between.
        var root = new Chain(List.of(certificate)).verify(authority.roots(), now);
        var subject = Subject.of(certificate).orElseThrow(() -> new CertificateException("the certificate does not say for whom it is"));
        var found = new Remembered(new Shown(subject, RootDigest.of(certificate)), RootDigest.of(root));
        session.putValue(REMEMBERED, found);
        return Optional.of(found.shown);
    }

    private Optional<Own> own() {
        var now = state.get();
        if (now.authority().isEmpty() || now.cluster().isEmpty()) return Optional.empty();
        var issuer = now.authority().get().issuer().digest();
        if (isFresh(issuer)) return own;
        synchronized (this) {
            if (isFresh(issuer)) return own;
            var pair = CertificateAuthority.newKeys();
            var issued = authority.issue(pair.getPublic(), new Subject(now.cluster().get().manager().value(), Subject.MANAGER, now.cluster().get().id().value()),
                    LIFE, names);
            var leaf = issued.leaf();
            var half = Duration.between(clock.instant(), leaf.getNotAfter().toInstant()).dividedBy(2);
            own = Optional.of(new Own(keys.put(pair.getPrivate(), issued.certificates()), issuer, clock.instant().plus(half)));
            return own;
        }
    }

    private boolean isFresh(RootDigest issuer) {
        return own.filter(one -> one.root.equals(issuer) && clock.instant().isBefore(one.renewAt)).isPresent();
    }
}
