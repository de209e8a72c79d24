package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.UserRole;
import io.javalin.http.HandlerType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask what, over the wire. */
class AccessTest {
    private final ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    private String user(String name, UserRole role) {
        return cluster.user("{\"Name\":\"" + name + "\",\"Role\":\"" + role.word() + "\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "Bearer cardume_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Bearer", "Bearer ", "Bearer a b", "bearer\tx", "Basic YWRtaW46YWRtaW4=", "cardume_x", "Digest x"
    })
    void whatProvesNobodyIsRefusedOnThisHostToo(String header) {
        user("ana", UserRole.ADMIN);
        for (String path : new String[] {"/_ping", "/services", "/v1.44/services", "/no/such/path", "/v9.9/info"}) {
            var answer = cluster.send(HttpRequest.newBuilder(cluster.uri(path)).header("Authorization", header));
            assertThat(answer.status()).as(path).isEqualTo(401);
            assertThat(answer.message()).contains("cardume user add");
            assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
        }
    }

    @ParameterizedTest
    @EnumSource(UserRole.class)
    void everyRouteIsRefusedToWhomItIsNotFor(UserRole role) {
        var token = user("ana", role);
        for (Route route : cluster.api.routes()) {
            if (role.suffices(route.role())) continue;
            for (String version : new String[] {"", "/v1.44"}) {
                var answer = cluster.as(token, route.method().name(), version + route.path().replaceAll("[{<]\\w+[}>]", "x"), "");
                assertThat(answer.status()).as(route.toString()).isEqualTo(403);
                assertThat(answer.message()).contains("user ana is " + role.one(), "needs " + route.role().one(), "cardume user update");
            }
        }
    }

    @Test
    void whatChangesSomethingIsForDeployersAndWhatRulesForAdmins() {
        var reading = Set.of("GET", "HEAD");
        var forDeployers = new TreeSet<String>();
        var forAdmins = new TreeSet<String>();
        for (Route route : cluster.api.routes()) {
            var said = route.method() + " " + route.path();
            if (route.role() == UserRole.ADMIN) forAdmins.add(said);
            else if (route.role() == UserRole.DEPLOYER && reading.contains(route.method().name())) forDeployers.add(said);
            else if (route.role() == UserRole.VIEWER && !said.equals(HandlerType.POST + " /auth"))
                assertThat(reading).as(said).contains(route.method().name());
        }
        assertThat(forDeployers).containsExactlyInAnyOrder("GET /exec/{id}/json", "GET /distribution/<id>/json");
        assertThat(forAdmins).containsExactlyInAnyOrder(
                "POST /swarm/init", "POST /swarm/join", "POST /swarm/leave", "POST /swarm/update", "GET /swarm/unlockkey", "POST /swarm/unlock", "POST /swarm/datakey/rotate",
                "POST /nodes/{id}/update", "DELETE /nodes/{id}", "GET /users", "GET /audit", "POST /users/create", "GET /users/{name}", "DELETE /users/{name}",
                "POST /users/{name}/update", "POST /users/{name}/rotate");
    }

    @Test
    void rightsHoldFromTheNextRequestOn() {
        var viewer = user("ana", UserRole.VIEWER);
        var body = ServedCluster.service("web", 1);
        assertThat(cluster.as(viewer, "POST", "/services/create", body).status()).isEqualTo(403);
        assertThat(cluster.as(viewer, "GET", "/services", "").json()).isEmpty();

        assertThat(cluster.post("/users/ana/update", "{\"Role\":\"deployer\"}").status()).isEqualTo(200);
        assertThat(cluster.as(viewer, "POST", "/services/create", body).status()).isEqualTo(201);

        var next = cluster.post("/users/ana/rotate", "{}").json().get("Token").asText();
        assertThat(cluster.as(viewer, "GET", "/services", "").status()).isEqualTo(401);
        assertThat(cluster.as(next, "GET", "/services", "").json()).hasSize(1);

        assertThat(cluster.delete("/users/ana").status()).isEqualTo(204);
        assertThat(cluster.as(next, "GET", "/services", "").status()).isEqualTo(401);

        user("ana", UserRole.ADMIN);
        assertThat(cluster.as(next, "GET", "/services", "").status()).as("the old token of a name that is used again").isEqualTo(401);
    }

