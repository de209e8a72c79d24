package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Host.Daemon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A manager whose keys are sealed waits for the unlock key, said with the real CLIs, and tasks go on without it. */
@ExtendWith(OnFleet.class)
@Order(6)
class AutolockIT {

    private static final String WORDS = "Swarm is encrypted and needs to be unlocked before it can be used";

    @TempDir
    Path files;

    private final Cluster cluster;
    private String key = "";

    AutolockIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @AfterEach
    void unlockForGood() {
        cluster.api().call("POST", "/swarm/unlock", "{\"UnlockKey\":\"" + key + "\"}");
        String version = cluster.api().get("/swarm").at("/Version/Index").asText();
        cluster.api().call("POST", "/swarm/update?version=" + version, "{\"EncryptionConfig\":{\"AutoLockManagers\":false}}");
        cluster.reset();
    }

    private static String keyIn(Ran ran) {
        return ran.ok().out().lines().map(String::strip).filter(line -> line.startsWith("SWMKEY-1-")).findFirst().orElseThrow();
    }

    private Ran unlock(Cli cli, String with) throws IOException {
        Path file = files.resolve("key");
        Files.writeString(file, with + "\n");
        return cli.runWith(file, "swarm", "unlock");
    }

    /** Once the key in hand alone counts, which comes right after it was shown. */
    private void restart() {
        Path keys = cluster.tokenFile().resolveSibling("keys");
        Await.until("the keys are sealed by one key", Cluster.SETTLES, () -> {
            try {
                return Files.readString(keys).split("\"salt\"").length - 1;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, count -> count == 1);
        cluster.killManager();
        cluster.startManager();
    }

    @Test
    void lockedManagerWaitsForItsKeyAndTasksGoOn() throws IOException {
        List<Cli> clis = cluster.clisOnHost();
        clis.getFirst().run("service", "create", "-d", "--name", "web", "--replicas", "2", "cardume/web:1").ok();
        cluster.awaitRunning("web", 2);
        key = keyIn(clis.getFirst().run("swarm", "update", "--autolock=true"));
        assertThat(unlock(clis.getFirst(), key).fails().err()).contains("swarm is not locked");
        String old = "SWMKEY-1-" + "A".repeat(43);

        for (Cli cli : clis) {
            restart();
            assertThat(cli.run("info", "--format", "{{.Swarm.LocalNodeState}}").ok().line()).isEqualTo("locked");
            assertThat(cli.run("node", "ls").fails().err()).contains(WORDS);
            assertThat(cli.run("service", "rm", "web").fails().err()).contains(WORDS);
            assertThat(unlock(cli, old).fails().err()).contains("invalid key provided");
            Host host = cluster.fleet().hosts().stream().filter(one -> !one.running("web").isEmpty()).findFirst().orElseThrow();
            Host.Container killed = host.running("web").getFirst();
            host.killProcess(killed.id());
            Await.until("a task that ended while no manager could read anything runs again", Cluster.SETTLES, () -> host.running("web"),
                    running -> running.stream().anyMatch(Host.Container::runs));

            unlock(cli, key).ok();
            assertThat(cli.run("node", "ls").ok().out()).contains("Leader");
            cluster.awaitReady();
            cluster.awaitRunning("web", 2);
            old = key;
            key = keyIn(cli.run("swarm", "unlock-key", "--rotate"));
            assertThat(keyIn(cli.run("swarm", "unlock-key"))).isEqualTo(key).isNotEqualTo(old);
        }
    }

    /** Manager and agent in one process, with no engine near: what is stored is read when the key is there, and left when it is lost. */
    @Test
    void upSaysHowItIsUnlockedAndGoesOnByItself() throws IOException {
        Host host = cluster.fleet().manager();
        Path socket = files.resolve("up.sock");
        List<String> up = List.of(Cluster.command(), "up", "--data-dir", files.resolve("up").toString(), "--api", "unix://" + socket,
                "--cluster-addr", "127.0.0.1:3477", "--docker-host", "unix://" + files.resolve("no-engine.sock"));
        Cli cli = cluster.localCli().at("unix://" + socket);
        Daemon first = host.run("up", up);
        Daemon second = first;
        try {
            awaitState(cli, first, "active");
            String held = keyIn(cli.run("swarm", "update", "--autolock=true"));
            cli.run("config", "create", "kept", Files.writeString(files.resolve("kept"), "x").toString()).ok();
            first.stop();

            second = host.run("up", up);
            awaitState(cli, second, "locked");
            assertThat(second.logged()).contains("The manager is locked", "docker swarm unlock", "unix://" + socket);
            assertThat(cli.run("config", "ls").fails().err()).contains(WORDS);
            unlock(cli, held).ok();
            assertThat(cli.run("config", "ls", "-q").ok().lines()).as("it goes on by itself, in the same process").hasSize(1);
            assertThat(second.alive()).isTrue();
            second.stop();

            second = host.run("up", up);
            awaitState(cli, second, "locked");
            assertThat(cli.run("swarm", "leave").fails().err()).contains("Please unlock it first or use `--force`", "are lost");
            assertThat(cli.run("swarm", "leave", "--force").ok().out()).contains("Node left the swarm.");
            awaitState(cli, second, "inactive");
            cli.run("swarm", "init").ok();
            assertThat(cli.run("config", "ls", "-q").ok().lines()).isEmpty();
            assertThat(files.resolve("up/agent/cluster-id")).doesNotExist();
        } finally {
            first.kill();
            second.kill();
        }
    }

    private static void awaitState(Cli cli, Daemon daemon, String state) {
        Await.until("the manager is " + state, Cluster.SETTLES, () -> {
            if (!daemon.alive()) throw new AssertionError("it has ended:\n" + daemon.logged());
            return cli.run("info", "--format", "{{.Swarm.LocalNodeState}}").out().strip();
        }, state::equals);
    }
}
