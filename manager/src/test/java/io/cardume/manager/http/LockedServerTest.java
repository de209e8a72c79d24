package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.manager.gate.Limits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LockedServerTest {
    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private LockedServer server;
    private Audit audit;

    @BeforeEach
    void start() throws IOException {
        audit = new Audit(directory.resolve("audit.log"));
        server = new LockedServer(List.of(ApiAddress.parse("unix://" + directory.resolve("api.sock")), ApiAddress.parse("tcp://127.0.0.1:0")),
                Limits.usual(), audit, "right"::equals);
    }

    @AfterEach
    void stop() {
        server.close();
        audit.close();
        client.shutdownNow();
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body)).build();
    }

    private HttpResponse<String> ask(String method, String path, String body) throws Exception {
        return client.send(request(method, path, body), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void itSaysThatItIsLocked() throws Exception {
        assertThat(ask("GET", "/_ping", "").headers().firstValue("Swarm")).contains("locked");
        assertThat(ask("HEAD", "/v1.41/_ping", "").statusCode()).isEqualTo(200);
        assertThat(ask("GET", "/version", "").body()).contains("ApiVersion");
        assertThat(ask("GET", "/v1.44/info", "").body()).contains("\"LocalNodeState\":\"locked\"");
    }

    @Test
    void allElseIsRefusedInSwarmsWords() throws Exception {
        for (var path : List.of("/swarm", "/v1.41/services", "/swarm/unlockkey", "/secrets", "/healthz", "/no-such-thing")) {
            var answer = ask("GET", path, "");
            assertThat(answer.statusCode()).as(path).isEqualTo(503);
            assertThat(answer.body()).contains("needs to be unlocked before it can be used. Please use \\\"docker swarm unlock\\\"");
        }
        assertThat(ask("GET", "/metrics", "").body()).contains("cardume_manager_locked 1.0");
    }

    @Test
    void whoLeavesIsToldWhatIsLostUnlessHeMeansIt() throws Exception {
        for (var path : List.of("/swarm/leave", "/v1.44/swarm/leave?force=0", "/swarm/leave?force=false")) {
            var answer = ask("POST", path, "");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message.", "secrets", "are lost", "identity.pem");
        }
        var answer = client.sendAsync(request("POST", "/v1.41/swarm/leave?force=1", ""), HttpResponse.BodyHandlers.ofString());
        assertThat(server.awaitUnlocked()).isEqualTo(LockedServer.Way.LEFT);
        assertThat(answer).isNotDone();
        server.started();
        assertThat(answer.get().statusCode()).isEqualTo(200);
        assertThat(audit.newest(1).getFirst().objects()).containsExactly("the locked cluster is left: its state and its keys are to be removed");
        assertThat(audit.newest(10)).hasSize(4);
    }

    @Test
    void whoTriesKeysIsInTheAuditLog() throws Exception {
        ask("POST", "/v1.44/swarm/unlock", "{\"UnlockKey\":\"SWMKEY-1-planted\"}");
        ask("DELETE", "/services/web", "");
        ask("GET", "/services", "");
        unlocked();
        var told = audit.newest(10);
        assertThat(told).extracting(entry -> entry.method() + " " + entry.path() + " " + entry.status())
                .containsExactly("POST /v1.41/swarm/unlock 200", "DELETE /services/web 503", "POST /v1.44/swarm/unlock 400");
        assertThat(told).allSatisfy(entry -> assertThat(entry.toString()).doesNotContain("planted"));
        assertThat(told.getFirst().from()).startsWith("127.0.0.1:");
        server.started();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: manager.example", "Host: localhost\r\nX-Forwarded-For: 127.0.0.1", "Host: 127.0.0.1\r\nOrigin: http://localhost", "Host: 127.0.0.1\r\nVia: 1.1 x"})
    void whatWasPassedOnForSomebodyElseUnlocksNothing(String headers) throws Exception {
        for (var request : List.of("POST /swarm/unlock", "POST /swarm/leave?force=1", "GET /info"))
            try (var socket = new Socket("127.0.0.1", server.port())) {
                socket.setSoTimeout(60_000);
                var body = "{\"UnlockKey\":\"right\"}";
                socket.getOutputStream().write((request + " HTTP/1.1\r\n" + headers + "\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 401").contains("not taken for this host's own");
            }
        assertThat(ask("GET", "/_ping", "").headers().firstValue("Swarm")).contains("locked");
        assertThat(audit.newest(10)).hasSize(2).allSatisfy(entry -> assertThat(entry.proof()).as("it is not this host").isEmpty());
    }

    @Test
    void whoComesOverSshIsThisHosts() throws Exception {
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write("GET /info HTTP/1.1\r\nHost: docker.example.com\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void wrongKeysAndWhatIsNoneAreRefused() throws Exception {
        for (var body : List.of("", "[]", "{", "{}", "{\"UnlockKey\":\"wrong\"}", "{\"UnlockKey\":7}", "x".repeat(10_000))) {
            var answer = ask("POST", "/swarm/unlock", body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(answer.body()).doesNotContain("wrong");
        }
    }

    private CompletableFuture<HttpResponse<String>> unlocked() throws Exception {
        var answer = client.sendAsync(request("POST", "/v1.41/swarm/unlock", "{\"UnlockKey\":\"right\"}"), HttpResponse.BodyHandlers.ofString());
        server.awaitUnlocked();
        return answer;
    }

    private static boolean isServed(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (ConnectException e) {
            return false;
        }
    }

    @Test
    void whoUnlocksIsAnsweredWhenTheManagerHasTheAddresses() throws Exception {
        int port = server.port();
        var answer = unlocked();
        assertThat(answer).isNotDone();
        assertThat(directory.resolve("api.sock")).doesNotExist();
        // Whoever accepts connections at that moment may take one more.
        for (long end = System.nanoTime() + 60_000_000_000L; isServed(port); ) assertThat(System.nanoTime()).as("the port is free").isLessThan(end);
        Files.writeString(directory.resolve("api.sock"), "the next one's");
        server.started();
        assertThat(answer.get().statusCode()).isEqualTo(200);
        server.close();
        assertThat(directory.resolve("api.sock")).hasContent("the next one's");
    }

    @Test
    void whoUnlocksIsToldWhyTheManagerCannotStart() throws Exception {
        var answer = unlocked();
        server.failed(new IOException("the log is damaged"));
        assertThat(answer.get().statusCode()).isEqualTo(500);
        assertThat(answer.get().body()).contains("cannot start: the log is damaged");
    }

    @Test
    void addressesThatOtherHostsReachAreNotServed() {
        assertThatThrownBy(() -> new LockedServer(List.of(ApiAddress.parse("tcp://0.0.0.0:0")), Limits.usual(), audit, "right"::equals))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("add --api unix:///");
    }
}
