package io.cardume.manager.trust;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.KeyDigest;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manager's side of TLS on the cluster port. Its own certificate and key are made anew at each start and live in memory
 * only; {@link #renew} puts others in their place for connections to come, and those that are there notice nothing.
 *
 * <p>The handshake proves that a caller has the key of the certificate it shows, whatever that is: whether the certificate
 * is one of ours and still good is asked afterwards, by {@link #known}, so that whoever is refused can be told why.
 */
public final class ClusterTls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterTls.class);
    private static final Duration LONGEST_REST = Duration.ofMinutes(10);
    /** In seconds: more than the week that a ticket may be good for (RFC 8446, 4.6.1). */
    private static final int WITHOUT_TICKETS = 8 * 24 * 60 * 60;
    private static final Duration SHORTEST_REST = Duration.ofSeconds(1);

    private final CertificateAuthority authority;
    private final Supplier<Subject> manager;
    private final Supplier<Duration> life;
    private final InstantSource clock;
    private final SSLContext context;
    private volatile Optional<Shown> shown = Optional.empty();
    private final OwnKeys keys = new OwnKeys(() -> Optional.of(shown().alias));
    private volatile Thread keeper = Thread.ofVirtual().unstarted(() -> {});

    /** The present certificate, by its name among the keys. */
    private record Shown(String alias, X509Certificate leaf) {}

    /** What a certificate of ours is worth. */
    public enum Worth {
        /** It is good. */
        GOOD,
        /** It was good and has ended. */
        ENDED,
        /** The root it comes from was replaced. */
        REPLACED
    }

    /**
     * A caller's certificate that is one of ours.
     *
     * @param subject whose
     * @param issued when
     * @param expires when it ends
     * @param issuer the root it comes from
     * @param digest of the certificate
     * @param key of the key it is for
     * @param worth whether it is good now
     */
    public record Known(Subject subject, Instant issued, Instant expires, RootDigest issuer, RootDigest digest, KeyDigest key, Worth worth) {}

    /**
     * @param manager whom the manager's certificate is for
     * @param life how long it is to be good
     */
    public ClusterTls(CertificateAuthority authority, Supplier<Subject> manager, Supplier<Duration> life, InstantSource clock) {
        this.authority = authority;
        this.manager = manager;
        this.life = life;
        this.clock = clock;
        try {
            this.context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {keys}, new TrustManager[] {new Everyone()}, new SecureRandom());
            // Who goes on from an earlier connection's secrets would be known by the certificate of then; for so long the JDK gives no ticket for it.
            context.getServerSessionContext().setSessionTimeout(WITHOUT_TICKETS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no TLS 1.3", e);
        }
        renew();
    }

    /** What connections are made with. */
    public SSLContext context() {
        return context;
    }

    /** Makes another key and certificate, of the root that certificates come from now. */
    public synchronized void renew() {
        var pair = CertificateAuthority.newKeys();
        var issued = authority.issue(pair.getPublic(), manager.get(), life.get());
        var chain = Stream.concat(issued.certificates().stream(), authority.bridges().stream()).toList();
        shown = Optional.of(new Shown(keys.put(pair.getPrivate(), chain), issued.leaf()));
    }

    private Shown shown() {
        return shown.orElseThrow();
    }

    /** When half of the life of the present certificate is over. */
    public Instant renewAt() {
        return half(issued(shown().leaf), expires());
    }

    private static Instant half(Instant from, Instant to) {
        return from.plus(Duration.between(from, to).dividedBy(2));
    }

    /** Whether half of a certificate's life is over. */
    public boolean isDue(Known certificate) {
        return !clock.instant().isBefore(half(certificate.issued, certificate.expires));
    }

    /** Whether a time is over. */
    public boolean isPast(Instant end) {
        return clock.instant().isAfter(end);
    }

    /** Renews the certificate whenever half of its life is over, until closed. */
    public ClusterTls keptFresh() {
        keeper = Thread.ofVirtual().name("cluster-tls").start(() -> {
            while (true) {
                try {
                    var left = Duration.between(clock.instant(), renewAt());
                    // Clocks are set, so it looks now and then.
                    Thread.sleep(left.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : left.compareTo(SHORTEST_REST) < 0 ? SHORTEST_REST : left);
                    var now = clock.instant();
                    // One that was made while the clock was ahead is believed by nobody.
                    if (!now.isBefore(renewAt()) || now.isBefore(issued(shown().leaf))) renew();
                } catch (InterruptedException e) {
                    return;
                } catch (RuntimeException e) {
                    LOG.error("the manager's own certificate cannot be renewed; it ends at {}: {}", expires(), e.getMessage());
                }
            }
        });
        return this;
    }

    @Override
    public void close() {
        keeper.interrupt();
    }

    /** When the manager's certificate ends. */
    public Instant expires() {
        return shown().leaf.getNotAfter().toInstant();
    }

    /**
     * Whose certificate this is.
     *
     * @param certificate what a caller has proved to have the key of
     * @throws CertificateException if it is none of ours, or begins later; in words
     */
    public Known known(X509Certificate certificate) throws CertificateException {
        // Ours come from a root without others between.
        var chain = new Chain(List.of(certificate));
        var end = certificate.getNotAfter().toInstant();
        boolean ended = isPast(end);
        X509Certificate root;
        var worth = ended ? Worth.ENDED : Worth.GOOD;
        try {
            root = chain.verify(authority.roots(), ended ? end : clock.instant());
        } catch (CertificateException e) {
            worth = Worth.REPLACED;
            root = replaced(chain).orElseThrow(() -> e);
        }
        var subject = Subject.of(certificate).orElseThrow(() -> new CertificateException("the certificate does not say for whom it is"));
        return new Known(subject, issued(certificate), end, RootDigest.of(root), RootDigest.of(certificate),
                KeyDigest.of(certificate.getPublicKey()), worth);
    }

    /** The root it comes from, of those that are believed no more. */
    private Optional<X509Certificate> replaced(Chain chain) {
        try {
            return Optional.of(chain.verify(authority.former(), chain.leaf().getNotBefore().toInstant()));
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    private static Instant issued(X509Certificate certificate) {
        return certificate.getNotBefore().toInstant().plus(CertificateAuthority.BACKDATED);
    }
}
