package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.trust.Pem;
import io.cardume.api.trust.Subject;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.trust.ApiTls;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.Vault;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over TLS, and who is not let in. */
class ApiTlsTest {
    private final ServedCluster cluster = new ServedCluster(new ApiAddress.Tls("127.0.0.1", 0));

    @AfterEach
    void close() {
        cluster.close();
    }

    /** A certificate with its key, as a client shows it. */
    private record Shown(List<X509Certificate> certificates, KeyPair keys) {}

    private static final Optional<Shown> NOTHING = Optional.empty();

    private Optional<Shown> user(String name, String role) {
        var keys = CertificateAuthority.newKeys();
        var made = cluster.post("/users/create", "{\"Name\":\"" + name + "\",\"Role\":\"" + role + "\",\"PublicKey\":\""
                + Pem.of(keys.getPublic()).replace("\n", "\\n") + "\"}").json();
        return Optional.of(new Shown(Pem.certificates(made.get("Certificate").asText()), keys));
    }

    private Optional<Shown> issued(CertificateAuthority authority, String name, String unit, Duration life) {
        var keys = CertificateAuthority.newKeys();
        var organization = cluster.state().cluster().orElseThrow().id().value();
        return Optional.of(new Shown(authority.issue(keys.getPublic(), new Subject(name, unit, organization), life).certificates(), keys));
    }

    private int port() {
        return ((ApiAddress.Tls) cluster.api.addresses().getLast()).port();
    }

