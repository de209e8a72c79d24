package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets and configs over the wire. */
class BlobRoutesTest {
    private final ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void aSecretsBytesAreNeverShownAgainAndAConfigsAlways() {
        for (String kind : List.of("secret", "config")) {
            create(kind, "x", "hunter2", "{\"a\":\"b\"}");
            var one = cluster.get("/" + kind + "s/x").json().get("Spec");
            var listed = cluster.get("/" + kind + "s").json().get(0).get("Spec");
            assertThat(one).isEqualTo(listed);
            assertThat(one.get("Labels").get("a").asText()).isEqualTo("b");
            if (kind.equals("secret")) assertThat(one.has("Data")).isFalse();
            else assertThat(one.get("Data").asText()).isEqualTo(base64("hunter2"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret", "config"})
    void listsAreFilteredAsTheEngineDoes(String kind) {
        create(kind, "app.one", "1", "{\"tier\":\"front\"}");
        create(kind, "app.two", "2", "{\"tier\":\"back\"}");
        create(kind, "other", "3", "{}");
        assertThat(names(kind, "{\"name\":{\"app\":true}}")).containsExactlyInAnyOrder("app.one", "app.two");
        assertThat(names(kind, "{\"names\":[\"app\"]}")).isEmpty();
        assertThat(names(kind, "{\"names\":[\"app.one\",\"other\"]}")).containsExactlyInAnyOrder("app.one", "other");
        assertThat(names(kind, "{\"label\":[\"tier=back\"]}")).containsExactly("app.two");
        assertThat(names(kind, "{\"label\":[\"tier\"]}")).hasSize(2);
        var id = cluster.get("/" + kind + "s/other").json().get("ID").asText();
        assertThat(names(kind, "{\"id\":[\"" + id.substring(0, 12) + "\"]}")).containsExactly("other");
        assertThat(cluster.get("/" + kind + "s/" + id.substring(0, 12)).json().get("ID").asText()).isEqualTo(id);
        assertThat(cluster.get("/" + kind + "s/none").message()).isEqualTo(kind + " none not found");
    }

    @Test
    void theLargestConfigIsTaken() {
        assertThat(cluster.post("/configs/create", "{\"Name\":\"big\",\"Data\":\"" + base64(new byte[1_023_999]) + "\"}").status()).isEqualTo(201);
        assertThat(cluster.post("/configs/create", "{\"Name\":\"bigger\",\"Data\":\"" + base64(new byte[1_024_000]) + "\"}").message())
                .contains("config data must be larger than 0 and less than 1024000 bytes");
        assertThat(cluster.post("/configs/create", "{\"Name\":\"huge\",\"Data\":\"" + base64(new byte[2 << 20]) + "\"}").status()).isEqualTo(400);
    }

    @Test
    void aServiceRefersToWhatThereIs() {
        var id = create("secret", "pw", "1", "{}");
        assertThat(cluster.post("/services/create", using("web", id, "other")).message())
                .isEqualTo("rpc error: code = InvalidArgument desc = secret not found: other");
        assertThat(cluster.post("/services/create", using("web", id, "pw")).status()).isEqualTo(201);
        assertThat(cluster.delete("/secrets/pw").message())
                .isEqualTo("rpc error: code = InvalidArgument desc = secret 'pw' is in use by the following service: web");
        var user = cluster.get("/secrets/pw/users").json().get(0);
        assertThat(user.get("Name").asText()).isEqualTo("web");
        assertThat(user.get("Current").asBoolean()).isTrue();
        assertThat(cluster.delete("/services/web").status()).isEqualTo(200);
        assertThat(cluster.delete("/secrets/pw").status()).as("its tasks may still be stopping").isEqualTo(204);
    }

    @Test
    void whatATaskOfAnEarlierSpecHasIsInUse() {
        var id = create("secret", "pw", "1", "{}");
        cluster.post("/services/create", using("web", id, "pw"));
        cluster.agentsAct();
        var version = cluster.get("/services/web").json().get("Version").get("Index").asText();
        assertThat(cluster.post("/services/web/update?version=" + version, ServedCluster.service("web", 1)).status()).isEqualTo(200);

        assertThat(cluster.get("/secrets/pw/users").json().get(0).get("Current").asBoolean()).isFalse();
        assertThat(cluster.delete("/secrets/pw").message()).contains("in use by the following service: web");
    }

    @Test
    void whatHappensToThemIsTold() {
        var from = Instant.now();
        create("secret", "pw", "hunter2", "{}");
        var version = cluster.get("/secrets/pw").json().get("Version").get("Index").asText();
        cluster.post("/secrets/pw/update?version=" + version, "{\"Name\":\"pw\",\"Labels\":{\"a\":\"b\"}}");
        cluster.delete("/secrets/pw");
        create("config", "conf", "1", "{}");
        var told = cluster.get("/events?since=" + from.getEpochSecond() + "&until=" + Instant.now() + "&filters="
                + ServedCluster.query("{\"type\":[\"secret\",\"config\"]}")).text();
        assertThat(told.lines().map(ServedCluster::tree).map(event -> event.get("Type").asText() + " " + event.get("Action").asText() + " "
                + event.get("Actor").get("Attributes").get("name").asText()))
                .containsExactly("secret create pw", "secret update pw", "secret remove pw", "config create conf");
        assertThat(told).doesNotContain(base64("hunter2"));
    }

    private String create(String kind, String name, String data, String labels) {
        var answer = cluster.post("/" + kind + "s/create",
                "{\"Name\":\"" + name + "\",\"Labels\":" + labels + ",\"Data\":\"" + base64(data) + "\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().get("ID").asText();
    }

    private static String using(String service, String id, String name) {
        return ServedCluster.service(service, 1).replace("\"Image\":\"web:1\"", "\"Image\":\"web:1\",\"Secrets\":[{\"File\":{\"Name\":\"pw\","
                + "\"UID\":\"0\",\"GID\":\"0\",\"Mode\":292},\"SecretID\":\"" + id + "\",\"SecretName\":\"" + name + "\"}]");
    }

    private List<String> names(String kind, String filters) {
        var names = new ArrayList<String>();
        for (JsonNode one : cluster.get("/" + kind + "s?filters=" + ServedCluster.query(filters)).json()) names.add(one.get("Spec").get("Name").asText());
        return names;
    }

    private static String base64(String text) {
        return base64(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
