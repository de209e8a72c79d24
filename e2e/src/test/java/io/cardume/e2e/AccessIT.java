package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Users of the API from another host, as the docker CLIs and curl have them. */
@ExtendWith(OnFleet.class)
@Order(7)
class AccessIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    private Path directory;

    private final Cluster cluster;

    AccessIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void usersAreKeptToWhatTheyMayDo() throws IOException, InterruptedException {
        String token = cluster.user("add", "sam", "--role", "deployer", "--namespace", "shop", "--out", directory.resolve("sam").toString()).ok().line();
        cluster.user("add", "vera", "--role", "viewer", "--out", directory.resolve("vera").toString()).ok();
        for (String file : List.of("ca.pem", "cert.pem", "key.pem"))
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("sam").resolve(file)))).isEqualTo("rw-------");
        cluster.cli().run("service", "create", "-d", "--name", "other", "cardume/web:1").ok();
        Path stack = Files.writeString(directory.resolve("shop.yaml"), "version: '3.7'\nservices: {web: {image: 'cardume/web:1'}}\n");

        for (Cli each : cluster.clis()) {
            Cli sam = each.at(cluster.apiAddress(), directory.resolve("sam"));
            Cli vera = each.at(cluster.apiAddress(), directory.resolve("vera"));
            sam.run("stack", "deploy", "-c", stack.toString(), "shop").ok();
            assertThat(sam.run("stack", "deploy", "-c", stack.toString(), "blog").fails().err()).contains("user sam is a deployer of shop");
            Task task = cluster.awaitRunning("shop_web", 1).getFirst();
            assertThat(sam.run("service", "ls", "--format", "{{.Name}}").ok().lines()).containsExactly("shop_web");
            sam.run("service", "ps", "shop_web").ok();
            assertThat(sam.run("exec", task.container(), "echo", "in").ok().line()).isEqualTo("in");
            assertThat(sam.run("service", "inspect", "other").fails().err()).contains("no such service");
            assertThat(sam.run("service", "create", "-d", "--name", "bound", "--label", "com.docker.stack.namespace=shop", "--mount", "type=bind,src=/,dst=/host", "cardume/web:1")
                    .fails().err()).contains("bind mounts", "cardume policy --allow bind");
            assertThat(vera.run("service", "ls", "--format", "{{.Name}}").ok().lines()).contains("shop_web", "other");
            assertThat(vera.run("service", "rm", "other").fails().err()).contains("user vera is a viewer");
            assertThat(each.at(cluster.apiAddress()).run(Map.of("DOCKER_TLS", "1"), "service", "ls").fails().err()).isNotBlank();
        }

        assertThat(curl(token, "/services").out()).contains("shop_web").doesNotContain("\"other\"");
        assertThat(curl("wrong", "/services").out()).contains("the token is no user's");
        Cli sam = cluster.cli().at(cluster.apiAddress(), directory.resolve("sam"));
        Process events = sam.start(directory.resolve("events"), "events");
        Await.until("the stream is open", LIMIT, () -> {
            cluster.cli().run("service", "update", "-d", "--label-add", "x=" + System.nanoTime(), "shop_web");
            return Files.readString(directory.resolve("events"));
        }, said -> said.contains("shop_web"));
        cluster.user("rm", "sam").ok();
        assertThat(events.waitFor(90, java.util.concurrent.TimeUnit.SECONDS)).as("the stream ends with its user").isTrue();
        assertThat(sam.run("service", "ls").fails().err()).contains("the user was removed");
        assertThat(curl(token, "/services").out()).contains("the token is no user's");
        cluster.user("rm", "vera").ok();
    }

    private Ran curl(String token, String path) {
        return Ran.of(LIMIT, Map.of(), List.of("curl", "-sS", "--cacert", cluster.admin().resolve("ca.pem").toString(), "-H", "Authorization: Bearer " + token,
                cluster.apiAddress().replace("tcp:", "https:") + path)).ok();
    }
}
