package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StackRoutesTest {
    private static final String SHOP = """
            services:
              db:
                image: db:1
              web:
                image: web:${TAG:-1}
                configs: []
                depends_on: {db: {condition: service_healthy}}
                deploy: {replicas: 2}
            """;

    private final ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void aStackIsThereWithItsLabelsAndTheSameAgainChangesNothing() {
        var first = applied("/apply?stack=shop", SHOP);
        assertThat(actions(first)).containsExactly("network shop_default create", "service shop_db create", "service shop_web create");
        var version = cluster.state().version();
        var again = applied("/apply?stack=shop", SHOP);
        assertThat(again.get("Changed").booleanValue()).isFalse();
        assertThat(actions(again)).containsExactly("network shop_default nothing", "service shop_db nothing", "service shop_web nothing");
        assertThat(cluster.state().version()).isEqualTo(version);
        var web = cluster.state().serviceNamed("shop_web").orElseThrow();
        assertThat(again.at("/Objects/2/ID").textValue()).isEqualTo(web.id().value());
        assertThat(web.spec().labels()).containsEntry("com.docker.stack.namespace", "shop").containsEntry("cardume.after", "db:healthy");
        assertThat(cluster.get("/services?filters=" + ServedCluster.query("{\"label\":{\"com.docker.stack.namespace=shop\":true}}")).json()).hasSize(2);
    }

    @Test
    void aDryRunSaysWhatWouldChangeAndChangesNothing() {
        applied("/apply?stack=shop", SHOP);
        cluster.agentsAct();
        cluster.agentsAct();
        var version = cluster.state().version();
        var dry = applied("/apply?stack=shop&dryRun=true&env=TAG=2", SHOP + "  cache: {image: cache:1}\n");
        assertThat(actions(dry)).containsExactly(
                "network shop_default nothing", "service shop_db nothing", "service shop_web change", "service shop_cache create");
        var web = dry.at("/Objects/2");
        assertThat(web.get("Fields").toString()).isEqualTo("[{\"Field\":\"Labels[\\\"com.docker.stack.image\\\"]\",\"From\":\"web:1\",\"To\":\"web:2\"},"
                + "{\"Field\":\"TaskTemplate.ContainerSpec.Image\",\"From\":\"web:1\",\"To\":\"web:2\"}]");
        assertThat(web.get("LowestServing").intValue()).isLessThanOrEqualTo(2);
        assertThat(dry.at("/Objects/3").has("ID")).isFalse();
        assertThat(cluster.state().version()).isEqualTo(version);
    }

    @Test
    void whatWasMadeOutsideOfTheFileAndDoesNotContradictItStays() {
        applied("/apply?stack=shop", SHOP);
        var web = cluster.get("/services/shop_web").json();
        var spec = web.get("Spec").toString().replace("\"ForceUpdate\":0", "\"ForceUpdate\":7")
                .replace("\"Image\":\"web:1\"", "\"Image\":\"web:1@sha256:" + "a".repeat(64) + "\"");
        assertThat(cluster.post("/services/shop_web/update?version=" + web.at("/Version/Index").asText(), spec).status()).isEqualTo(200);
        assertThat(applied("/apply?stack=shop", SHOP).get("Changed").booleanValue()).isFalse();
    }

    @Test
    void waysToSayNothingAreAllTheSame() {
        applied("/apply?stack=shop", SHOP);
        var web = cluster.get("/services/shop_web").json();
        var revision = cluster.state().serviceNamed("shop_web").orElseThrow().revision();
        // As docker 28 sends it.
        var spec = (ObjectNode) web.get("Spec");
        spec.putObject("EndpointSpec");
        var template = (ObjectNode) spec.get("TaskTemplate");
        template.putObject("Placement");
        template.putObject("Resources").putObject("Limits");
        ((ObjectNode) template.get("ContainerSpec")).putObject("Privileges").put("NoNewPrivileges", false);
        assertThat(cluster.post("/services/shop_web/update?version=" + web.at("/Version/Index").asText(), spec.toString()).status()).isEqualTo(200);
        assertThat(cluster.state().serviceNamed("shop_web").orElseThrow().revision()).isEqualTo(revision);
        assertThat(applied("/apply?stack=shop", SHOP).get("Changed").booleanValue()).isFalse();
    }

    @Test
    void nothingIsHalfApplied() {
        cluster.post("/services/create", ServedCluster.service("shop_web", 1));
        var version = cluster.state().version();
        var refused = cluster.post("/apply?stack=shop", SHOP);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text()).contains("line 5, column 5: service shop_web is there and is of no stack");
        assertThat(cluster.state().version()).isEqualTo(version);
        assertThat(cluster.state().serviceNamed("shop_db")).isEmpty();
    }

    @Test
    void servicesThatAreNotInTheFileGoOnlyWhenAskedFor() {
        applied("/apply?stack=shop", SHOP);
        cluster.post("/services/create", ServedCluster.service("other", 1));
        var small = "services: {db: {image: 'db:1'}}";
        applied("/apply?stack=shop", small);
        assertThat(cluster.state().serviceNamed("shop_web")).isPresent();
        assertThat(actions(applied("/apply?stack=shop&prune=true", small)))
                .containsExactly("network shop_default nothing", "service shop_db nothing", "service shop_web remove");
        assertThat(cluster.state().serviceNamed("shop_web")).isEmpty();
        assertThat(cluster.state().serviceNamed("other")).isPresent();
    }

    @Test
    void theOrderOfServicesMayBeTurnedRound() {
        applied("/apply?stack=s", "services: {a: {image: 'a:1'}, b: {image: 'b:1', depends_on: [a]}}");
        var turned = applied("/apply?stack=s", "services: {a: {image: 'a:1', depends_on: [b]}, b: {image: 'b:1'}}");
        assertThat(actions(turned)).contains("service s_a change", "service s_b change");
    }

    @Test
    void aConfigWithOtherBytesIsANewVersion() {
        var file = "services: {web: {image: 'web:1'}}\nconfigs: {page: {content: 'one'}}";
        assertThat(actions(applied("/apply?stack=s", file))).contains("config s_page create");
        assertThat(actions(applied("/apply?stack=s", file))).contains("config s_page nothing");
        assertThat(actions(applied("/apply?stack=s", file.replace("one", "two")))).contains("config s_page-2 create");
        assertThat(actions(applied("/apply?stack=s", file))).contains("config s_page nothing");
        var missing = cluster.post("/apply?stack=s", file.replace("content: 'one'", "external: true"));
        assertThat(missing.status()).isEqualTo(400);
        assertThat(missing.text()).contains("line 2, column 17: config page is external and does not exist; create it first with docker config create page");
    }

    @Test
    void aFileSentAsCurlDoesIsRead() {
        var answer = cluster.send(HttpRequest.newBuilder(cluster.uri("/apply?stack=shop")).header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(SHOP)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void aFaultyFileIsRefusedWithEveryFault() {
        var refused = cluster.post("/apply?stack=shop", SHOP.replace("replicas: 2", "replicas: two").replace("image: db:1", "build: ."));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().get("Faults")).hasSize(3);
        assertThat(refused.json().get("message").textValue().lines()).hasSize(3).first().asString()
                .isEqualTo("line 3, column 5: services.db: it has no image");
        assertThat(cluster.post("/apply?stack=shop&dryrun=true", SHOP).text()).contains("did you mean dryRun?");
        assertThat(cluster.state().services()).isEmpty();
    }

    private JsonNode applied(String path, String file) {
        var answer = cluster.post(path, file);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> actions(JsonNode answer) {
        var all = new ArrayList<String>();
        answer.get("Objects").forEach(object ->
                all.add(object.get("Kind").textValue() + " " + object.get("Name").textValue() + " " + object.get("Action").textValue()));
        return all;
    }
}
