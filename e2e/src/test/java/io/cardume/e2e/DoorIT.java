package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.UnixHttp.Answer;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nonsense at the door is refused in words, changes nothing, and does not disturb anyone else. */
@ExtendWith(OnFleet.class)
@Order(6)
class DoorIT {

    private static final int REQUESTS = 200;
    private static final int HANGS = -1;
    private static final String SPEC = """
            {"Name": "n", "Labels": {"a": "b"}, "Mode": {"Replicated": {"Replicas": 1}},
             "TaskTemplate": {"ContainerSpec": {"Image": "cardume/web:1", "Env": ["A=1"]}, "RestartPolicy": {"Condition": "any"}},
             "EndpointSpec": {"Mode": "vip"}}""";
    private final Cluster cluster;

    DoorIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void twoHundredMalformedRequestsAreRefusedAndChangeNothing() {
        cluster.cli().run("service", "create", "-d", "--name", "web", "--replicas", "1", "cardume/web:1").ok();
        cluster.awaitRunning("web", 1);
        JsonNode before = cluster.api().get("/services");
        List<String> requests = requests(new Random(7));
        assertThat(requests).hasSizeGreaterThanOrEqualTo(REQUESTS);

        List<String> wrong = new ArrayList<>();
        for (String request : requests) {
            Answer answer = send(request);
            boolean refused = answer.status() == 0 || answer.status() >= 400 && answer.status() < 500 || List.of(501, 503, 505).contains(answer.status());
            boolean worded = answer.status() == 0 || !isJson(answer) || !answer.body().contains("\"message\":\"\"");
            if (!refused || !worded) {
                wrong.add(answer.status() + " " + answer.body().strip() + " to " + request.replace("\r\n", "⏎"));
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(cluster.api().get("/services")).isEqualTo(before);
        cluster.awaitRunning("web", 1);
        assertThat(cluster.manager().alive()).isTrue();
    }

    private Answer send(String request) {
        try {
            return cluster.api().raw(request.getBytes(StandardCharsets.UTF_8));
        } catch (UncheckedIOException e) {
            // A connection closed in the middle of nonsense is a refusal too; one left hanging is not.
            return new Answer(e.getMessage().contains("no answer within") ? HANGS : 0, e.getMessage());
        }
    }

    private static boolean isJson(Answer answer) {
        return answer.body().startsWith("{");
    }

    private static List<String> requests(Random random) {
        List<String> all = new ArrayList<>();
        // Bodies cut off anywhere.
        IntStream.range(0, 90).mapToObj(_ -> post("/services/create", SPEC.substring(0, 1 + random.nextInt(SPEC.length() - 2)))).forEach(all::add);
        // Values of the wrong kind, out of range, or of nobody's vocabulary.
        for (String bad : List.of("\"x\"", "[]", "-1", "1.5", "true", "{\"Replicated\": {\"Replicas\": \"many\"}}", "{\"Replicated\": {\"Replicas\": -3}}",
                "{\"Replicated\": {\"Replicas\": 99999999999999999999}}", "{\"Both\": {}, \"Global\": {}, \"Replicated\": {}}")) {
            all.add(post("/services/create", SPEC.replace("{\"Replicated\": {\"Replicas\": 1}}", bad)));
        }
        for (String bad : List.of("\"\"", "\"UPPER case and space\"", "\"-dash\"", "\"" + "x".repeat(64) + "\"", "7", "[\"n\"]", "{}", "\"a/b\"", "\"a\\u0000b\"")) {
            all.add(post("/services/create", SPEC.replace("\"n\"", bad)));
        }
        for (String bad : List.of("\"\"", "5", "{}", "[]", "\"x/UPPER\"", "\"a b\"", "\":tag\"", "\"x:\"", "\"x@sha256:1\"", "null")) {
            all.add(post("/services/create", SPEC.replace("\"cardume/web:1\"", bad)));
        }
        for (String bad : List.of("\"sometimes\"", "3", "[]", "{}")) {
            all.add(post("/services/create", SPEC.replace("\"any\"", bad)));
        }
        for (String field : List.of("\"Resources\": {\"Limits\": {\"NanoCPUs\": -1}}", "\"Resources\": {\"Limits\": {\"MemoryBytes\": 1}}",
                "\"Resources\": {\"Limits\": {\"NanoCPUs\": 5}}", "\"Resources\": {\"Reservations\": {\"MemoryBytes\": \"much\"}}",
                "\"Placement\": {\"Constraints\": [\"node.hostname\"]}", "\"Placement\": {\"Constraints\": [\"node.hostname=h1\"]}",
                "\"Placement\": {\"Constraints\": \"node.hostname==h1\"}", "\"Networks\": [{\"Target\": \"n\"}]",
                "\"Runtime\": \"plugin\"", "\"ForceUpdate\": -1", "\"LogDriver\": 3")) {
            all.add(post("/services/create", SPEC.replace("\"TaskTemplate\": {", "\"TaskTemplate\": {" + field + ", ")));
        }
        for (String body : List.of("", "null", "[]", "7", "\"text\"", "{", "}", "{}", "{\"Name\":\"x\"}", "\u0000\u0001", "<xml/>", "{\"Name\": \"n\", \"TaskTemplate\": null}")) {
            all.add(post("/services/create", body));
            all.add(put("/services/n", body));
            all.add(post("/services/web/update?version=1", body));
        }
        // Paths, versions, queries.
        for (String path : List.of("/nowhere", "/services/nobody", "/tasks/nobody", "/nodes/nobody", "/v1.99/services", "/v1.0/services", "/v9/services",
                "/services?filters=nonsense", "/services?filters={\"bogus\":[\"x\"]}".replace("\"", "%22").replace("{", "%7B").replace("}", "%7D"),
                "/tasks?filters=%5B%5D", "/nodes?filters=%7B", "/services/nobody/logs?stdout=1", "/services/web/logs", "/tasks?filters=%7B%22bogus%22%3A%7B%22x%22%3Atrue%7D%7D",
                "/containers/json/x/y", "/secrets/nobody", "/networks/nobody", "/images/nobody/json", "/volumes/nobody", "/services/%2e%2e%2fetc", "/services/" + "x".repeat(9000))) {
            all.add("GET " + path + " HTTP/1.0\r\n\r\n");
        }
        for (String path : List.of("/services/web/update", "/services/web/update?version=", "/services/web/update?version=x", "/services/nobody/update?version=1",
                "/nodes/nobody/update?version=1", "/nodes/manager/update", "/swarm/init", "/swarm/leave", "/services/create?x=%zz")) {
            all.add(post(path, path.contains("web/update?version=1") ? SPEC : "{\"Availability\": \"asleep\"}"));
        }
        for (String method : List.of("PATCH", "DELETE", "PUT", "TRACE", "BREW", "")) {
            all.add(method + " /services HTTP/1.0\r\n\r\n");
            all.add(method + " /nodes/nobody HTTP/1.0\r\n\r\n");
        }
        // Not HTTP at all.
        all.addAll(List.of("GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u0016\u0003\u0001\r\n\r\n", "GET /services HTTP/1.0\r\nbroken header\r\n\r\n",
                "POST /services/create HTTP/1.0\r\nContent-Length: -5\r\n\r\n", "POST /services/create HTTP/1.0\r\nContent-Length: abc\r\n\r\n{}",
                "POST /services/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                "GET /services HTTP/1.1\r\nConnection: close\r\n\r\n"));
        return all;
    }

    private static String post(String path, String body) {
        return request("POST", path, body);
    }

    private static String put(String path, String body) {
        return request("PUT", path, body);
    }

    private static String request(String method, String path, String body) {
        return method + " " + path + " HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }
}
