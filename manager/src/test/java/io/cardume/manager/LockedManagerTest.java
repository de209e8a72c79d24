package io.cardume.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.AddressPool;
import io.cardume.api.Json;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.http.ApiAddress;
import io.cardume.manager.plan.PlannerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.BindException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole manager that is locked when it starts. */
class LockedManagerTest {
    private static final String SECRET = "kept-until-it-is-left";

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private ManagerSettings settings;
    private int port;
    private Optional<Manager> manager = Optional.empty();

    @BeforeEach
    void freePort() throws IOException {
        // Not one that a connection of whoever else works on this machine may be given while no manager is there.
        for (port = 0; port == 0; ) {
            int tried = ThreadLocalRandom.current().nextInt(12_000, 30_000);
            try (var _ = new ServerSocket(tried, 1, InetAddress.getLoopbackAddress())) {
                port = tried;
            } catch (BindException e) {
                // another one
            }
        }
        settings = new ManagerSettings(List.of(ApiAddress.parse("tcp://127.0.0.1:" + port)), new TreeSet<>(), Optional.empty(), new InetSocketAddress("127.0.0.1", 0),
                Optional.of("127.0.0.1"), directory.resolve("manager"), Optional.empty(), false, PlannerSettings.DEFAULTS, ManagerSettings.HEARTBEAT, AddressPool.DEFAULT, Limits.usual());
    }

    @AfterEach
    void stop() {
        manager.ifPresent(Manager::close);
        client.shutdownNow();
    }

    private HttpResponse<String> ask(String method, String path, String body) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private String at(String path, String pointer) throws Exception {
        return Json.lenient().readTree(ask("GET", path, "").body()).at(pointer).asText();
    }

    /** A cluster with a secret, restarted with autolock on; the unlock key. */
    private String locked(CompletableFuture<Manager> starting) throws Exception {
        var key = sealed();
        start(starting);
        return key;
    }

    /** A cluster with a secret and autolock, stopped; the unlock key. */
    private String sealed() throws Exception {
        manager = Optional.of(Manager.start(settings));
        assertThat(ask("POST", "/secrets/create", "{\"Name\":\"s\",\"Data\":\"" + java.util.Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8)) + "\"}").statusCode()).isEqualTo(201);
        var version = at("/swarm", "/Version/Index");
        assertThat(ask("POST", "/swarm/update?version=" + version, "{\"EncryptionConfig\":{\"AutoLockManagers\":true}}").statusCode()).isEqualTo(200);
        var key = at("/swarm/unlockkey", "/UnlockKey");
        assertThat(key).startsWith("SWMKEY-1-");
        var keys = settings.dataDir().resolve("keys");
        for (long end = System.nanoTime() + 60_000_000_000L; Files.readString(keys).contains("\"open\":{"); LockSupport.parkNanos(10_000_000))
            assertThat(System.nanoTime()).as("the keys are sealed").isLessThan(end);
        manager.get().close();
        manager = Optional.empty();
        return key;
    }

    private void start(CompletableFuture<Manager> starting) throws Exception {
        Thread.ofVirtual().start(() -> {
            try {
                starting.complete(Manager.start(settings));
            } catch (Exception e) {
                starting.completeExceptionally(e);
            }
        });
        for (long end = System.nanoTime() + 60_000_000_000L; !isServed(); LockSupport.parkNanos(10_000_000))
            assertThat(System.nanoTime()).as("it is served").isLessThan(end);
    }

    private boolean isServed() throws Exception {
        try {
            return ask("GET", "/info", "").body().contains("\"locked\"");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void goesOnByItselfOnceItIsUnlocked() throws Exception {
        var starting = new CompletableFuture<Manager>();
        var key = locked(starting);
        assertThat(ask("GET", "/secrets", "").body()).contains("docker swarm unlock");
        assertThat(ask("POST", "/swarm/unlock", "{\"UnlockKey\":\"" + key + "\"}").statusCode()).isEqualTo(200);
        manager = Optional.of(starting.get(60, TimeUnit.SECONDS));
        assertThat(ask("GET", "/secrets", "").body()).contains("\"s\"");
        assertThat(manager.get().hasLeft()).isFalse();
        assertThat(ask("GET", "/audit", "").body()).contains("the manager was given its key", "the unlock key was shown");
    }

    /** Whoever it was that ended it: what is half gone goes wholly, and what is there is not touched. */
    @Test
    void aLeaveThatWasBrokenOffIsGoneOnWith() throws Exception {
        var key = sealed();
        var mark = settings.dataDir().resolve("left");
        Files.writeString(mark, "leaving");
        var starting = new CompletableFuture<Manager>();
        start(starting);
        assertThat(ask("POST", "/swarm/unlock", "{\"UnlockKey\":\"" + key + "\"}").statusCode()).as("nothing had gone").isEqualTo(200);
        manager = Optional.of(starting.get(60, TimeUnit.SECONDS));
        assertThat(manager.get().hasLeft()).isFalse();
        manager.get().close();

        Files.writeString(mark, "leaving");
        Files.move(settings.dataDir().resolve("log"), settings.dataDir().resolve("left-x"));
        for (int i = 0; i < 2; i++) {
            manager = Optional.of(Manager.start(settings));
            assertThat(manager.get().hasLeft()).as("until its agent knows").isTrue();
            assertThat(at("/info", "/Swarm/LocalNodeState")).isEqualTo("inactive");
            assertThat(settings.dataDir().resolve("left-x")).doesNotExist();
            if (i == 1) manager.get().leftIsKnown();
            manager.get().close();
        }
        manager = Optional.of(Manager.start(settings));
        assertThat(manager.get().hasLeft()).isFalse();
        assertThat(at("/info", "/Swarm/LocalNodeState")).as("nobody has asked for a cluster").isEqualTo("inactive");
    }

    @Test
    void beginsAnewWhereItsClusterIsLeftWithoutTheKey() throws Exception {
        var starting = new CompletableFuture<Manager>();
        locked(starting);
        var node = Files.readString(settings.dataDir().resolve("node-id"));
        assertThat(ask("POST", "/swarm/leave", "").body()).contains("--force", "are lost");
        assertThat(ask("POST", "/swarm/leave?force=1", "").statusCode()).isEqualTo(200);
        manager = Optional.of(starting.get(60, TimeUnit.SECONDS));
        assertThat(manager.get().hasLeft()).isTrue();
        assertThat(at("/info", "/Swarm/LocalNodeState")).isEqualTo("inactive");
        assertThat(ask("POST", "/swarm/init", "{\"ListenAddr\":\"0.0.0.0:2377\"}").statusCode()).isEqualTo(200);
        assertThat(ask("GET", "/secrets", "").body().strip()).isEqualTo("[]");
        assertThat(at("/swarm", "/Spec/EncryptionConfig/AutoLockManagers")).isEqualTo("false");
        assertThat(ask("GET", "/audit", "").body()).contains("the locked cluster is left");
        manager.get().leftIsKnown();
        try (var files = Files.list(settings.dataDir())) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("left"));
        }
        manager.get().close();
        manager = Optional.of(Manager.start(settings));
        assertThat(manager.get().node().value()).isEqualTo(node.strip());
        assertThat(at("/info", "/Swarm/LocalNodeState")).isEqualTo("active");
    }
}
