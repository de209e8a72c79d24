package io.cardume.manager.trust;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
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
    private static final Duration SHORTEST_REST = Duration.ofSeconds(1);

    private final CertificateAuthority authority;
    private final Supplier<Subject> manager;
    private final Supplier<Duration> life;
    private final InstantSource clock;
    private final SSLContext context;
    private volatile List<Shown> shown = List.of();
    private volatile Thread keeper = Thread.ofVirtual().unstarted(() -> {});

    /** A certificate with its key; kept while a handshake may have chosen it. */
    private record Shown(String alias, PrivateKey key, CertificateAuthority.Issued issued) {}

    /**
     * A caller's certificate that is one of ours and good now.
     *
     * @param subject whose
     * @param issued when
     * @param expires when it ends
     * @param issuer the root it comes from
     * @param digest of the certificate
     */
    public record Known(Subject subject, Instant issued, Instant expires, RootDigest issuer, RootDigest digest) {}

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
            context.init(new KeyManager[] {new Keys()}, new TrustManager[] {new Everyone()}, new SecureRandom());
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
        var keys = CertificateAuthority.newKeys();
        var issued = authority.issue(keys.getPublic(), manager.get(), life.get());
        var next = new Shown(RootDigest.of(issued.leaf()).digits(), keys.getPrivate(), issued);
        shown = shown.isEmpty() ? List.of(next) : List.of(next, shown.getFirst());
    }

    /** When half of the life of the present certificate is over. */
    public Instant renewAt() {
        var leaf = shown.getFirst().issued.leaf();
        var issued = issued(leaf);
        return issued.plus(Duration.between(issued, leaf.getNotAfter().toInstant()).dividedBy(2));
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
                    if (!now.isBefore(renewAt()) || now.isBefore(issued(shown.getFirst().issued.leaf()))) renew();
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
        return shown.getFirst().issued.leaf().getNotAfter().toInstant();
    }

    /**
     * Whose certificate this is.
     *
     * @param certificate what a caller has proved to have the key of
     * @throws CertificateException if it is none of ours, or not good now; in words
     */
    public Known known(X509Certificate certificate) throws CertificateException {
        // Ours come from a root without others between.
        var root = new Chain(List.of(certificate)).verify(authority.roots(), clock.instant());
        var subject = Subject.of(certificate).orElseThrow(() -> new CertificateException("the certificate does not say for whom it is"));
        return new Known(subject, issued(certificate), certificate.getNotAfter().toInstant(), RootDigest.of(root), RootDigest.of(certificate));
    }

    private static Instant issued(X509Certificate certificate) {
        return certificate.getNotBefore().toInstant().plus(CertificateAuthority.BACKDATED);
    }

    /** Shows the present certificate, whatever is asked for. */
    private final class Keys extends X509ExtendedKeyManager {
        @Override
        public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
            return type.equals("EC") ? shown.getFirst().alias : null;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return chooseEngineServerAlias(type, issuers, null);
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return shown.stream().map(Shown::alias).toArray(String[]::new);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return shown.stream().filter(one -> one.alias.equals(alias)).findFirst()
                    .map(one -> one.issued.certificates().toArray(X509Certificate[]::new)).orElse(null);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return shown.stream().filter(one -> one.alias.equals(alias)).findFirst().map(Shown::key).orElse(null);
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return null;
        }
    }
}
