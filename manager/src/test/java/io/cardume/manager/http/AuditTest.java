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

    private static AuditEntry entry(String path, Optional<String> proof) {
        return new AuditEntry(Instant.parse("2026-11-21T12:00:00Z"), Optional.of(new UserName("ana")), proof, "10.0.0.1:5", "POST", path,
                List.of(), List.of(), 200, Optional.empty(), Optional.empty());
    }

    private static AuditEntry entry(String path) {
        return entry(path, Optional.of("token"));
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
            for (int i = 0; i < 10_000; i++) audit.add(entry("/nobody", Optional.empty()));
            audit.add(entry("/kept"));

            assertThat(audit.newest(1_000)).hasSizeLessThan(200);
            assertThat(audit.newest(1).getFirst().path()).isEqualTo("/kept");
            assertThat(audit.newest(1_000).stream().mapToLong(told -> 1 + told.leftOut().orElse(0L)).sum()).isEqualTo(10_002);
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
