package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A registry over the wire: what is asked of it, and what is made of its answers. */
class RegistryTest {
    private static final String INDEX = "{\"manifests\":[{\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}},"
            + "{\"platform\":{\"architecture\":\"unknown\",\"os\":\"unknown\"}}]}";
    private static final String MANIFEST = "{\"config\":{\"digest\":\"sha256:c0ffee\"}}";
    private static final Registry.Login LOGIN = new Registry.Login("me", "secret", "");

    private final Registry registry = new Registry();
    private HttpServer server;
    private String host;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        host = "127.0.0.1:" + server.getAddress().getPort();
        server.createContext("/v2/open/web/manifests/1", exchange -> answer(exchange, 200, "application/vnd.oci.image.index.v1+json", INDEX));
        server.createContext("/v2/open/single/manifests/latest", exchange -> answer(exchange, 200, "application/vnd.oci.image.manifest.v1+json", MANIFEST));
        server.createContext("/v2/open/single/blobs/sha256:c0ffee", exchange -> answer(exchange, 200, "application/json", "{\"architecture\":\"arm64\",\"os\":\"linux\"}"));
        server.createContext("/v2/closed/web/manifests/1", exchange -> guarded(exchange, "Basic realm=\"here\"", basic(LOGIN)));
        server.createContext("/v2/tokens/web/manifests/1", exchange ->
                guarded(exchange, "Bearer realm=\"http://" + host + "/token\",service=\"s\",scope=\"x\"", "Bearer given"));
        server.createContext("/token", exchange -> {
            boolean right = basic(LOGIN).equals(exchange.getRequestHeaders().getFirst("Authorization"))
                    && exchange.getRequestURI().getQuery().equals("service=s&scope=repository:tokens/web:pull");
            answer(exchange, right ? 200 : 401, "application/json", "{\"token\":\"given\"}");
        });
        server.createContext("/v2/moved/web/manifests/1", exchange -> {
            exchange.getResponseHeaders().add("Location", "/v2/open/web/manifests/1");
            answer(exchange, 307, "text/plain", "");
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void indexTellsDigestAndPlatforms() throws Exception {
        var answer = inspect("open/web:1", Registry.Login.NONE);

        assertThat(answer.path("Descriptor").path("digest").asText()).matches("sha256:[0-9a-f]{64}");
        assertThat(answer.path("Descriptor").path("size").asInt()).isEqualTo(INDEX.length());
        assertThat(answer.path("Platforms")).hasSize(1);
        assertThat(answer.path("Platforms").get(0).path("architecture").asText()).isEqualTo("amd64");
    }

    @Test
    void singleManifestsPlatformIsInItsConfig() throws Exception {
        assertThat(inspect("open/single", Registry.Login.NONE).path("Platforms").get(0).path("architecture").asText()).isEqualTo("arm64");
    }

    @Test
    void loginIsUsedAsTheRegistryAsks() throws Exception {
        assertThat(inspect("closed/web:1", LOGIN).path("Platforms")).hasSize(1);
        assertThat(inspect("tokens/web:1", LOGIN).path("Platforms")).hasSize(1);
        for (String image : new String[] {"closed/web:1", "tokens/web:1"})
            assertThatThrownBy(() -> inspect(image, Registry.Login.NONE)).hasMessageContaining("pull access denied").hasMessageContaining("--with-registry-auth");
    }

    @Test
    void whatIsNotThereIsSaid() {
        assertThatThrownBy(() -> inspect("open/none:1", Registry.Login.NONE)).hasMessageContaining("manifest unknown");
    }

    @Test
    void unreachableRegistryIsGivenUpAndNotAskedAgainAtOnce() {
        var nowhere = Registry.Reference.of("127.0.0.1:1/a:1");
        var begun = Instant.now();

        assertThatThrownBy(() -> registry.inspect(nowhere, LOGIN, true)).hasMessageContaining("cannot be reached");
        assertThatThrownBy(() -> registry.inspect(nowhere, LOGIN, true)).hasMessageContaining("a moment ago");
        assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void registryOfThisHostIsAskedForAnAdminOnly() throws Exception {
        var heard = new AtomicInteger();
        server.createContext("/", exchange -> {
            heard.incrementAndGet();
            answer(exchange, 404, "text/plain", "");
        });
        var port = host.substring(host.indexOf(':'));

        for (String name : new String[] {"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.1.1", "224.0.0.1", InetAddress.getLocalHost().getHostAddress()})
            assertThatThrownBy(() -> registry.inspect(new Registry.Reference(name + port, "open/other", "1"), LOGIN, false)).as(name)
                    .isInstanceOfSatisfying(ApiException.class, said -> assertThat(said.status()).isEqualTo(403)).hasMessageContaining("is not asked");
        assertThat(heard).hasValue(0);
        assertThatThrownBy(() -> inspect("open/other:1", LOGIN)).hasMessageContaining("manifest unknown");
    }

    @Test
    void registryLeadsToNoOtherPlaceOfThisHost() throws Exception {
        assertThat(inspect("moved/web:1", LOGIN).path("Platforms")).hasSize(1);
        try (var door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            door.setSoTimeout(1);
            for (String scheme : new String[] {"http", "https"})
                for (String name : new String[] {"127.0.0.1", "localhost", "0.0.0.0"}) {
                    var place = scheme + "://" + name + ":" + door.getLocalPort() + "/swarm/leave?force=1";
                    server.createContext("/v2/" + scheme + name + "/realm/manifests/1", exchange -> guarded(exchange, "Bearer realm=\"" + place + "\"", "none"));
                    server.createContext("/v2/" + scheme + name + "/moved/manifests/1", exchange -> {
                        exchange.getResponseHeaders().add("Location", place);
                        answer(exchange, 302, "text/plain", "");
                    });
                    for (var login : new Registry.Login[] {LOGIN, new Registry.Login("", "", "identity")})
                        for (String image : new String[] {"/realm", "/moved"})
                            assertThatThrownBy(() -> registry.inspect(new Registry.Reference(host, scheme + name + image, "1"), login, true)).as(place)
                                    .isInstanceOfSatisfying(ApiException.class, said -> assertThat(said.status()).isEqualTo(403));
                }
            assertThatThrownBy(door::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void namesAreReadAsDockerReadsThem() {
        assertThat(Registry.Reference.of("nginx")).isEqualTo(new Registry.Reference("registry-1.docker.io", "library/nginx", "latest"));
        assertThat(Registry.Reference.of("docker.io/me/app:1.2")).isEqualTo(new Registry.Reference("registry-1.docker.io", "me/app", "1.2"));
        assertThat(Registry.Reference.of("localhost/app")).isEqualTo(new Registry.Reference("localhost", "app", "latest"));
        assertThat(Registry.Reference.of("r.io:5000/a/b/c:x@sha256:abc")).isEqualTo(new Registry.Reference("r.io:5000", "a/b/c", "sha256:abc"));
    }

    private com.fasterxml.jackson.databind.JsonNode inspect(String image, Registry.Login login) throws InterruptedException {
        return registry.inspect(Registry.Reference.of(host + "/" + image), login, true);
    }

    private static String basic(Registry.Login login) {
        return "Basic " + Base64.getEncoder().encodeToString((login.user() + ":" + login.password()).getBytes(StandardCharsets.UTF_8));
    }

    private static void guarded(HttpExchange exchange, String challenge, String wanted) throws IOException {
        if (wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 200, "application/vnd.oci.image.index.v1+json", INDEX);
            return;
        }
        exchange.getResponseHeaders().add("WWW-Authenticate", challenge);
        answer(exchange, 401, "application/json", "{}");
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", type);
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
