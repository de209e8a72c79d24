package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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
}
