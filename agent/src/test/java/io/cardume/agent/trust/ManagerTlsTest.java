package io.cardume.agent.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.trust.Chain;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.trust.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real sockets: a TLS server that stands in a manager's place, and what it was told. */
class ManagerTlsTest {
    private static final Subject MANAGER = new Subject("manager1", Subject.MANAGER, "cluster1");
    private static final InstantSource CLOCK = InstantSource.system();

    private final Issuer issuer = new Issuer();
    private Optional<SSLServerSocket> server = Optional.empty();

    /** What a server saw of one client. */
    private record Seen(String request, Optional<X509Certificate> client) {}

    @AfterEach
    void stop() throws IOException {
        if (server.isPresent()) server.get().close();
    }

    private CompletableFuture<Seen> serve(List<X509Certificate> chain, KeyPair keys) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("manager", keys.getPrivate(), new char[0], chain.toArray(X509Certificate[]::new));
        store.setCertificateEntry("root", issuer.root);
        var own = KeyManagerFactory.getInstance("PKIX");
        own.init(store, new char[0]);
        var trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(store);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        var socket = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress());
        socket.setWantClientAuth(true);
        server = Optional.of(socket);
        var seen = new CompletableFuture<Seen>();
        Thread.ofVirtual().start(() -> {
            try (var client = (SSLSocket) socket.accept()) {
                client.setSoTimeout(60_000);
                var bytes = new byte[4_096];
                int count = client.getInputStream().read(bytes);
                var shown = client.getSession();
                seen.complete(new Seen(new String(bytes, 0, Math.max(count, 0), StandardCharsets.UTF_8),
                        isAuthenticated(shown) ? Optional.of((X509Certificate) shown.getPeerCertificates()[0]) : Optional.empty()));
                client.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                seen.complete(new Seen("", Optional.empty()));
            }
        });
        return seen;
    }

    private static boolean isAuthenticated(SSLSession session) {
        try {
            return session.getPeerCertificates().length > 0;
        } catch (SSLPeerUnverifiedException e) {
            return false;
        }
    }

    /** Dials as the agent does: by an address that no certificate names. */
    private int dial(SSLContext context) throws IOException, InterruptedException {
        try (var http = HttpClient.newBuilder().sslContext(context).version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.orElseThrow().getLocalPort() + "/secret")).build(),
                    HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private List<X509Certificate> chain(Issuer from, KeyPair keys, Subject subject, Instant end) {
        return from.issue(keys.getPublic(), subject, Instant.now().minus(Duration.ofHours(2)), end);
    }

    private static Instant tomorrow() {
        return Instant.now().plus(Duration.ofHours(20));
    }

    private JoinToken token(Issuer of) {
        return new JoinToken(RootDigest.of(of.root), "a".repeat(JoinToken.SECRET_DIGITS));
    }

    private void assertStranger(SSLContext context, CompletableFuture<Seen> seen, String words) throws Exception {
        assertThatThrownBy(() -> dial(context)).satisfies(thrown ->
                assertThat(StrangerException.of(thrown)).get().extracting(Throwable::getMessage).asString().contains(words));
        assertThat(seen.get(60, TimeUnit.SECONDS).request()).isEmpty();
    }

    @Test
    void atFirstContactTheTokensRootIsBelievedAndNoCertificateIsShown() throws Exception {
        var keys = Issuer.keys();
        var seen = serve(chain(issuer, keys, MANAGER, tomorrow()), keys);
        assertThat(dial(ManagerTls.of(token(issuer), CLOCK))).isEqualTo(204);
        assertThat(seen.get(60, TimeUnit.SECONDS).client()).isEmpty();
    }

    @Test
    void somebodyElseInTheManagersPlaceIsToldNothing() throws Exception {
        var keys = Issuer.keys();
        var other = new Issuer();
        var seen = serve(chain(other, keys, MANAGER, tomorrow()), keys);
        assertStranger(ManagerTls.of(token(issuer), CLOCK), seen, "root that the join token names");
    }

    @Test
    void theRightRootShownBesideAForeignCertificateDoesNotHelp() throws Exception {
        var keys = Issuer.keys();
        var shown = List.of(chain(new Issuer(), keys, MANAGER, tomorrow()).getFirst(), issuer.root);
        assertStranger(ManagerTls.of(token(issuer), CLOCK), serve(shown, keys), "none of the roots");
    }

    @Test
    void aWorkerInTheManagersPlaceIsToldNothing() throws Exception {
        var keys = Issuer.keys();
        var seen = serve(chain(issuer, keys, new Subject("node2", Subject.WORKER, "cluster1"), tomorrow()), keys);
        assertStranger(ManagerTls.of(token(issuer), CLOCK), seen, "no manager");
    }

    @Test
    void aManagerWhoseCertificateHasEndedIsToldNothing() throws Exception {
        var keys = Issuer.keys();
        var seen = serve(chain(issuer, keys, MANAGER, Instant.now().minusSeconds(60)), keys);
        assertStranger(ManagerTls.of(token(issuer), CLOCK), seen, "ended");
    }

    @Test
    void aMemberShowsItsCertificateToAManagerOfItsRootsAndToNobodyElse() throws Exception {
        var keys = Issuer.keys();
        var own = Issuer.keys();
        var held = new Held(own.getPrivate(), new Chain(chain(issuer, own, new Subject("node1", Subject.WORKER, "cluster1"), tomorrow())), List.of(issuer.root));
        var seen = serve(chain(issuer, keys, MANAGER, tomorrow()), keys);
        assertThat(dial(ManagerTls.of(held, CLOCK))).isEqualTo(204);
        assertThat(seen.get(60, TimeUnit.SECONDS).client()).contains(held.chain().leaf());
        stop();
        assertStranger(ManagerTls.of(held, CLOCK), serve(chain(new Issuer(), keys, MANAGER, tomorrow()), keys), "none of the roots");
    }
}
