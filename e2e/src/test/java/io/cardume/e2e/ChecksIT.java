package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Startup, readiness and liveness checks, by commands in the containers, and the floor under what they may stop. */
@ExtendWith(OnFleet.class)
@Order(40)
class ChecksIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    private final Cli cli;

    ChecksIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void readinessComesAndGoesLivenessReplacesAndTheFloorHolds() {
        cli.run("service", "create", "-d", "--name", "shop", "--replicas", "3", "--stop-grace-period", "1s",
                "--hostname", "{{.Service.Name}}-{{.Task.Slot}}-{{.Node.Hostname}}", "--env", "ME={{.Task.Name}}",
                "--label", "cardume.startup=tcp://:8080",
                "--label", "cardume.ready=exec:test ! -f /busy", "--label", "cardume.ready.interval=300ms", "--label", "cardume.ready.timeout=20s", "--label", "cardume.ready.retries=1",
                "--label", "cardume.live=exec:test ! -f /hung", "--label", "cardume.live.interval=300ms", "--label", "cardume.live.timeout=20s", "--label", "cardume.live.retries=2",
                "--label", "cardume.min-available=2", "cardume/web:1").ok();
        List<Task> three = cluster.awaitRunning("shop", 3);
        for (Task task : three) {
            JsonNode config = cluster.hostOf(task).engine().get("/containers/" + task.container() + "/json").path("Config");
            assertThat(config.path("Hostname").asText()).isEqualTo("shop-" + task.slot() + "-" + task.node());
            assertThat(config.path("Env").toString()).contains("ME=shop." + task.slot() + "." + task.id());
        }

        Task busy = three.getFirst();
        awaitReady(busy, true);
        inside(busy, "touch", "/busy");
        awaitReady(busy, false);
        assertThat(explained(busy)).contains("it is running, but it takes no requests: readiness check exec:test ! -f /busy: exit code 1");
        assertThat(cluster.awaitRunning("shop", 3)).extracting(Task::id).containsExactlyInAnyOrderElementsOf(three.stream().map(Task::id).toList());
        inside(busy, "rm", "/busy");
        awaitReady(busy, true);

        Task hung = three.getLast();
        inside(hung, "touch", "/hung");
        Await.until("the hung task is replaced", SOON, () -> cluster.living("shop"), living -> living.stream().noneMatch(task -> task.id().equals(hung.id())));
        assertThat(cli.run("service", "ps", "--no-trunc", "shop").ok().lines())
                .anyMatch(line -> line.contains(hung.id()) && line.contains("unhealthy container: exec:test ! -f /hung: exit code 1"));

        List<Task> again = cluster.awaitRunning("shop", 3);
        again.forEach(task -> awaitReady(task, true));
        try (Least least = new Least(cluster, "shop")) {
            again.forEach(task -> inside(task, "touch", "/hung"));
            Await.until("all three are replaced", Cluster.SETTLES, () -> cluster.living("shop"), living -> living.size() == 3 && living.stream().allMatch(Task::runs)
                    && living.stream().noneMatch(task -> again.stream().anyMatch(old -> old.id().equals(task.id()))));
            cluster.awaitRunning("shop", 3);
            assertThat(least.number()).as("containers that ran at the least").isEqualTo(2);
        }
    }

    private void awaitReady(Task task, boolean ready) {
        Await.until(task + " is " + (ready ? "" : "not ") + "ready, and runs", SOON, () -> cluster.api().get("/tasks/" + task.id()).path("Status"),
                status -> status.path("State").asText().equals("running") && status.path("Ready").asBoolean() == ready);
    }

    private String explained(Task task) {
        return cluster.api().get("/tasks/" + task.id() + "/explain").path("Summary").asText();
    }

    /** Runs a command in a task's container, by its own engine. */
    private void inside(Task task, String... command) {
        List<String> quoted = new ArrayList<>();
        for (String word : command) {
            quoted.add("\"" + word + "\"");
        }
        UnixHttp engine = cluster.hostOf(task).engine();
        String exec = engine.call("POST", "/containers/" + task.container() + "/exec", "{\"Cmd\": [" + String.join(",", quoted) + "]}")
                .json().path("Id").asText();
        assertThat(engine.call("POST", "/exec/" + exec + "/start", "{\"Detach\": true}").status()).isEqualTo(200);
    }
}
