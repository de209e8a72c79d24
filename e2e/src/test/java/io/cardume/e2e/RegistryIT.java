package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Host.Daemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Images of a registry that wants a login: Debian's docker-registry on the manager's host. */
@ExtendWith(OnFleet.class)
@Order(81)
class RegistryIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String PASSWORD = "open-sesame-4711";
    private final Cluster cluster;
    @TempDir
    private Path directory;

    RegistryIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void loginOfTheClientPullsOnEveryHostAndIsShownNowhere() throws Exception {
        String registry = cluster.fleet().manager().address() + ":5000";
        String image = registry + "/private/web:1";
        Daemon daemon = serve();
        try {
            Path config = Files.createDirectory(directory.resolve("docker"));
            Files.writeString(config.resolve("config.json"), "{\"auths\":{\"" + registry + "\":{\"auth\":\""
                    + Base64.getEncoder().encodeToString(("me:" + PASSWORD).getBytes(StandardCharsets.UTF_8)) + "\"}}}");
            String engine = "unix://" + cluster.fleet().host(1).socket();
            docker(config, engine, "tag", "cardume/web:1", image).ok();
            Await.until("the image is pushed", LIMIT, () -> docker(config, engine, "push", image), ran -> ran.exit() == 0);
            docker(config, engine, "rmi", image).ok();

            String manager = cluster.localCli().server();
            docker(config, manager, "service", "create", "-d", "--with-registry-auth", "--no-resolve-image", "--name", "mine",
                    "--replicas", "3", "--replicas-max-per-node", "1", image).ok();
            cluster.awaitRunning("mine", 3);

            assertThat(docker(config, manager, "service", "inspect", "mine").ok().out()).doesNotContain(PASSWORD);
            assertThat(cluster.managerLog()).doesNotContain(PASSWORD);
            String login = Base64.getEncoder().encodeToString(("me:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
            Ran found = Ran.of(LIMIT, Map.of(), List.of("grep", "-rlaE", PASSWORD + "|" + login, cluster.fleet().manager().directory().resolve("manager").toString()));
            assertThat(found.lines()).as("%s", found).isEmpty();
        } finally {
            daemon.kill();
        }
    }

    private Daemon serve() throws IOException {
        for (String needed : List.of("/usr/bin/docker-registry", "/usr/bin/htpasswd")) {
            if (!Files.isExecutable(Path.of(needed))) {
                throw new IllegalStateException(needed + " is missing. Run: apt-get install -y docker-registry apache2-utils");
            }
        }
        Path users = directory.resolve("users");
        Files.writeString(users, Ran.of(LIMIT, Map.of(), List.of("/usr/bin/htpasswd", "-Bbn", "me", PASSWORD)).ok().out());
        Path config = directory.resolve("registry.yml");
        Files.writeString(config, """
                version: 0.1
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: ":5000"}
                auth: {htpasswd: {realm: here, path: %s}}
                """.formatted(directory.resolve("images"), users));
        return cluster.fleet().manager().run("registry", List.of("/usr/bin/docker-registry", "serve", config.toString()));
    }

    private Ran docker(Path config, String server, String... arguments) {
        return Ran.of(LIMIT, Map.of("DOCKER_HOST", server, "DOCKER_CONFIG", config.toString(), "DOCKER_CONTEXT", "", "TZ", "UTC"),
                Stream.concat(Stream.of(cluster.cli().binary().toString()), Stream.of(arguments)).toList());
    }
}
