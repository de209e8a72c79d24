package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.AuditEntry;
import io.cardume.api.UserName;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who changed what. */
class AuditTest {
    @TempDir
    private Path directory;

    private static AuditEntry entry(String user, String path, Optional<String> proof, int status) {
        return new AuditEntry(Instant.parse("2026-11-21T12:00:00Z"), Optional.of(new UserName(user)), proof, "10.0.0.1:5", "POST", path,
                List.of(), List.of(), status, Optional.empty(), Optional.empty());
    }

    private static AuditEntry entry(String path) {
        return entry("ana", path, Optional.of("token"), 200);
    }

    @Test
    void whatWasAskedToChangeIsToldAndNothingElse() throws IOException {
        var socket = directory.resolve("api.sock");
        try (var cluster = new ServedCluster(new ApiAddress.Unix(socket))) {
            var viewer = cluster.user("{\"Name\":\"vera\",\"Role\":\"viewer\"}");
            var deployer = cluster.user("{\"Name\":\"dora\",\"Role\":\"deployer\"}");
            cluster.as(deployer, "GET", "/services", "");
            var id = cluster.as(deployer, "POST", "/v1.44/services/create", ServedCluster.service("web", 1)).json().get("ID").asText();
            cluster.as(viewer, "DELETE", "/services/web", "");
            cluster.as("wrong", "DELETE", "/services/web", "");
            cluster.as(deployer, "POST", "/secrets/create", "{\"Name\":\"s\",\"Data\":\"cGxhbnRlZA==\"}");
            cluster.as(deployer, "POST", "/apply?stack=shop&env=PASSWORD=planted", "services: {api: {image: 'a:1'}, db: {image: 'd:1'}}");
            try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                channel.write(ByteBuffer.wrap("DELETE /services/web HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
                channel.read(ByteBuffer.allocate(1));
            }

            var told = cluster.get("/audit?limit=6").json();
            assertThat(told).hasSize(6);
            assertThat(told.get(0).path("From").asText()).isEqualTo("user " + System.getProperty("user.name") + " of this host");
            assertThat(told.get(0).path("Proof").asText()).isEqualTo("host");
            assertThat(told.get(0).path("Objects").get(0).asText()).isEqualTo("service web (" + id + ")");
            assertThat(told.get(1).path("Query").toString()).isEqualTo("[\"env\",\"stack\"]");
            assertThat(told.get(1).path("Objects").toString()).contains("network shop_default (", "service shop_api (", "service shop_db (");
            assertThat(told.get(2).path("Objects").get(0).asText()).startsWith("secret s (");
            assertThat(told.get(3).has("User")).isFalse();
            assertThat(told.get(3).path("Status").asInt()).isEqualTo(401);
            assertThat(told.get(4).path("User").asText()).isEqualTo("vera");
            assertThat(told.get(4).path("Status").asInt()).isEqualTo(403);
            assertThat(told.get(4).path("Message").asText()).contains("needs a deployer");
            assertThat(told.get(3).path("Message").asText()).contains("the token is no user's");
            assertThat(told.get(4).has("Objects")).isFalse();
            assertThat(told.get(5).path("User").asText()).isEqualTo("dora");
            assertThat(told.get(5).path("Path").asText()).isEqualTo("/v1.44/services/create");
            assertThat(told.get(5).path("From").asText()).startsWith("127.0.0.1:");
            assertThat(cluster.get("/audit?limit=1000").text()).doesNotContain("planted", "cGxhbnRlZA", viewer, deployer);
        }
    }

    @Test
    void commandsInContainersAreToldWithoutTheirArguments() {
        try (var cluster = new ServedCluster()) {
            cluster.post("/services/create", ServedCluster.service("web", 1));
            cluster.agentsAct();
            var container = Lookup.fullName(cluster.state(), cluster.state().tasks().values().iterator().next());
            var exec = cluster.post("/containers/" + container + "/exec", "{\"Cmd\":[\"mysql\",\"-pplanted\"],\"Env\":[\"P=planted\"]}").json().get("Id").asText();
            cluster.post("/exec/" + exec + "/start", "{\"Detach\":true}");

            for (AuditEntry told : cluster.audit.newest(2)) assertThat(told.objects()).containsExactly("task " + container, "command mysql");
            assertThat(cluster.get("/audit").text()).doesNotContain("planted");
        }
    }

    @Test
    void filesAreTheirOwnersAloneAndAreKeptSmall() throws IOException {
        var file = directory.resolve("audit.log");
        try (var audit = new Audit(file, 1_000)) {
            for (int i = 0; i < 100; i++) audit.add(entry("/" + i));
        }
        try (var files = Files.list(directory)) {
            var all = files.toList();
            assertThat(all).hasSize(8);
            for (Path each : all) {
                assertThat(Files.size(each)).isLessThan(1_500);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each))).isEqualTo("rw-------");
            }
        }
    }

    @Test
    void isGoneOnWithAfterARestartAndAfterALineThatWasCutOff() throws IOException {
        var file = directory.resolve("audit.log");
        try (var audit = new Audit(file)) {
            audit.add(entry("/1"));
            audit.add(entry("/2"));
        }
        Files.writeString(file, "{\"At\":\"2026", StandardOpenOption.APPEND);
        try (var audit = new Audit(file)) {
            audit.add(entry("/3"));
        }
        try (var audit = new Audit(file)) {
            assertThat(audit.newest(10)).extracting(AuditEntry::path).containsExactly("/3", "/2", "/1");
        }
    }

    @Test
    void whoProvesNothingCannotFillIt() throws IOException {
        try (var audit = new Audit(directory.resolve("audit.log"))) {
            audit.add(entry("/kept"));
            for (int i = 0; i < 10_000; i++) audit.add(entry("ana", "/nobody", Optional.empty(), 401));
            audit.add(entry("/kept"));

            assertThat(audit.newest(1_000)).hasSizeLessThan(200);
            assertThat(audit.newest(1).getFirst().path()).isEqualTo("/kept");
        }
    }

    @Test
    void whatWasRefusedPushesOutNothingThatWasDoneNorWhatOthersWereRefused() throws IOException {
        var file = directory.resolve("audit.log");
        try (var audit = new Audit(file, 2_000)) {
            audit.add(entry("/done"));
            audit.add(entry("zoe", "/zoe", Optional.of("token"), 403));
            for (int i = 0; i < 5_000; i++) audit.add(entry("eve", "/eve", Optional.of("token"), 403));
            audit.add(entry("zoe", "/zoe", Optional.of("token"), 404));

            assertThat(audit.newest(1_000)).extracting(AuditEntry::path).contains("/done").containsOnlyOnce("/done").filteredOn("/zoe"::equals).hasSize(2);
            assertThat(audit.newest(1_000).stream().mapToLong(told -> 1 + told.leftOut().orElse(0L)).sum()).as("what is left out is counted").isEqualTo(5_003);
        }
        assertThat(Files.readAllLines(file)).singleElement().asString().contains("/done");
        assertThat(directory.resolve("audit-refused.log")).content().contains("/zoe");
        try (var audit = new Audit(file, 2_000)) {
            assertThat(audit.newest(1_000)).extracting(AuditEntry::path).contains("/done", "/zoe");
        }
    }

    @Test
    void keysAndTokensThatWereShownAreTold() {
        try (var cluster = new ServedCluster()) {
            var viewer = cluster.user("{\"Name\":\"vera\",\"Role\":\"viewer\"}");
            var version = cluster.get("/swarm").json().path("Version").path("Index").asText();
            cluster.as(viewer, "GET", "/swarm", "");
            cluster.post("/swarm/update?version=" + version + "&rotateWorkerToken=1", "{\"EncryptionConfig\":{\"AutoLockManagers\":true},\"CAConfig\":{\"ForceRotate\":1}}");
            var key = cluster.get("/swarm/unlockkey").json().path("UnlockKey").asText();
            cluster.as(viewer, "GET", "/swarm/unlockkey", "");
            cluster.post("/swarm/unlock", "{\"UnlockKey\":\"SWMKEY-1-planted\"}");
            version = cluster.get("/swarm").json().path("Version").path("Index").asText();
            cluster.post("/swarm/update?rotateManagerUnlockKey=1&version=" + version, "{\"EncryptionConfig\":{\"AutoLockManagers\":true},\"CAConfig\":{\"ForceRotate\":1}}");

            var told = cluster.audit.newest(7).reversed();
            assertThat(told).extracting(entry -> entry.method() + " " + entry.path() + " " + entry.status()).containsExactly("GET /swarm 200", "POST /swarm/update 200",
                    "GET /swarm/unlockkey 200", "GET /swarm/unlockkey 403", "POST /swarm/unlock 409", "GET /swarm 200", "POST /swarm/update 200");
            assertThat(told.get(0).objects()).containsExactly("the join tokens were shown");
            assertThat(told.get(1).objects()).anyMatch(words -> words.startsWith("cluster (")).anyMatch(words -> words.startsWith("root "))
                    .contains("another join token for workers", "the root is rotated to it", "the manager is locked at its starts from when the unlock key was shown");
            assertThat(told.get(2).objects()).containsExactly("the unlock key was shown");
            assertThat(told.get(6).objects()).contains("another unlock key").doesNotContain("another join token for workers");
            assertThat(cluster.get("/audit").text()).doesNotContain(key, "planted");
        }
    }

    @Test
    void whatARefusedRequestSaidIsNotTold() throws IOException {
        try (var cluster = new ServedCluster()) {
            var sam = cluster.user("{\"Name\":\"sam\",\"Role\":\"deployer\",\"Namespaces\":[\"shop\"]}");
            var service = "{\"Name\":\"shop_x\",\"Labels\":{\"com.docker.stack.namespace\":\"shop\"%s},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a:1\"%s}}}";
            int before = cluster.audit.newest(100).size();
            var bodies = List.of("planted", "{\"Name\":\"planted!\"}", service.formatted("", ",\"Env\":[\"=planted\"]"),
                    service.formatted(",\"cardume.planted\":\"planted\"", ""), service.formatted(",\"cardume.http.port\":\"planted\"", ""),
                    service.formatted("", ",\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"planted\",\"Target\":\"/d\"}]"),
                    service.formatted("", ",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/planted\",\"Target\":\"/d\"}]"));
            for (String body : bodies) assertThat(cluster.as(sam, "POST", "/services/create", body).status()).as(body).isBetween(400, 403);
            assertThat(cluster.as(sam, "PUT", "/services/shop_x", service.formatted("", ",\"planted\":1")).message()).contains("planted");
            cluster.as("planted", "POST", "/services/create", "{}");
            var told = cluster.audit.newest(100);
            assertThat(told).hasSize(before + bodies.size() + 2).allSatisfy(entry -> assertThat(entry.toString()).doesNotContain("planted"));
            assertThat(told.get(2).message().orElseThrow()).contains("user sam is a deployer of shop", "bind mounts");
        }
    }

    @Test
    void entriesAreBounded() {
        try (var cluster = new ServedCluster()) {
            var query = new StringBuilder("stack=shop");
            for (int i = 0; i < 300; i++) query.append("&").append("q".repeat(100)).append(i).append("=1");
            var body = new StringBuilder("services: {");
            for (int i = 0; i < 200; i++) body.append(i == 0 ? "" : ", ").append("s").append("x".repeat(40)).append(i).append(": {image: 'a:1'}");
            assertThat(cluster.post("/apply?stack=shop", body + "}").status()).isEqualTo(200);
            assertThat(cluster.audit.newest(1).getFirst().objects().getLast()).matches("and [0-9]+ more");
            cluster.delete("/services/" + "%01".repeat(1_000) + "?" + query);
            for (AuditEntry entry : cluster.audit.newest(2)) assertThat(entry.toString().length()).isBetween(500, 8_000);
            assertThat(cluster.audit.newest(1).getFirst().path()).hasSizeLessThan(600);
        }
    }

    @Test
    void aFileThatCannotBeWrittenStopsNobodyAndIsCounted() throws IOException {
        var file = directory.resolve("audit.log");
        try (var audit = new Audit(file)) {
            Files.createDirectory(file);
            audit.add(entry("/lost"));
            audit.add(entry("/lost"));
            Files.delete(file);
            audit.add(entry("/kept"));
            assertThat(audit.newest(10)).singleElement().satisfies(told -> assertThat(told.leftOut()).contains(2L));
        }
    }
}
