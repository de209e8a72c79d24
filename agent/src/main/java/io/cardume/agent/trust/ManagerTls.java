package io.cardume.agent.trust;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.Subject;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 to a manager. A manager is known by its certificate, whatever it is dialled by: it comes from a root that is
 * trusted and says {@link Subject#MANAGER}. Each context is for one dial: no connection goes on from an older one's secrets.
 */
public final class ManagerTls {
    private static final String ALIAS = "node";

    private ManagerTls() {}

    /** For a member: it proves itself, and trusts the roots it has. */
    public static SSLContext of(Held held, InstantSource clock) {
        return context(new KeyManager[] {new Own(held)}, new Managers(shown -> held.roots(), clock));
    }

    /**
     * For first contact: only a manager whose certificate comes from the token's root is believed, and nothing is sent to
     * any other ({@link StrangerException}).
     */
    public static SSLContext of(JoinToken token, InstantSource clock) {
        return context(new KeyManager[0], new Managers(shown -> List.of(shown.root(token.root()).orElseThrow(() -> new StrangerException(
                "it shows no certificate of the root that the join token names; either the token is of another cluster, or somebody else answers in the manager's place"))), clock));
    }

    private static SSLContext context(KeyManager[] own, Managers managers) {
        try {
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(own, new TrustManager[] {managers}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no TLS 1.3", e);
        }
    }

    /** Which roots to believe, of those who show this. */
    private interface Roots {
        List<X509Certificate> of(Chain shown) throws CertificateException;
    }

    /** Extended, so that the JDK leaves the whole check to it. */
    private static final class Managers extends X509ExtendedTrustManager {
        private final Roots roots;
        private final InstantSource clock;

        Managers(Roots roots, InstantSource clock) {
            this.roots = roots;
            this.clock = clock;
        }

        private void check(X509Certificate[] shown) throws CertificateException {
            var chain = new Chain(Arrays.asList(shown));
            try {
                chain.verify(roots.of(chain), clock.instant());
            } catch (StrangerException e) {
                throw e;
            } catch (CertificateException e) {
                throw new StrangerException(e.getMessage());
            }
            if (Subject.of(chain.leaf()).filter(subject -> subject.unit().equals(Subject.MANAGER)).isEmpty())
                throw new StrangerException("its certificate is that of " + chain.leaf().getSubjectX500Principal() + ", which is no manager");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type) throws CertificateException {
            check(shown);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type, Socket socket) throws CertificateException {
            check(shown);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type, SSLEngine engine) throws CertificateException {
            check(shown);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type) throws CertificateException {
            throw new CertificateException("nobody dials an agent");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type, Socket socket) throws CertificateException {
            checkClientTrusted(shown, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type, SSLEngine engine) throws CertificateException {
            checkClientTrusted(shown, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Shows the one certificate there is to whoever asks for one. */
    private static final class Own extends X509ExtendedKeyManager {
        private final Held held;

        Own(Held held) {
            this.held = held;
        }

        private String alias(String... types) {
            return Arrays.asList(types).contains(held.key().getAlgorithm()) ? ALIAS : null; // null: none, as the interface has it
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return alias(types);
        }

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            return alias(types);
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null; // none: an agent is no server
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return held.chain().certificates().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return held.key();
        }
    }
}
