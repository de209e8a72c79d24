package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.HostPower;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A deployer of one namespace next to another one, and what it tries. */
class NamespacesTest {
    private final ServedCluster cluster = new ServedCluster();
    private String sam;
    private String blogSecret;
    private String blogService;

    @BeforeEach
    void twoNamespaces() {
        sam = cluster.user("{\"Name\":\"sam\",\"Role\":\"deployer\",\"Namespaces\":[\"shop\"]}");
        for (String space : new String[] {"blog", "shop", "blog_next"}) {
            made("/networks/create", "{\"Name\":\"" + space + "_net\",\"Driver\":\"overlay\"," + labels(space, "") + "}");
            made("/secrets/create", "{\"Name\":\"" + space + "_secret\",\"Data\":\"" + PEM + "\"," + labels(space, "") + "}");
            made("/configs/create", "{\"Name\":\"" + space + "_config\",\"Data\":\"eA==\"," + labels(space, "") + "}");
            made("/services/create", service(space + "_web", labels(space, ""), "", ""));
            made("/services/create", service(space + "_door", labels(space, ",\"cardume.http.port\":\"80\",\"cardume.http.host\":\"" + space + ".example,*." + space + ".example\""), "", ""));
        }
        cluster.agentsAct();
        blogSecret = cluster.get("/secrets/blog_secret").json().get("ID").asText();
        blogService = cluster.get("/services/blog_web").json().get("ID").asText();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static final String PEM = java.util.Base64.getEncoder().encodeToString(
            "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    private void made(String path, String body) {
        assertThat(cluster.post(path, body).status()).as(path + body).isEqualTo(201);
    }

    private static String labels(String space, String more) {
        return "\"Labels\":{\"com.docker.stack.namespace\":\"" + space + "\"" + more + "}";
    }

    private static String service(String name, String labels, String container, String task) {
        return "{\"Name\":\"" + name + "\"," + labels + ",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a:1\"" + container + "}" + task + "}}";
    }

    private static String shop(String name, String container, String task) {
        return service(name, labels("shop", ""), container, task);
    }

    private void refused(String method, String path, String body, int status, String... words) {
        var answer = cluster.as(sam, method, path, body);
        assertThat(answer.status()).as(method + " " + path + " " + body + " -> " + answer.text()).isEqualTo(status);
        for (String word : words) assertThat(answer.message()).contains(word);
    }

    private String version(String path) {
        return cluster.get(path).json().get("Version").get("Index").asText();
    }

    @Test
    void whatIsAnothersIsNotThereByNameOrIdOrItsBeginning() {
        var task = cluster.state().tasksOf(cluster.state().serviceNamed("blog_web").orElseThrow().id()).getFirst();
        var container = Lookup.fullName(cluster.state(), task);
        var network = cluster.get("/networks/blog_net").json().get("Id").asText();
        for (String service : new String[] {"blog_web", blogService, blogService.substring(0, 24)})
            for (String more : new String[] {"", "/explain", "/endpoints", "/revisions", "/runs", "/logs?stdout=1"})
                refused("GET", "/services/" + service + more, "", 404, "not found");
        for (String more : new String[] {"", "/explain", "/logs?stdout=1"}) refused("GET", "/tasks/" + task.id() + more, "", 404, "not found");
        for (String more : new String[] {"json", "logs?stdout=1", "top", "stats", "archive"}) refused("GET", "/containers/" + container + "/" + more, "", 404, "No such container");
        for (String path : new String[] {"/secrets/blog_secret", "/secrets/" + blogSecret, "/configs/blog_config", "/networks/blog_net", "/networks/" + network,
            "/secrets/blog_secret/users", "/tasks?filters=" + ServedCluster.query("{\"service\":[\"blog_web\"]}")}) refused("GET", path, "", 404);

        refused("DELETE", "/services/" + blogService, "", 404);
        refused("POST", "/services/blog_web/update?version=" + version("/services/blog_web"), shop("blog_web", "", ""), 404);
        refused("POST", "/services/blog_web/update?rollback=previous&version=" + version("/services/blog_web"), "{}", 404);
        refused("DELETE", "/secrets/" + blogSecret, "", 404);
        refused("POST", "/secrets/blog_secret/update?version=" + version("/secrets/blog_secret"), "{\"Name\":\"blog_secret\"," + labels("shop", "") + "}", 404);
        refused("DELETE", "/networks/blog_net", "", 404);
        refused("POST", "/containers/" + container + "/exec", "{\"Cmd\":[\"sh\"]}", 404);
        refused("POST", "/rebalance", "{\"Services\":[\"blog_web\"]}", 404);
        refused("GET", "/users", "", 403);
    }

    @Test
    void listsAndEventsLeaveOutWhatIsAnothers() {
        var since = "/events?since=1&until=" + (Instant.now().getEpochSecond() + 1);
        for (String path : new String[] {"/services", "/tasks", "/secrets", "/configs", "/networks", since}) {
            var text = cluster.as(sam, "GET", path, "").text();
            if (!path.startsWith("/containers")) assertThat(text).as(path).containsAnyOf("shop", cluster.get("/services/shop_web").json().get("ID").asText());
            assertThat(text).as(path).doesNotContain("blog").doesNotContain(blogService);
            assertThat(cluster.get(path).text()).as(path).containsAnyOf("blog", blogService);
        }
        for (String path : new String[] {"/rebalance", "/nodes/worker/explain", "/nodes", "/networks/ingress?verbose=true", "/networks/shop_net?verbose=true", "/containers/json?all=1", "/swarm", "/info"})
            assertThat(cluster.as(sam, "GET", path, "").text()).as(path).doesNotContain("blog").doesNotContain(blogService);
        assertThat(cluster.as(sam, "POST", "/networks/prune", "").text()).contains("shop_net").doesNotContain("blog");
        assertThat(cluster.get("/networks/blog_net").status()).isEqualTo(200);
    }

    @Test
    void whatIsMadeOrChangedIsOfOnesOwnNamespaceBeforeAndAfter() {
        for (String labels : new String[] {"\"Labels\":{}", labels("blog", ""), labels("", "")}) {
            refused("POST", "/services/create", service("mine", labels, "", ""), 403, "service mine is not", "com.docker.stack.namespace=shop");
            refused("PUT", "/services/mine", service("mine", labels, "", ""), 403);
            refused("POST", "/secrets/create", "{\"Name\":\"mine\",\"Data\":\"eA==\"," + labels + "}", 403, "secret mine is not");
            refused("POST", "/configs/create", "{\"Name\":\"mine\",\"Data\":\"eA==\"," + labels + "}", 403);
            refused("POST", "/networks/create", "{\"Name\":\"mine\",\"Driver\":\"overlay\"," + labels + "}", 403, "network mine is not");
            refused("POST", "/services/shop_web/update?version=" + version("/services/shop_web"), service("shop_web", labels, "", ""), 403);
            refused("POST", "/secrets/shop_secret/update?version=" + version("/secrets/shop_secret"), "{\"Name\":\"shop_secret\"," + labels + "}", 403);
        }
        refused("PUT", "/services/blog_web", shop("blog_web", "", ""), 403);
        refused("POST", "/services/create", shop("blog_web2", "", ""), 403, "begins as the names of another namespace");
        refused("POST", "/apply?stack=blog&dryRun=1", "services: {web: {image: 'a:1'}}", 403, "stack blog is not");
        refused("POST", "/apply?stack=blog&prune=1", "services: {x: {image: 'a:1'}}", 403);

        assertThat(cluster.as(sam, "POST", "/services/create", shop("mine", "", "")).status()).isEqualTo(201);
        assertThat(cluster.as(sam, "POST", "/apply?stack=shop", "services: {api: {image: 'a:1', volumes: ['shop_data:/d', 'data:/e']}}\nvolumes: {shop_data: {name: shop_data}, data: {}}").text())
                .contains("shop_api");
        assertThat(cluster.as(sam, "POST", "/services/shop_web/update?version=" + version("/services/shop_web"), shop("shop_web", "", "")).status()).isEqualTo(200);
        assertThat(cluster.as(sam, "DELETE", "/services/shop_web", "").status()).isEqualTo(200);
    }

    @Test
    void nothingOfAnotherIsReferredTo() {
        var file = ",\"File\":{\"Name\":\"f\",\"UID\":\"0\",\"GID\":\"0\",\"Mode\":292}}]";
        var secret = ",\"Secrets\":[{\"SecretID\":\"" + blogSecret + "\",\"SecretName\":\"blog_secret\"" + file;
        var config = ",\"Configs\":[{\"ConfigID\":\"" + cluster.get("/configs/blog_config").json().get("ID").asText() + "\",\"ConfigName\":\"blog_config\"" + file;
        var network = ",\"Networks\":[{\"Target\":\"blog_net\"}]";
        refusedAsIfMissing("POST", "/services/create", shop("x", secret, ""), 400, "secret not found: blog_secret");
        refusedAsIfMissing("POST", "/services/create", shop("x", config, ""), 400, "config not found: blog_config");
        refusedAsIfMissing("POST", "/services/create", shop("x", "", network), 404, "network blog_net not found");
        refusedAsIfMissing("POST", "/services/shop_web/update?version=" + version("/services/shop_web"), shop("shop_web", secret, ""), 400);
        refusedAsIfMissing("PUT", "/services/x", shop("x", "", network), 404);
        refusedAsIfMissing("POST", "/apply?stack=shop", "services: {api: {image: 'a:1', networks: [n]}}\nnetworks: {n: {external: true, name: blog_net}}", 400, "does not exist");
        refusedAsIfMissing("POST", "/apply?stack=shop", "services: {api: {image: 'a:1', secrets: [s]}}\nsecrets: {s: {external: true, name: blog_secret}}", 400, "does not exist");
        made("/services/create", service("blog_tls", labels("blog", ",\"cardume.http.port\":\"80\",\"cardume.http.host\":\"tls.example\",\"cardume.http.tls\":\"blog_next_secret\""), "", ""));
        for (String taken : new String[] {"", ",\"cardume.http.host\":\"shop.example\"", ",\"cardume.http.host\":\"tls.example\""})
            refusedAsIfMissing("POST", "/services/create", service("x", labels("shop", ",\"cardume.http.port\":\"80\",\"cardume.http.tls\":\"blog_secret\"" + taken), "", ""),
                    400, "\"blog_secret\" is not allowed", "there is none called so");
    }

    /** With the very words for what nobody has. */
    private void refusedAsIfMissing(String method, String path, String body, int status, String... words) {
        refused(method, path, body, status, words);
        for (var space : List.of("blog_secret", "blog_config", "blog_net"))
            if (body.contains(space)) {
                var missing = body.replace(space, "none_such").replaceAll("(Secret|Config)ID\":\"\\w+", "$1ID\":\"nonesuch");
                assertThat(cluster.as(sam, method, path, body).text().replace(space, "none_such")).isEqualTo(cluster.as(sam, method, path, missing).text());
            }
    }

    /** Whether the other service is there now, comes later, or never: it is not bound, and nothing is told of it. */
    @Test
    void servicesOfAnotherAreNotBoundByNamingThem() {
        for (String name : List.of("web", "blog_web", "later", "blog_later")) {
            var labels = labels("shop", ",\"cardume.apart\":\"" + name + "\",\"cardume.after\":\"" + name + "\"");
            var answer = cluster.as(sam, "POST", "/services/create", service("x", labels, "", ""));
            assertThat(answer.status()).as(name).isEqualTo(201);
            if (name.equals("later")) made("/services/create", service("later", labels("blog", ""), "", ""));
            if (name.equals("blog_later")) made("/services/create", service("blog_later", labels("blog", ""), "", ""));
            cluster.agentsAct();
            var explained = cluster.as(sam, "GET", "/services/x/explain", "").text();
            if (name.equals("web")) assertThat(explained).doesNotContain("waits for");
            else assertThat(explained).contains("waits for " + name + ", which does not exist in stack shop");
            assertThat(cluster.state().tasksOf(cluster.state().serviceNamed("later").or(() -> cluster.state().serviceNamed("blog_web")).orElseThrow().id()))
                    .allSatisfy(task -> assertThat(task.node()).isPresent());
            assertThat(cluster.as(sam, "DELETE", "/services/x", "").status()).isEqualTo(200);
            cluster.agentsAct();
        }
    }

    @ParameterizedTest
    @CsvSource({"blog.example, 403", "BLOG.example, 403", "a.blog.example, 403", "*.example, 403", "*.a.blog.example, 403", "shop.example, 201", "xblog.example, 201", "'', 201"})
    void hostNamesOfAnotherAreNotTaken(String host, int status) {
        var labels = labels("shop", ",\"cardume.http.port\":\"80\"" + (host.isEmpty() ? "" : ",\"cardume.http.host\":\"" + host + "\""));
        var answer = cluster.as(sam, "POST", "/services/create", service("x", labels, "", ""));
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        refused("POST", "/services/create", service("y", labels("shop", ",\"cardume.http.port\":\"80\",\"cardume.http.tls\":\"blog_secret\",\"cardume.http.host\":\"y.example\""), "", ""), 400, "there is none called so");
    }

    @ParameterizedTest
    @CsvSource({"shop_data, 201", "'', 201", "shop_{{.Task.Slot}}, 201", "data, 403", "blog_data, 403", "shop, 403", "shop_b_data, 403", "sho{{.Task.Slot}}, 403", "shop_{{.Service.Name}}, 201"})
    void volumesOfAnotherAreNotMounted(String volume, int status) {
        var mount = ",\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"" + volume + "\",\"Target\":\"/d\"}]";
        if (volume.equals("shop_b_data")) cluster.user("{\"Name\":\"ben\",\"Role\":\"viewer\",\"Namespaces\":[\"shop_b\"]}");
        var answer = cluster.as(sam, "POST", "/services/create", shop("x", mount, ""));
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        if (!volume.equals("shop_{{.Task.Slot}}")) return;
        cluster.user("{\"Name\":\"ben\",\"Role\":\"viewer\",\"Namespaces\":[\"shop_b\"]}");
        refused("POST", "/services/create", shop("z", mount, ""), 403, "volume");
    }

    @Test
    void refusalsTellNothingOfAnothers() {
        var door = labels("blog", ",\"cardume.http.port\":\"80\",\"cardume.http.tls\":\"blog_secret\"");
        var ports = "\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80,\"PublishedPort\":8088}]},";
        made("/services/create", service("blog_ports", ports + door, "", ",\"Networks\":[{\"Target\":\"shop_net\"}]"));
        made("/networks/create", "{\"Name\":\"blog_far\",\"Driver\":\"overlay\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.77.0.0/24\"}]}," + labels("blog", "") + "}");
        var file = ",\"File\":{\"Name\":\"f\",\"UID\":\"0\",\"GID\":\"0\",\"Mode\":292}}]";
        var shopSecret = cluster.get("/secrets/shop_secret").json().get("ID").asText();
        made("/services/create", service("blog_user", labels("blog", ""), ",\"Secrets\":[{\"SecretID\":\"" + shopSecret + "\",\"SecretName\":\"shop_secret\"" + file, ""));
        made("/secrets/create", "{\"Name\":\"blog_text\",\"Data\":\"eA==\"," + labels("blog", "") + "}");

        hidden("POST", "/services/create", service("x", ports + labels("shop", ""), "", ""), "8088", "another service");
        hidden("POST", "/networks/create", "{\"Name\":\"x\",\"Driver\":\"overlay\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.77.0.0/25\"}]}," + labels("shop", "") + "}", "overlaps", "another network");
        hidden("DELETE", "/networks/shop_net", "", "in use", "another namespace");
        hidden("DELETE", "/secrets/shop_secret", "", "in use", "other namespaces");
        hidden("POST", "/services/create", service("x", labels("shop", ",\"cardume.http.port\":\"80\",\"cardume.http.tls\":\"shop_secret\""), "", ""), "another certificate");
        refused("POST", "/services/create", service("x", labels("shop", ",\"cardume.http.port\":\"80\",\"cardume.http.tls\":\"blog_text\""), "", ""), 400, "there is none called so");
        // Saying what another's service is gets the same answer as saying what it is not.
        var same = cluster.as(sam, "PUT", "/services/blog_web", service("blog_web", labels("blog", ""), "", ""));
        var other = cluster.as(sam, "PUT", "/services/blog_web", service("blog_web", labels("blog", ""), ",\"Dir\":\"/x\"", ""));
        assertThat(same.status()).isEqualTo(403);
        assertThat(same.text()).isEqualTo(other.text());
        assertThat(cluster.put("/services/blog_web", service("blog_web", labels("blog", ""), "", "")).text()).contains("unchanged");
    }

    private void hidden(String method, String path, String body, String... words) {
        var answer = cluster.as(sam, method, path, body);
        assertThat(answer.status()).as(path + " " + answer.text()).isIn(400, 409);
        assertThat(answer.message()).contains(words).doesNotContain("blog");
    }

    @Test
    void subnetsOutsideThePoolAreForWhomThePolicySays() {
        var asked = "{\"Name\":\"x\",\"Driver\":\"overlay\",\"IPAM\":{\"Config\":[{\"Subnet\":\"SUBNET\"}]}," + labels("shop", "") + "}";
        refused("POST", "/networks/create", asked.replace("SUBNET", "192.168.7.0/24"), 403, "IPAM.Config[0].Subnet", "cardume policy --allow subnet");
        refused("POST", "/networks/create", asked.replace("SUBNET", "8.0.0.0/8"), 403);
        for (String never : new String[] {"0.0.0.0/8", "127.1.0.0/16", "169.254.169.0/24", "224.0.0.0/8", "240.0.0.0/24"}) {
            var answer = cluster.post("/networks/create", asked.replace("SUBNET", never));
            assertThat(answer.status()).as(never).isEqualTo(400);
            assertThat(answer.message()).contains("IPAM.Config[0].Subnet", never, "169.254.0.0/16");
        }
        assertThat(cluster.as(sam, "POST", "/networks/create", asked.replace("SUBNET", "10.88.0.0/24")).status()).isEqualTo(201);
    }

    @Test
    void mountsAreBounded() {
        var mounts = new StringBuilder();
        for (int i = 0; i < 513; i++) mounts.append(i == 0 ? "" : ",").append("{\"Type\":\"volume\",\"Source\":\"shop_v\",\"Target\":\"/d" + i + "\"}");
        refused("POST", "/services/create", shop("x", ",\"Mounts\":[" + mounts + "]", ""), 400, "TaskTemplate.ContainerSpec.Mounts", "513", "512");
        var most = mounts.substring(0, mounts.lastIndexOf(",{"));
        assertThat(cluster.as(sam, "POST", "/services/create", shop("x", ",\"Mounts\":[" + most + "]", "")).status()).isEqualTo(201);
    }

    @Test
    void versionsOfAnothersSecretAreNotFollowed() {
        made("/secrets/create", "{\"Name\":\"blog_pass1\",\"Data\":\"eA==\"," + labels("blog", ",\"cardume.name\":\"pass\"") + "}");
        assertThat(cluster.as(sam, "POST", "/secrets/create", "{\"Name\":\"shop_pass1\",\"Data\":\"eA==\"," + labels("shop", ",\"cardume.name\":\"pass\"") + "}").status()).isEqualTo(201);
        made("/secrets/create", "{\"Name\":\"blog_pass2\",\"Data\":\"eA==\"," + labels("blog", ",\"cardume.name\":\"pass\"") + "}");
        var id = cluster.get("/secrets/shop_pass1").json().get("ID").asText();
        var body = service("x", labels("shop", ",\"cardume.follow\":\"pass\""),
                ",\"Secrets\":[{\"SecretID\":\"" + id + "\",\"SecretName\":\"shop_pass1\",\"File\":{\"Name\":\"f\",\"UID\":\"0\",\"GID\":\"0\",\"Mode\":292}}]", "");
        assertThat(cluster.as(sam, "POST", "/services/create", body).text()).contains("ID");
        made("/secrets/create", "{\"Name\":\"blog_pass3\",\"Data\":\"eA==\"," + labels("blog", ",\"cardume.name\":\"pass\"") + "}");
        assertThat(cluster.get("/services/x").text()).contains("shop_pass1").doesNotContain("blog_pass");
    }

    @Test
    void whoWasMovedElsewhereSeesWhatIsThere() {
        assertThat(cluster.post("/users/sam/update", "{\"Role\":\"viewer\",\"Namespaces\":[\"blog\"]}").status()).isEqualTo(200);
        assertThat(cluster.as(sam, "GET", "/services", "").text()).contains("\"blog_web\"").doesNotContain("shop", "blog_next");
        assertThat(cluster.post("/users/create", "{\"Name\":\"x\",\"Role\":\"admin\",\"Namespaces\":[\"a\"]}").message()).contains("Namespaces", "an admin has none");
        assertThat(cluster.post("/users/create", "{\"Name\":\"x\",\"Role\":\"viewer\",\"Namespaces\":[\"a b\"]}").message()).contains("Namespaces[0]", "a b");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void powersOverHostsAreForWhomThePolicySays(boolean bounded) {
        var who = bounded ? sam : cluster.user("{\"Name\":\"dora\",\"Role\":\"deployer\"}");
        var bind = ",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/etc\",\"Target\":\"/d\"}]";
        var refusal = cluster.as(who, "POST", "/services/create", shop("x", bind, ""));
        assertThat(refusal.status()).isEqualTo(403);
        assertThat(refusal.message()).contains("Mounts[0]", "bind mounts", "cardume policy --allow bind");
        // Not by a detour either: by update, rollback, declaring, or a stack.
        assertThat(cluster.as(who, "POST", "/services/create", shop("x", "", "")).status()).isEqualTo(201);
        assertThat(cluster.as(who, "POST", "/services/x/update?version=" + version("/services/x"), shop("x", bind, "")).status()).isEqualTo(403);
        assertThat(cluster.as(who, "PUT", "/services/x", shop("x", bind, "")).status()).isEqualTo(403);
        assertThat(cluster.as(who, "POST", "/apply?stack=shop", "services: {api: {image: 'a:1', volumes: ['/etc:/d']}}").status()).isEqualTo(403);
        assertThat(cluster.as(who, "POST", "/apply?stack=shop&dryRun=1", "services: {api: {image: 'a:1', networks: [h]}}\nnetworks: {h: {external: true, name: host}}").status()).isEqualTo(403);
        // What an admin made is scaled, and nothing else: not given another image, not gone back to, no command in it.
        cluster.post("/services/x/update?version=" + version("/services/x"), shop("x", bind, ""));
        cluster.agentsAct();
        assertThat(cluster.as(who, "POST", "/services/x/update?version=" + version("/services/x"), shop("x", bind, "").replace("a:1", "a:2")).status()).isEqualTo(403);
        assertThat(cluster.as(who, "POST", "/services/x/update?version=" + version("/services/x"), shop("x", bind, ",\"ForceUpdate\":1").replaceAll("}$", ",\"Mode\":{\"Replicated\":{\"Replicas\":3}}}")).status()).isEqualTo(200);
        cluster.agentsAct();
        var container = Lookup.fullName(cluster.state(), cluster.state().tasksOf(cluster.state().serviceNamed("x").orElseThrow().id()).stream().filter(task -> task.isRunning()).findFirst().orElseThrow());
        assertThat(cluster.as(who, "POST", "/containers/" + container + "/exec", "{\"Cmd\":[\"sh\"]}").message()).contains("bind mounts");
        assertThat(cluster.as(who, "POST", "/services/x/update?version=" + version("/services/x"), shop("x", "", "")).status()).isEqualTo(200);
        assertThat(cluster.as(who, "POST", "/services/x/update?rollback=previous&version=" + version("/services/x"), "{}").status()).isEqualTo(403);

        var swarm = cluster.get("/swarm").json();
        assertThat(cluster.post("/swarm/update?version=" + version("/swarm"), swarm.get("Spec").toString().replace("\"Labels\":{}", "\"Labels\":{\"" + HostPower.POLICY + "\":\"binds\"}")).message())
                .contains("Labels[\"cardume.policy.deployers\"]", "binds", "bind");
        assertThat(cluster.post("/swarm/update?version=" + version("/swarm"), swarm.get("Spec").toString().replace("\"Labels\":{}", "\"Labels\":{\"" + HostPower.POLICY + "\":\"bind, sysctls\"}")).status()).isEqualTo(200);
        assertThat(cluster.as(who, "POST", "/services/x/update?version=" + version("/services/x"), shop("x", bind, "")).status()).isEqualTo(200);
        assertThat(cluster.as(who, "POST", "/services/x/update?version=" + version("/services/x"), shop("x", ",\"CapabilityAdd\":[\"SYS_ADMIN\"]", "")).message()).contains("capabilities");
    }

    @Test
    void commandsAreTheirMakersAndPrivilegedOnesAnAdmins() {
        var container = Lookup.fullName(cluster.state(), cluster.state().tasksOf(cluster.state().serviceNamed("shop_web").orElseThrow().id()).getFirst());
        refused("POST", "/containers/" + container + "/exec", "{\"Cmd\":[\"sh\"],\"Privileged\":true}", 403, "docker exec --privileged");
        var exec = cluster.post("/containers/" + container + "/exec", "{\"Cmd\":[\"sh\"],\"Privileged\":true}").json().get("Id").asText();
        refused("POST", "/exec/" + exec + "/start", "{\"Detach\":true}", 404);
        refused("GET", "/exec/" + exec + "/json", "", 404);
        assertThat(cluster.as(sam, "POST", "/containers/" + container + "/exec", "{\"Cmd\":[\"sh\"]}").status()).isEqualTo(201);
        assertThat(cluster.as(sam, "POST", "/exec/" + exec + "/start", "{\"Detach\":true}").status()).isEqualTo(200);
    }
}
