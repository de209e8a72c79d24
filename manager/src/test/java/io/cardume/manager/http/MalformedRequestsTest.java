package io.cardume.manager.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever comes over the wire, the answer is a refusal in words, and nothing is changed. */
class MalformedRequestsTest {
    private static final String SPEC = """
            {"Name":"web","Labels":{"a":"b"},"TaskTemplate":{"ContainerSpec":{"Image":"web:1","Env":["A=b"],"Init":true,
            "Mounts":[{"Type":"volume","Source":"v","Target":"/v"}],"StopGracePeriod":1000000000,
            "Healthcheck":{"Test":["NONE"],"Retries":3},"DNSConfig":{"Search":["x"]}},"Resources":{"Limits":{"NanoCPUs":5000000}},
            "RestartPolicy":{"Condition":"any","MaxAttempts":3},"Placement":{"Constraints":["node.role==worker"]}},
            "Mode":{"Replicated":{"Replicas":2}},"EndpointSpec":{"Ports":[{"TargetPort":80,"PublishMode":"host"}]}}""";

    private final ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void twoHundredMalformedBodiesAreRefusedInWordsAndChangeNothing() {
        long version = cluster.state().version();
        var bodies = bodies(200);

        for (int i = 0; i < bodies.size(); i++) {
            var answer = i % 2 == 0
                    ? cluster.post("/services/create", bodies.get(i))
                    : cluster.put("/services/web", bodies.get(i));
            var what = "body " + i + " " + bodies.get(i).substring(0, Math.min(400, bodies.get(i).length())) + " -> " + answer.text();
            assertThat(answer.status()).as(what).isIn(400, 501);
            assertThat(answer.message()).as(what).isNotBlank();
        }
        assertThat(cluster.state().version()).isEqualTo(version);
    }

    /** Broken JSON, and the spec with one value of a kind it cannot be. */
    private static List<String> bodies(int count) {
        var bodies = new ArrayList<>(List.of(
                "", " ", "null", "[]", "7", "\"x\"", "{", "}", "{]", "{\"Name\"}", "{\"Name\":}", "{\"Name\":\"web\"", "{'Name':'web'}",
                "{\"Name\":\"web\",}", SPEC + "x", SPEC + SPEC, "\u0000", "\ufeff{", "{\"Name\":\"\\ud800\"}", "NaN",
                "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000), "[".repeat(100_000),
                "{\"Name\":\"" + "x".repeat(3_000_000) + "\"}", "{\"Labels\":{\"a\":\"" + "x".repeat(5_000_000) + "\"}}",
                "{\"Mode\":{\"Replicated\":{\"Replicas\":" + "9".repeat(900) + "}}}",
                "{\"Mode\":{\"Replicated\":{\"Replicas\":1e400}}}"));
        var random = new Random(4711);
        while (bodies.size() < count) {
            var tree = ServedCluster.tree(SPEC);
            var all = new ArrayList<Runnable>();
            corruptions(tree, random, all);
            all.get(random.nextInt(all.size())).run();
            bodies.add(tree.toString());
        }
        return bodies;
    }

    private static void corruptions(JsonNode node, Random random, List<Runnable> all) {
        if (node instanceof ObjectNode object)
            for (String name : object.properties().stream().map(Map.Entry::getKey).toList()) {
                all.add(() -> object.set(name, wrong(object.get(name), random)));
                corruptions(object.get(name), random, all);
            }
        if (node instanceof ArrayNode array)
            for (int i = 0; i < array.size(); i++) {
                int at = i;
                all.add(() -> array.set(at, wrong(array.get(at), random)));
                corruptions(array.get(at), random, all);
            }
    }

    /** A value of another kind. */
    private static JsonNode wrong(JsonNode right, Random random) {
        var others = List.of("\"\\u0000\"", "-7.25", "true", "[[]]", "{\"x\":{}}", "\"" + "\\u0001".repeat(3) + "\"").stream()
                .map(ServedCluster::tree)
                .filter(other -> other.getNodeType() != right.getNodeType() || other.isNumber() || other.isTextual() && other.asText().contains("\0"))
                .filter(other -> !(right.isObject() && other.isObject()))
                .toList();
        return others.get(random.nextInt(others.size()));
    }

    @Test
    void malformedQueriesAreRefusedInWords() {
        for (String path : List.of("/services?filters=%7B", "/services?filters=[]", "/services?filters=%7B%22name%22:7%7D",
                "/services?filters=%7B%22name%22:[[]]%7D", "/tasks?filters=%7B%22desired-state%22:[%22gone%22]%7D", "/events?since=-1",
                "/events?until=tomorrow", "/nodes?filters=7", "/services/web%00/logs", "/services/..%2f..%2fetc", "/services/%zz"))
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).as(path)
                    .matches("(?s)HTTP/1.1 (400|404) .*\\{\"message\":\".+\"}\n");
        for (String version : List.of("", "-1", "x", "1.5", "99999999999999999999999"))
            assertThat(cluster.post("/nodes/worker/update?version=" + version, "{}").status()).as(version).isEqualTo(400);
    }

    @Test
    void whatIsNoHttpIsRefusedInWords() {
        for (String request : List.of("GET\r\n\r\n", "GET /info\r\n\r\n", "GARBAGE\r\n\r\n", "GET /info HTTP/9.9\r\n\r\n", "\u0016\u0003\u0001\u0002\r\n\r\n",
                "GET /info HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n", "GET /" + "x".repeat(200_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "POST /services/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                "POST /services/create HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"))
            assertThat(raw(request)).as(request.substring(0, Math.min(80, request.length()))).matches("(?s)HTTP/1.1 (4\\d\\d|505) .*");
        assertThat(cluster.send(HttpRequest.newBuilder(cluster.uri("/_ping"))).status()).isEqualTo(200);
    }

    /** The whole answer to bytes as they are; the connection is closed for writing after them. */
    private String raw(String request) {
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.getOutputStream().flush();
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new AssertionError(request.substring(0, Math.min(80, request.length())), e);
        }
    }
}