    @Test
    void whatIsSecretIsShownToNobodyOrToAdminsAlone() {
        var admin = user("ada", UserRole.ADMIN);
        var deployer = user("dora", UserRole.DEPLOYER);
        assertThat(cluster.as(deployer, "POST", "/secrets/create", "{\"Name\":\"s\",\"Data\":\"cGxhbnRlZA==\"}").status()).isEqualTo(201);
        for (String path : new String[] {"/secrets", "/secrets/s"})
            assertThat(cluster.as(admin, "GET", path, "").text()).contains("\"s\"").doesNotContain("cGxhbnRlZA");

        assertThat(cluster.as(admin, "GET", "/swarm", "").json().has("JoinTokens")).isTrue();
        assertThat(cluster.as(deployer, "GET", "/swarm", "").json().has("JoinTokens")).isFalse();
        assertThat(cluster.as(admin, "GET", "/users", "").text() + cluster.as(admin, "GET", "/users/dora", "").text())
                .contains("dora").doesNotContain(deployer, Token.digest(deployer));
    }

    @Test
    void adminOverTheWireMayMakeUsers() {
        var admin = user("ada", UserRole.ADMIN);
        assertThat(cluster.as(admin, "POST", "/users/create", "{\"Name\":\"eve\",\"Role\":\"admin\",\"Rol\":1}").message()).contains("Rol", "Role");
        assertThat(cluster.as(admin, "POST", "/users/create", "{\"Name\":\"eve\"}").message()).contains("Role", "viewer, deployer, admin");
        assertThat(cluster.as(admin, "POST", "/users/create", "{\"Name\":\"eve\",\"Role\":\"viewer\"}").status()).isEqualTo(201);
        assertThat(cluster.as(admin, "DELETE", "/users/eve", "").status()).isEqualTo(204);
        assertThat(cluster.as(admin, "POST", "/swarm/leave?force=1", "").status()).isEqualTo(200);
        assertThat(cluster.as(admin, "GET", "/info", "").status()).as("users end with their cluster").isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE /users/ana", "POST /users/ana/rotate", "POST /users/ana/update", "POST /swarm/leave?force=1"})
    void streamsEndWithTheRightsOfTheirUser(String change) throws IOException {
        var token = user("ana", UserRole.DEPLOYER);
        cluster.post("/services/create", ServedCluster.service("web", 1));
        cluster.agentsAct();
        try (var events = stream(token, "GET /events", ""); var logs = stream(token, "GET /services/web/logs?stdout=1&follow=1", "")) {
            var both = new BufferedReader[] {reader(events), reader(logs)};
            for (var in : both) assertThat(in.readLine()).startsWith("HTTP/1.1 200");
            var words = change.split(" ");
            var body = words[1].endsWith("update") ? "{\"Role\":\"viewer\"}" : "";
            var answer = cluster.send(HttpRequest.newBuilder(cluster.uri(words[1])).method(words[0], HttpRequest.BodyPublishers.ofString(body)));
            assertThat(answer.status()).isBetween(200, 204);
            for (var in : both) assertThat(in.lines().filter(line -> line.startsWith("HTTP"))).as("it ends").isEmpty();
        }
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @Test
    void commandEndsWithTheRightsOfItsUser() throws Exception {
        var token = user("ana", UserRole.DEPLOYER);
        cluster.post("/services/create", ServedCluster.service("web", 1));
        cluster.agentsAct();
        var container = Lookup.fullName(cluster.state(), cluster.state().tasks().values().iterator().next());
        var exec = cluster.as(token, "POST", "/containers/" + container + "/exec", "{\"Cmd\":[\"sh\"],\"AttachStdin\":true,\"Tty\":true}").json().get("Id").asText();
        try (var socket = stream(token, "POST /exec/" + exec + "/start", "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\nContent-Type: application/json\r\n")) {
            socket.getOutputStream().write("{}".getBytes(StandardCharsets.UTF_8));
            var in = reader(socket);
            assertThat(in.readLine()).startsWith("HTTP/1.1 101");
            assertThat(cluster.delete("/users/ana").status()).isEqualTo(204);
            assertThat(in.lines().filter(line -> line.startsWith("HTTP"))).as("the connection ends").isEmpty();
        }
        assertThat(cluster.agents.closed.await(60, TimeUnit.SECONDS)).as("the agent is told").isTrue();
    }

    private String move(String name, String namespace) {
        var service = cluster.get("/services/" + name).json();
        var answer = cluster.post("/services/" + name + "/update?version=" + service.path("Version").path("Index").asText(), labelled(name, namespace));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return service.path("ID").asText();
    }

    private static String labelled(String name, String namespace) {
        return ServedCluster.service(name, 1).replaceFirst("\\{", "{\"Labels\":{\"com.docker.stack.namespace\":\"" + namespace + "\"},");
    }

    /** An exec of a deployer that has begun and has said so. */
    private Socket command(String token, String container, String spec) throws IOException {
        var made = cluster.as(token, "POST", "/containers/" + container + "/exec", spec);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        var socket = stream(token, "POST /exec/" + made.json().get("Id").asText() + "/start",
                "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\nContent-Type: application/json\r\n");
        socket.getOutputStream().write("{}".getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private String container(String service) {
        var id = cluster.state().serviceNamed(service).orElseThrow().id();
        return Lookup.fullName(cluster.state(), cluster.state().tasksOf(id).stream().filter(task -> task.isRunning()).findFirst().orElseThrow());
    }

    @Test
    void streamsEndWhenWhatTheyAreOfGoesToAnotherNamespace() throws IOException {
        var token = cluster.user("{\"Name\":\"sam\",\"Role\":\"deployer\",\"Namespaces\":[\"shop\"]}");
        cluster.post("/services/create", labelled("web", "shop"));
        cluster.agentsAct();
        var container = container("web");
        var task = container.substring(container.lastIndexOf('.') + 1);
        try (var events = stream(token, "GET /events", "");
                var service = stream(token, "GET /services/web/logs?stdout=1&follow=1", "");
                var one = stream(token, "GET /tasks/" + task + "/logs?stdout=1&follow=1", "");
                var its = stream(token, "GET /containers/" + container + "/logs?stdout=1&follow=1", "");
                var stats = stream(token, "GET /containers/" + container + "/stats", "");
                var command = command(token, container, "{\"Cmd\":[\"sh\"],\"AttachStdin\":true}")) {
            var told = reader(events);
            var ending = new BufferedReader[] {reader(service), reader(one), reader(its), reader(stats), reader(command)};
            assertThat(told.readLine()).startsWith("HTTP/1.1 200");
            for (var in : ending) assertThat(in.readLine()).startsWith("HTTP/1.1 ").doesNotContain("40");
            var id = move("web", "blog");
            for (var in : ending) assertThat(in.lines().filter(line -> line.startsWith("HTTP"))).as("it ends").isEmpty();
            cluster.post("/services/create", labelled("mark", "shop"));
            for (var line = told.readLine(); !line.contains("mark"); line = told.readLine()) assertThat(line).as("an event of another namespace").doesNotContain(id);
        }
    }

    @Test
    void commandsEndWithThePolicyThatLetThemBegin() throws IOException {
        var token = user("dora", UserRole.DEPLOYER);
        cluster.post("/services/create", ServedCluster.service("web", 1));
        cluster.agentsAct();
        policy("privileged-exec");
        var spec = "{\"Cmd\":[\"sh\"],\"AttachStdin\":true,\"Privileged\":true}";
        try (var command = command(token, container("web"), spec)) {
            var in = reader(command);
            assertThat(in.readLine()).startsWith("HTTP/1.1 101");
            var later = cluster.as(token, "POST", "/containers/" + container("web") + "/exec", spec).json().get("Id").asText();
            policy("");
            assertThat(in.lines().filter(line -> line.startsWith("HTTP"))).as("it ends").isEmpty();
            var answer = cluster.as(token, "POST", "/exec/" + later + "/start", "{\"Detach\":true}");
            assertThat(answer.status()).as("what was made before and is begun now").isEqualTo(403);
            assertThat(answer.message()).contains("docker exec --privileged");
        }
    }

    private void policy(String words) {
        var swarm = cluster.get("/swarm").json();
        var body = "{\"Labels\":{\"cardume.policy.deployers\":\"" + words + "\"}}";
        assertThat(cluster.post("/swarm/update?version=" + swarm.path("Version").path("Index").asText(), body).status()).isEqualTo(200);
    }

    /** What an admin's rights are given for is that somebody is on this host: not that a proxy, a browser or a tunnel of names is. */
    @ParameterizedTest
    @ValueSource(strings = {
        "Host: manager.example", "Host: 10.1.1.1:2475", "Host: 127.0.0.1.evil.example", "Host: localhost.evil.example:2475", "Host: [2001:db8::1]",
        "X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Forwarded-Host: localhost", "X-Forwarded-Proto: http", "X-Real-IP: 127.0.0.1", "Via: 1.1 proxy",
        "Origin: http://localhost", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin"
    })
    void whatWasPassedOnForSomebodyElseIsNotThisHosts(String header) throws IOException {
        var token = user("vera", UserRole.VIEWER);
        var more = (header.startsWith("Host") ? "" : "Host: localhost\r\n") + header + "\r\n";
        for (var request : new String[] {"GET /services", "POST /swarm/leave?force=1"})
            assertThat(answer(request, more)).as(request).startsWith("HTTP/1.1 401").contains("Authorization: Bearer TOKEN");
        assertThat(answer("GET http://localhost/services", more)).startsWith("HTTP/1.1 40");
        assertThat(answer("GET /services", more + "Authorization: Bearer " + token + "\r\n")).as("with a token it is its user's").startsWith("HTTP/1.1 200");
        assertThat(cluster.state().cluster()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:2475", "LOCALHOST", "api.moby.localhost", "docker.example.com", "127.0.0.1:2475", "127.1.2.3", "[::1]:2475", ""})
    void thisHostIsCalledAsItIs(String host) throws IOException {
        assertThat(answer("GET /services", "Host: " + host + "\r\n")).startsWith("HTTP/1.1 200");
        assertThat(answer("GET http://evil.example/services", "Host: " + host + "\r\n")).as("a URL is the client's word").doesNotStartWith("HTTP/1.1 5");
    }

    /** No page reaches it, and tools that were given it hand on what they like. */
    @Test
    void aUnixSocketIsThisHostsWhateverTheHeadersSay(@TempDir Path directory) throws IOException {
        var socket = directory.resolve("api.sock");
        try (var served = new ServedCluster(new ApiAddress.Unix(socket)); var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap("GET /services HTTP/1.0\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nOrigin: https://portainer\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
            var head = ByteBuffer.allocate(12);
            while (head.hasRemaining() && channel.read(head) >= 0) assertThat(served.state().cluster()).isPresent();
            assertThat(new String(head.array(), StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 200");
        }
    }

    private String answer(String request, String headers) throws IOException {
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write((request + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Socket stream(String token, String request, String headers) throws IOException {
        var socket = new Socket("127.0.0.1", cluster.port());
        socket.setSoTimeout(60_000);
        var words = request.split(" ");
        socket.getOutputStream().write((words[0] + " " + words[1] + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.UTF_8));
        return socket;
    }
}
