package io.cardume.manager.link;

import io.cardume.api.NodeId;
import io.cardume.api.trust.Pem;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.ClusterTls;
import io.cardume.manager.trust.Vault;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.Socket;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** What tests of the cluster port need: an authority, and clients that show what they are told to and believe anybody. */
final class ClusterPort implements AutoCloseable {
    /** A key that a certificate may be asked for. */
    static final String KEY = Pem.of(CertificateAuthority.newKeys().getPublic());

    final Vault vault = new Vault(new byte[Vault.KEY_BYTES]);
    final CertificateAuthority authority;
    private final ManagerLoop loop;
    private final List<HttpClient> clients = new ArrayList<>();

    /** A certificate and its key. */
    record Shown(KeyPair keys, List<X509Certificate> chain) {}

    ClusterPort(ManagerLoop loop) {
        this.loop = loop;
        this.authority = new CertificateAuthority(() -> loop.published().authority(), vault, InstantSource.system());
    }

    ClusterTls tls() {
        return new ClusterTls(authority, () -> new Subject(Commands.MANAGER.value(), Subject.MANAGER, cluster()), () -> Authority.NODE_LIFE, InstantSource.system());
    }

    String cluster() {
        return loop.published().cluster().map(one -> one.id().value()).orElse("none");
    }

    /** One of the cluster's for a node. */
    Shown certificate(NodeId node) {
        return certificate(authority, new Subject(node.value(), Subject.WORKER, cluster()));
    }

    /** One of any authority's for anybody. */
    static Shown certificate(CertificateAuthority from, Subject subject) {
        var keys = CertificateAuthority.newKeys();
        return new Shown(keys, List.of(from.issue(keys.getPublic(), subject, Duration.ofDays(1)).leaf()));
    }

    WebSocket dial(int port, Optional<Shown> shown, WebSocket.Listener listener) throws Exception {
        var client = HttpClient.newBuilder().sslContext(context(shown)).build();
        clients.add(client);
        return client.newWebSocketBuilder().buildAsync(URI.create("wss://127.0.0.1:" + port + "/agent"), listener).get(60, TimeUnit.SECONDS);
    }

    /** A client's side of TLS. */
    static SSLContext context(Optional<Shown> shown) throws Exception {
        var keys = new KeyManager[0];
        if (shown.isPresent()) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", shown.get().keys().getPrivate(), new char[0], shown.get().chain().toArray(X509Certificate[]::new));
            var factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(store, new char[0]);
            keys = factory.getKeyManagers();
        }
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(keys, new TrustManager[] {new Anybody()}, null);
        return context;
    }

    @Override
    public void close() {
        clients.forEach(HttpClient::shutdownNow); // closing would wait for connections that the other side has not ended
    }

    /** Believes any manager; agents do not. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