    private SSLSocket dialled(Optional<Shown> shown, String... protocols) {
        try {
            var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry("root", cluster.authority.roots().getFirst());
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            var own = KeyManagerFactory.getInstance("PKIX");
            var kept = KeyStore.getInstance(KeyStore.getDefaultType());
            kept.load(null, null);
            if (shown.isPresent())
                kept.setKeyEntry("own", shown.get().keys.getPrivate(), new char[0], shown.get().certificates.toArray(X509Certificate[]::new));
            own.init(kept, new char[0]);
            var context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
            var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port());
            var parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            if (protocols.length > 0) parameters.setProtocols(protocols);
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(60_000);
            return socket;
        } catch (IOException | java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Asks once; the whole answer. */
    private String asked(Optional<Shown> shown, String request, String... headers) {
        try (var socket = dialled(shown)) {
            send(socket, request, headers);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void send(Socket socket, String request, String... headers) throws IOException {
        var more = List.of(headers).stream().map(header -> header + "\r\n").collect(Collectors.joining());
        socket.getOutputStream().write((request + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private static final String CLOSE = "Connection: close";

    @Test
    void userIsKnownByCertificateOrToken() {
        var ana = user("ana", "viewer");
        var token = cluster.user("{\"Name\":\"tom\",\"Role\":\"viewer\"}");
        assertThat(asked(ana, "GET /v1.44/services", CLOSE)).startsWith("HTTP/1.1 200");
        assertThat(asked(ana, "POST /services/create", CLOSE, "Content-Length: 0")).startsWith("HTTP/1.1 403").contains("user ana is a viewer");
        assertThat(asked(NOTHING, "GET /services", CLOSE, "Authorization: Bearer " + token)).startsWith("HTTP/1.1 200");
        assertThat(cluster.audit.newest(1).getFirst().proof()).contains("certificate");
    }

    @Test
    void whoShowsNothingOrNothingGoodIsToldWhy() {
        assertThat(asked(NOTHING, "GET /_ping", CLOSE)).startsWith("HTTP/1.1 401").contains("neither a user's certificate nor a user's token", "cardume user add");
        assertThat(asked(NOTHING, "GET /no/such", CLOSE)).startsWith("HTTP/1.1 401");
        assertThat(asked(NOTHING, "GET /services", CLOSE, "Authorization: Bearer cardume_wrong")).startsWith("HTTP/1.1 401").contains("the token is no user's");
        assertThat(asked(issued(cluster.authority, ServedCluster.WORKER.value(), Subject.WORKER, Duration.ofDays(1)), "GET /services", CLOSE))
                .startsWith("HTTP/1.1 403").contains("nodes are no users");
        assertThat(asked(issued(cluster.authority, ServedCluster.MANAGER.value(), Subject.MANAGER, Duration.ofDays(1)), "GET /services", CLOSE)).startsWith("HTTP/1.1 403");

        var vault = new Vault(new byte[Vault.KEY_BYTES]);
        var strange = new CertificateAuthority(Optional::empty, vault, InstantSource.system()).found();
        var other = new CertificateAuthority(() -> Optional.of(strange), vault, InstantSource.system());
        user("ana", "admin");
        assertThat(asked(issued(other, "ana", ApiTls.USER, Duration.ofDays(1)), "GET /services", CLOSE)).startsWith("HTTP/1.1 401").contains("none of the roots");
        // Of this cluster's root and this user's name, and yet not the one it was given.
        assertThat(asked(issued(cluster.authority, "ana", ApiTls.USER, Duration.ofDays(1)), "GET /services", CLOSE)).startsWith("HTTP/1.1 401").contains("was replaced");
        assertThat(asked(issued(cluster.authority, "nobody", ApiTls.USER, Duration.ofDays(1)), "GET /services", CLOSE)).startsWith("HTTP/1.1 401");
        assertThat(asked(issued(cluster.authority, "ana", "swarm-king", Duration.ofDays(1)), "GET /services", CLOSE)).startsWith("HTTP/1.1 401").contains("no user's");
        var then = Clock.fixed(Instant.now().minus(Duration.ofDays(3)), ZoneOffset.UTC);
        var old = new CertificateAuthority(() -> cluster.state().authority(), cluster.vault, then);
        assertThat(asked(issued(old, "ana", ApiTls.USER, Duration.ofDays(1)), "GET /services", CLOSE)).startsWith("HTTP/1.1 401").contains("ended at");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET http://127.0.0.1/services", "GET http://localhost:2475/services"})
    void whatAClientSaysOfItsUrlMakesNobodyLocal(String request) {
        assertThat(asked(NOTHING, request, CLOSE)).startsWith("HTTP/1.1 40").doesNotContain("HTTP/1.1 404");
        assertThat(asked(NOTHING, "GET /services", CLOSE, "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http", "Forwarded: for=127.0.0.1;proto=http"))
                .startsWith("HTTP/1.1 401");
    }

    @Test
    void certificateIsWorthNothingOnceItIsReplacedOverAKeptConnectionToo() throws IOException {
        var ana = user("ana", "admin");
        try (var socket = dialled(ana)) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            send(socket, "GET /_ping");
            assertThat(in.readLine()).startsWith("HTTP/1.1 200");
            cluster.post("/users/ana/rotate", "{}");
            send(socket, "GET /_ping", CLOSE);
            assertThat(in.lines().filter(line -> line.contains("HTTP/1.1")).toList()).singleElement().asString().contains("HTTP/1.1 401");
        }
        assertThat(cluster.get("/users/ana").json().has("CertificateExpiresAt")).isFalse();
        assertThat(cluster.post("/users/ana/rotate", "{\"PublicKey\":\"x\"}").message()).contains("PublicKey", "elliptic curve");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void streamsGoOverTlsAndEndWithTheirUser(String protocol) throws IOException {
        var ana = user("ana", "deployer");
        cluster.post("/services/create", ServedCluster.service("web", 1));
        cluster.agentsAct();
        try (var events = dialled(ana, protocol); var logs = dialled(ana, protocol)) {
            send(events, "GET /events");
            send(logs, "GET /services/web/logs?stdout=1&follow=1");
            var told = new BufferedReader(new InputStreamReader(events.getInputStream(), StandardCharsets.UTF_8));
            var lines = new BufferedReader(new InputStreamReader(logs.getInputStream(), StandardCharsets.UTF_8));
            assertThat(told.readLine()).startsWith("HTTP/1.1 200");
            assertThat(events.getSession().getProtocol()).isEqualTo(protocol);
            cluster.post("/configs/create", "{\"Name\":\"c\",\"Data\":\"eA==\"}");
            assertThat(told.lines().anyMatch(line -> line.contains("\"config\""))).isTrue();
            assertThat(lines.lines().anyMatch(line -> line.endsWith("out"))).isTrue();
            cluster.delete("/users/ana");
            assertThat(told.lines().filter(line -> line.contains("HTTP"))).isEmpty();
            assertThat(lines.lines().filter(line -> line.contains("HTTP"))).isEmpty();
        }
    }

    @Test
    void commandKeepsItsOutputAfterItsInputHasEnded() throws IOException {
        var ana = user("ana", "deployer");
        cluster.post("/services/create", ServedCluster.service("web", 1));
        cluster.agentsAct();
        var container = Lookup.fullName(cluster.state(), cluster.state().tasks().values().iterator().next());
        var body = "{\"Cmd\":[\"cat\"],\"AttachStdin\":true,\"AttachStdout\":true,\"AttachStderr\":true}";
        var made = asked(ana, "POST /containers/" + container + "/exec", CLOSE, "Content-Type: application/json", "Content-Length: " + (body.length() + 4) + "\r\n\r\n" + body);
        var exec = made.replaceAll("(?s).*\"Id\":\"([0-9a-f]+)\".*", "$1");
        try (var socket = dialled(ana)) {
            send(socket, "POST /exec/" + exec + "/start", "Connection: Upgrade", "Upgrade: tcp", "Content-Type: application/json", "Content-Length: 2\r\n\r\n{}hello");
            socket.shutdownOutput();
            var all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all).startsWith("HTTP/1.1 101").contains("hello", "end");
        }
    }

    @Test
    void withoutAClusterThereIsNoConnection() {
        cluster.post("/swarm/leave?force=1", "");
        assertThatThrownBy(() -> dialled(NOTHING).startHandshake()).isInstanceOf(IOException.class);
    }

    @Test
    void anotherRootGivesAnotherCertificate() throws Exception {
        var ana = user("ana", "viewer");
        assertThat(asked(ana, "GET /_ping", CLOSE)).startsWith("HTTP/1.1 200");
        ManagerLoop loop = cluster.loop;
        var next = cluster.authority.next();
        loop.submit(draft -> {
            draft.add(new io.cardume.manager.cluster.Change.AuthorityPut(draft.state().authority().orElseThrow().rotating(next, 1)));
            return null;
        }).get();
        // Whoever trusts the old root believes the new one's certificates, and both roots' users are let in.
        try (var socket = dialled(ana)) {
            socket.startHandshake();
            assertThat(((X509Certificate) socket.getSession().getPeerCertificates()[0]).getIssuerX500Principal().getName()).contains("swarm-ca");
            assertThat(socket.getSession().getPeerCertificates()).hasSizeGreaterThan(2);
        }
        assertThat(asked(ana, "GET /_ping", CLOSE)).startsWith("HTTP/1.1 200");
    }
}
