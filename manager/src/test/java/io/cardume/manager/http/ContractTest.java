package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract, api-spec/openapi.yaml, against the running server, both ways. */
class ContractTest {
    private final JsonNode contract = read();
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final ServedCluster cluster = new ServedCluster();
    private final Set<String> asked = new TreeSet<>();

    private static JsonNode read() {
        try {
            return new YAMLMapper().readTree(Path.of("../api-spec/openapi.yaml").toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void whatIsServedIsDocumentedAndWhatIsDocumentedIsServed() {
        var documented = new TreeSet<String>();
        contract.get("paths").properties().forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
            if (!method.equals("parameters")) documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
        }));
        var served = new TreeSet<String>();
        cluster.api.routes().forEach(route -> served.add(route.method() + " " + route.path().replace('<', '{').replace('>', '}')));

        assertThat(served).isEqualTo(documented);
    }

    @Test
    void everyOperationAnswersAsDocumented() {
        get("/_ping", "/_ping", 200);
        ask("HEAD", "/_ping", "/_ping", "", 200);
        get("/version", "/version", 200);
        get("/info", "/info", 200);
        get("/healthz", "/healthz", 200);
        get("/metrics", "/metrics", 200);
        post("/auth", "/auth", "{}", 501);
        get("/swarm", "/swarm", 200);
        get("/swarm/unlockkey", "/swarm/unlockkey", 200);
        post("/swarm/unlock", "/swarm/unlock", "{\"UnlockKey\":\"x\"}", 409);
        post("/swarm/unlock", "/swarm/unlock", "[]", 400);
        post("/swarm/init", "/swarm/init", "{}", 503);
        post("/swarm/join", "/swarm/join", "{}", 503);
        post("/swarm/leave", "/swarm/leave", "", 503);
        var swarm = cluster.get("/swarm").json();
        var index = swarm.get("Version").get("Index").asText();
        post("/swarm/update", "/swarm/update?version=" + index + "&rotateWorkerToken=true", swarm.get("Spec").toString(), 200);
        post("/swarm/update", "/swarm/update?version=" + index, swarm.get("Spec").toString(), 500);
        post("/swarm/update", "/swarm/update", "{}", 400);
        locks();

        post("/services/create", "/services/create", ServedCluster.service("web", 2), 201);
        post("/services/create", "/services/create", ServedCluster.service("web", 2), 409);
        post("/services/create", "/services/create", "{}", 400);
        post("/services/create", "/services/create",
                "{\"Name\":\"n\",\"TaskTemplate\":{\"Runtime\":\"plugin\",\"ContainerSpec\":{\"Image\":\"a\"}}}", 501);
        post("/services/create", "/services/create",
                "{\"Name\":\"n\",\"Networks\":[{\"Target\":\"n\"}],\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a\"}}}", 404);
        var stack = "services:\n  db:\n    image: db:1\n  api:\n    image: api:1\n    depends_on: [db]\n";
        post("/apply", "/apply?stack=shop&dryRun=true", stack, 200);
        post("/apply", "/apply?stack=shop", stack, 200);
        post("/apply", "/apply?stack=shop&prune=1", stack.replace("db:1", "db:2"), 200);
        post("/apply", "/apply", stack, 400);
        post("/apply", "/apply?stack=shop&dry=1", stack, 400);
        post("/apply", "/apply?stack=web", "services: {web: {image: a}}\nnetworks: {default: {name: shop_default}}", 409);
        post("/apply", "/apply?stack=shop", "services: {db: {image: a}}\nnetworks: {default: {driver: macvlan}}", 501);
        cluster.agentsAct();
        get("/services", "/services", 200);
        get("/services", "/services?status=true", 200);
        get("/services", "/services?filters=x", 400);
        get("/services/{id}", "/services/web", 200);
        get("/services/{id}", "/services/none", 404);
        get("/services/{id}/explain", "/services/web/explain", 200);
        get("/services/{id}/explain", "/services/none/explain", 404);
        get("/services/{id}/endpoints", "/services/web/endpoints", 200);
        get("/services/{id}/endpoints", "/services/none/endpoints", 404);
        get("/services/{id}/revisions", "/services/web/revisions", 200);
        get("/services/{id}/revisions", "/services/none/revisions", 404);
        get("/services/{id}/logs", "/services/web/logs?stdout=1", 200);
        get("/services/{id}/logs", "/services/web/logs", 400);
        get("/services/{id}/logs", "/services/none/logs?stdout=1", 404);
        get("/services/{id}/runs", "/services/web/runs", 400);
        get("/services/{id}/runs", "/services/none/runs", 404);
        var job = "{\"Mode\":{\"ReplicatedJob\":{}},\"Labels\":{\"cardume.cron\":\"@daily\"},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a\"}}}";
        put("/services/{id}", "/services/nightly", job, 201);
        get("/services/{id}/runs", "/services/nightly/runs", 200);
        put("/services/{id}", "/services/now", job.replace("@daily", "@every 1h").replace("cardume.cron", "x"), 201);
        get("/services/{id}/runs", "/services/now/runs", 200);
        get("/services/{id}", "/services/now", 200);
        get("/services/{id}/explain", "/services/now/explain", 200);
        put("/services/{id}", "/services/api", ServedCluster.service("api", 1), 201);
        put("/services/{id}", "/services/api", ServedCluster.service("api", 1), 200);
        put("/services/{id}", "/services/api", "{\"Nam\":1}", 400);
        put("/services/{id}", "/services/api", "{\"Mode\":{\"Global\":{}},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a\"}}}", 501);
        var version = cluster.get("/services/web").json().get("Version").get("Index").asText();
        post("/services/{id}/update", "/services/web/update?version=" + version, ServedCluster.service("web", 3).replace("web:1", "web:2"), 200);
        get("/services/{id}", "/services/web", 200);
        cluster.agentsAct();
        get("/services/{id}", "/services/web?insertDefaults=true", 200);
        post("/services/{id}/update", "/services/web/update?version=1", ServedCluster.service("web", 3), 500);
        post("/services/{id}/update", "/services/web/update", ServedCluster.service("web", 3), 400);
        post("/services/{id}/update", "/services/none/update?version=1", ServedCluster.service("web", 3), 404);
        post("/services/{id}/update", "/services/web/update?version=" + cluster.get("/services/web").json().get("Version").get("Index").asText(),
                ServedCluster.service("other", 3), 501);

        var task = cluster.state().tasks().firstKey().value();
        get("/tasks", "/tasks", 200);
        get("/tasks", "/tasks?filters=" + ServedCluster.query("{\"service\":{\"none\":true}}"), 404);
        get("/tasks", "/tasks?filters=" + ServedCluster.query("{\"bogus\":{\"none\":true}}"), 400);
        get("/tasks/{id}", "/tasks/" + task, 200);
        get("/tasks/{id}", "/tasks/none", 404);
        get("/tasks/{id}/explain", "/tasks/" + task + "/explain", 200);
        get("/tasks/{id}/explain", "/tasks/none/explain", 404);
        get("/tasks/{id}/logs", "/tasks/" + task + "/logs?stdout=1&details=1", 200);
        get("/tasks/{id}/logs", "/tasks/" + task + "/logs", 400);
        get("/tasks/{id}/logs", "/tasks/none/logs?stdout=1", 404);
        get("/containers/json", "/containers/json?all=1", 200);
        get("/containers/json", "/containers/json?filters=" + ServedCluster.query("{\"bogus\":[\"1\"]}"), 400);
        var container = Lookup.fullName(cluster.state(), cluster.state().tasks().values().stream()
                .filter(shown -> shown.isRunning()).findFirst().orElseThrow());
        for (String shown : new String[] {"json", "top", "stats"}) {
            get("/containers/{id}/" + shown, "/containers/" + container + "/" + shown + "?stream=false", 200);
            get("/containers/{id}/" + shown, "/containers/none/" + shown, 404);
        }
        get("/containers/{id}/logs", "/containers/" + container + "/logs?stdout=1", 200);
        get("/containers/{id}/logs", "/containers/none/logs?stdout=1", 404);
        post("/containers/{id}/exec", "/containers/" + container + "/exec", "{\"Cmd\":[\"true\"]}", 201);
        post("/containers/{id}/exec", "/containers/" + container + "/exec", "{}", 400);
        post("/containers/{id}/exec", "/containers/none/exec", "{\"Cmd\":[\"true\"]}", 404);
        get("/exec/{id}/json", "/exec/" + FakeAgents.EXEC + "/json", 200);
        post("/exec/{id}/resize", "/exec/" + FakeAgents.EXEC + "/resize?h=24&w=80", "", 200);
        post("/exec/{id}/resize", "/exec/" + FakeAgents.EXEC + "/resize", "", 400);
        post("/exec/{id}/start", "/exec/" + FakeAgents.EXEC + "/start", "{\"Detach\":true}", 200);
        post("/exec/{id}/start", "/exec/" + FakeAgents.EXEC + "/start", "{\"Detach\":true}", 409);
        get("/exec/{id}/json", "/exec/" + FakeAgents.EXEC + "/json", 200);
        get("/exec/{id}/json", "/exec/none/json", 404);
        post("/exec/{id}/start", "/exec/none/start", "{}", 404);
        ask("GET", "/containers/{id}/{action}", "/containers/" + container + "/archive", "", 501);
        ask("PUT", "/containers/{id}/{action}", "/containers/" + container + "/archive", "x", 501);
        post("/containers/{id}/{action}", "/containers/" + container + "/kill", "", 501);
        post("/containers/{id}/{action}", "/containers/none/kill", "", 404);
        ask("DELETE", "/containers/{id}", "/containers/" + container, "", 501);
        ask("DELETE", "/containers/{id}", "/containers/none", "", 404);
        get("/events", "/events?since=1&until=2", 200);
        get("/events", "/events?since=x", 400);

        post("/users/create", "/users/create", "{\"Name\":\"ana\",\"Role\":\"viewer\"}", 201);
        post("/users/create", "/users/create", "{\"Name\":\"ana\",\"Role\":\"viewer\"}", 409);
        post("/users/create", "/users/create", "{\"Name\":\"-\",\"Role\":\"viewer\"}", 400);
        get("/users", "/users", 200);
        get("/users/{name}", "/users/ana", 200);
        get("/users/{name}", "/users/none", 404);
        post("/users/{name}/update", "/users/ana/update", "{\"Role\":\"admin\"}", 200);
        post("/users/{name}/update", "/users/ana/update", "{\"Role\":\"king\"}", 400);
        post("/users/{name}/update", "/users/none/update", "{\"Role\":\"admin\"}", 404);
        post("/users/{name}/rotate", "/users/ana/rotate", "{}", 200);
        post("/users/{name}/rotate", "/users/none/rotate", "{}", 404);
        ask("DELETE", "/users/{name}", "/users/ana", "", 204);
        ask("DELETE", "/users/{name}", "/users/ana", "", 404);
        get("/audit", "/audit?limit=1000", 200);
        get("/audit", "/audit?limit=0", 400);

        get("/nodes", "/nodes", 200);
        get("/nodes", "/nodes?filters=" + ServedCluster.query("{\"role\":[\"king\"]}"), 400);
        get("/nodes/{id}", "/nodes/worker", 200);
        get("/nodes/{id}", "/nodes/none", 404);
        get("/nodes/{id}/explain", "/nodes/worker/explain", 200);
        get("/rebalance", "/rebalance", 200);
        post("/rebalance", "/rebalance", "", 200);
        post("/rebalance", "/rebalance", "{\"Services\":[\"none\"]}", 404);
        post("/rebalance", "/rebalance", "{\"Service\":[]}", 400);
        get("/nodes/{id}/explain", "/nodes/none/explain", 404);
        var node = cluster.get("/nodes/worker").json();
        post("/nodes/{id}/update", "/nodes/worker/update?version=" + node.get("Version").get("Index").asText(),
                node.get("Spec").toString().replace("active", "drain"), 200);
        post("/nodes/{id}/update", "/nodes/worker/update?version=1", node.get("Spec").toString(), 500);
        post("/nodes/{id}/update", "/nodes/worker/update", "{}", 400);
        post("/nodes/{id}/update", "/nodes/none/update?version=1", "{}", 404);
        post("/nodes/{id}/update", "/nodes/worker/update?version=" + cluster.get("/nodes/worker").json().get("Version").get("Index").asText(),
                "{\"Role\":\"manager\"}", 501);
        get("/services/{id}/explain", "/services/api/explain", 200);
        ask("DELETE", "/nodes/{id}", "/nodes/worker", "", 400);
        ask("DELETE", "/nodes/{id}", "/nodes/none", "", 404);
        ask("DELETE", "/nodes/{id}", "/nodes/worker?force=1", "", 200);
        ask("DELETE", "/services/{id}", "/services/api", "", 200);
        ask("DELETE", "/services/{id}", "/services/api", "", 404);

        for (String kind : new String[] {"/secrets", "/configs"}) blobs(kind);

        for (String list : new String[] {"/volumes", "/plugins"}) get(list, list, 200);
        for (String made : new String[] {"/volumes/create", "/containers/create"})
            post(made, made, "{}", 501);
        for (String one : new String[] {"/volumes/{id}", "/plugins/{id}/json",
            "/images/{id}/json"})
            get(one, one.replace("{id}", one.startsWith("/image") ? "host:5000/a/b:1" : "x"), 404);
        get("/distribution/{id}/json", "/distribution/127.0.0.1:1/a/b:1/json", 503);
        get("/distribution/{id}/json", "/distribution/127.0.0.1:1/A:1/json", 400);
        post("/networks/create", "/networks/create", "{\"Name\":\"back\",\"Driver\":\"overlay\",\"Labels\":{\"a\":\"b\"}}", 201);
        post("/networks/create", "/networks/create", "{\"Name\":\"back\",\"Driver\":\"overlay\"}", 409);
        post("/networks/create", "/networks/create", "{\"Name\":\"host\",\"Driver\":\"overlay\"}", 403);
        post("/networks/create", "/networks/create", "{\"Name\":\"back\",\"Driver\":\"macvlan\"}", 501);
        post("/networks/create", "/networks/create", "{\"Driver\":\"overlay\"}", 400);
        get("/networks", "/networks", 200);
        get("/networks", "/networks?filters=" + ServedCluster.query("{\"bogus\":[\"x\"]}"), 400);
        get("/networks/{id}", "/networks/back?verbose=true", 200);
        get("/networks/{id}", "/networks/ingress?verbose=true", 200);
        get("/networks/{id}", "/networks/host?scope=swarm", 200);
        get("/networks/{id}", "/networks/none-such", 404);
        get("/networks/{id}/reachability", "/networks/ingress/reachability", 200);
        get("/networks/{id}/reachability", "/networks/none-such/reachability", 404);
        put("/services/{id}", "/services/onback", "{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"back\",\"Aliases\":[\"b\"]}],\"ContainerSpec\":{\"Image\":\"a\"}}}", 201);
        put("/services/{id}", "/services/onnone", "{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"x\"}],\"ContainerSpec\":{\"Image\":\"a\"}}}", 404);
        get("/services/{id}", "/services/onback", 200);
        ask("DELETE", "/networks/{id}", "/networks/back", "", 400);
        ask("DELETE", "/networks/{id}", "/networks/ingress", "", 403);
        ask("DELETE", "/networks/{id}", "/networks/none-such", "", 404);
        ask("DELETE", "/services/{id}", "/services/onback", "", 200);
        ask("DELETE", "/networks/{id}", "/networks/back", "", 204);
        post("/networks/prune", "/networks/prune", "", 200);
        post("/networks/prune", "/networks/prune?filters=" + ServedCluster.query("{\"bogus\":[\"x\"]}"), "", 400);

        get("/images/json", "/images/json", 501);

        post("/swarm/leave", "/swarm/leave?force=true", "", 200);
        for (String path : new String[] {"/swarm", "/services", "/tasks", "/nodes", "/secrets", "/configs", "/swarm/unlockkey", "/users"})
            get(path, path, 503);
        get("/info", "/info", 200);
        post("/services/create", "/services/create", ServedCluster.service("web", 2), 503);
        post("/apply", "/apply?stack=shop", stack, 503);
        post("/swarm/join", "/swarm/join", "{\"JoinToken\":\"x\"}", 501);
        post("/swarm/init", "/swarm/init", "{\"AdvertiseAddr\":\"nowhere\"}", 400);
        post("/swarm/init", "/swarm/init", "{\"AutoLockManagers\":true}", 200);
        assertThat(cluster.locking.autolocks()).isTrue();
        post("/swarm/leave", "/swarm/leave?force=true", "", 200);
        assertThat(cluster.locking.autolocks()).isFalse();
        post("/swarm/init", "/swarm/init", "{\"ListenAddr\":\"0.0.0.0:2377\",\"AdvertiseAddr\":null,\"Availability\":null}", 200);

        var documented = new TreeSet<String>();
        contract.get("paths").properties().forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
            if (!method.equals("parameters")) documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
        }));
        assertThat(asked).isEqualTo(documented);
    }

    private String index() {
        return cluster.get("/swarm").json().get("Version").get("Index").asText();
    }

    private void locks() {
        post("/swarm/update", "/swarm/update?version=" + index() + "&rotateManagerUnlockKey=true", "{}", 400);
        post("/swarm/update", "/swarm/update?version=1", "{\"EncryptionConfig\":{\"AutoLockManagers\":true}}", 500);
        assertThat(cluster.get("/swarm/unlockkey").json().get("UnlockKey").asText()).isEmpty();
        post("/swarm/update", "/swarm/update?version=" + index(), "{\"EncryptionConfig\":{\"AutoLockManagers\":true}}", 200);
        assertThat(cluster.get("/swarm").json().at("/Spec/EncryptionConfig/AutoLockManagers").asBoolean()).isTrue();
        assertThat(cluster.locking.lastShown()).isEmpty();
        get("/swarm/unlockkey", "/swarm/unlockkey", 200);
        cluster.locking.awaitShown("SWMKEY-1-1");
        var spec = cluster.get("/swarm").json().get("Spec").toString();
        post("/swarm/update", "/swarm/update?version=" + index() + "&rotateManagerUnlockKey=true", spec, 200);
        assertThat(cluster.get("/swarm/unlockkey").json().get("UnlockKey").asText()).isEqualTo("SWMKEY-1-2");
        post("/swarm/update", "/swarm/update?version=" + index(), "{\"EncryptionConfig\":{\"AutoLockManagers\":false}}", 200);
        assertThat(cluster.locking.autolocks()).isFalse();
        int before = cluster.locking.dataKey();
        post("/swarm/datakey/rotate", "/swarm/datakey/rotate", "", 200);
        post("/swarm/datakey/rotate", "/swarm/datakey/rotate", "[]", 400);
        assertThat(cluster.locking.dataKey()).isEqualTo(before + 1);
    }

    private void blobs(String all) {
        var one = all + "/{id}";
        post(all + "/create", all + "/create", "{\"Name\":\"a\",\"Labels\":{\"x\":\"y\",\"cardume.name\":\"n\"},\"Data\":\"Ynl0ZXM=\"}", 201);
        post(all + "/create", all + "/create", "{\"Name\":\"a\",\"Data\":\"Ynl0ZXM=\"}", 409);
        post(all + "/create", all + "/create", "{\"Name\":\"t\",\"Data\":\"Ynl0ZXM=\",\"Templating\":{\"Name\":\"golang\"}}", 201);
        post(all + "/create", all + "/create", "{\"Name\":\"b\"}", 400);
        if (all.equals("/secrets")) post(all + "/create", all + "/create", "{\"Name\":\"b\",\"Data\":\"Yg==\",\"Driver\":{\"Name\":\"vault\"}}", 501);
        get(all, all, 200);
        get(all, all + "?filters=" + ServedCluster.query("{\"bogus\":[\"x\"]}"), 400);
        get(one, all + "/a", 200);
        get(one, all + "/x", 404);
        get(one + "/users", all + "/a/users", 200);
        get(one + "/users", all + "/x/users", 404);
        var version = cluster.get(all + "/a").json().get("Version").get("Index").asText();
        post(one + "/update", all + "/a/update?version=" + version, "{\"Name\":\"a\",\"Labels\":{\"cardume.name\":\"n\"}}", 200);
        post(one + "/update", all + "/a/update?version=" + version, "{\"Name\":\"a\",\"Labels\":{\"cardume.name\":\"n\"}}", 500);
        post(one + "/update", all + "/a/update", "{\"Name\":\"a\"}", 400);
        post(one + "/update", all + "/x/update?version=1", "{\"Name\":\"x\"}", 404);
        ask("DELETE", one, all + "/a", "", 204);
        ask("DELETE", one, all + "/a", "", 404);
    }

    private void get(String path, String asPath, int status) {
        ask("GET", path, asPath, "", status);
    }

    private void post(String path, String asPath, String body, int status) {
        ask("POST", path, asPath, body, status);
    }

    private void put(String path, String asPath, String body, int status) {
        ask("PUT", path, asPath, body, status);
    }

    private void ask(String method, String path, String asPath, String body, int status) {
        var answer = cluster.send(HttpRequest.newBuilder(cluster.uri("/v1.44" + asPath))
                .method(method, body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body)));
        asked.add(method + " " + path);
        var what = method + " " + asPath + " -> " + answer.status() + " " + answer.text();
        assertThat(answer.status()).as(what).isEqualTo(status);
        var operation = contract.get("paths").get(path).get(method.toLowerCase(Locale.ROOT));
        var response = operation.get("responses").get(Integer.toString(status));
        assertThat(response).as("documented: " + what).isNotNull();
        if (response.has("$ref")) response = contract.at(response.get("$ref").asText().substring(1));
        if (!response.has("content")) {
            assertThat(answer.text()).as(what).isEmpty();
            return;
        }
        var type = answer.header("Content-Type").replaceAll(";.*", "");
        assertThat(response.get("content").has(type)).as(what + " is " + type).isTrue();
        var schema = response.get("content").get(type).path("schema");
        if (!type.equals("application/json") || schema.isMissingNode()) return;
        for (String part : path.equals("/events") ? answer.text().split("\n") : new String[] {answer.text()})
            if (!part.isBlank()) assertThat(faults(schema, ServedCluster.tree(part))).as(what).isEmpty();
    }

    private List<String> faults(JsonNode schema, JsonNode body) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", contract.get("components"));
        return schemas.getSchema(whole).validate(body).stream().map(Object::toString).toList();
    }
}
