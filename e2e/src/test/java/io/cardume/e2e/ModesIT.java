package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Services on every node, jobs and schedules, as each CLI shows them and waits for them. */
@ExtendWith(OnFleet.class)
@Order(20)
class ModesIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    private final Cli cli;

    ModesIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void everyHostHasATaskOfAGlobalService() {
        var created = cli.run("service", "create", "--name", "agent", "--mode", "global", "cardume/web:1").ok();
        assertThat(created.out()).contains("3 out of 3 tasks");
        assertThat(cluster.awaitRunning("agent", 3)).extracting(Task::node).containsExactlyInAnyOrder("h1", "h2", "h3");
        for (Cli each : cluster.clis()) {
            assertThat(each.run("service", "ls", "--format", "{{.Mode}} {{.Replicas}}").ok().line()).isEqualTo("global 3/3");
            assertThat(each.run("service", "ps", "--format", "{{.Name}}", "agent").ok().lines())
                    .containsExactlyInAnyOrderElementsOf(cluster.living("agent").stream().map(task -> "agent." + idOf(task.node())).toList());
        }

        cli.run("node", "update", "--availability", "drain", "h2").ok();
        Await.until("h2 is empty", SOON, () -> cluster.fleet().host(2).running("agent"), List::isEmpty);
        Await.until("two of two run", SOON, () -> cli.run("service", "ls", "--format", "{{.Replicas}}").ok().line(), "2/2"::equals);
        cli.run("node", "update", "--availability", "active", "h2").ok();
        assertThat(cluster.awaitRunning("agent", 3)).extracting(Task::node).contains("h2");
        assertThat(cli.run("service", "scale", "agent=5").err()).contains("scale can only be used with replicated");
    }

    @Test
    void aJobRunsSoManyAtOnceAndKeepsWhatItSaid() {
        for (Cli each : cluster.clis()) {
            var name = "batch" + each.major();
            var created = each.run("service", "create", "--name", name, "--mode", "replicated-job", "--replicas", "4", "--max-concurrent", "2",
                    "--env", "SLOT={{.Task.Slot}}", "cardume/web:1", "sh", "-c", "echo said $SLOT").ok();
            assertThat(created.out()).contains("job complete");
            assertThat(each.run("service", "ls", "--filter", "name=" + name, "--format", "{{.Mode}} {{.Replicas}}").ok().line())
                    .isEqualTo("replicated job 0/2 (4/4 completed)");
            assertThat(each.run("service", "ps", "--format", "{{.DesiredState}} {{.CurrentState}}", name).ok().lines()).hasSize(4)
                    .allMatch(line -> line.startsWith("Complete Complete"));
            assertThat(each.run("service", "logs", "--raw", name).ok().lines()).hasSize(4).contains("said 1", "said 2", "said 3");

            assertThat(each.run("service", "update", "--force", name).ok().out()).contains("job complete");
            assertThat(cluster.api().get("/services/" + name).at("/JobStatus/JobIteration/Index").asInt()).isEqualTo(1);
            assertThat(each.run("service", "scale", name + "=1").ok().out()).contains("job complete");
            each.run("service", "rm", name).ok();
        }
        cluster.awaitNoTasks();
    }

    @Test
    void aJobThatFailsIsTriedAgainAndOneThatIsGivenUpFails() {
        var retried = cli.run("service", "create", "--name", "second", "--mode", "replicated-job", "--constraint", "node.hostname==h1",
                "--restart-delay", "0s", "--restart-max-attempts", "3", "--mount", "type=volume,source=modes,target=/kept",
                "cardume/web:1", "sh", "-c", "test -e /kept/tried || { touch /kept/tried; exit 9; }").ok();
        assertThat(retried.out()).contains("job complete");
        assertThat(runs("second").at("/Runs/0/Outcome").asText()).isEqualTo("succeeded");
        assertThat(cluster.tasks("second")).extracting(Task::state).containsExactlyInAnyOrder("failed", "complete");

        for (Cli each : cluster.clis()) {
            var name = "never" + each.major();
            var failed = each.run("service", "create", "--name", name, "--mode", "replicated-job", "--restart-condition", "none", "cardume/crash:1");
            assertThat(failed.exit()).as(failed.out()).isEqualTo(1);
            assertThat(failed.out() + failed.err()).contains("job failed").contains("non-zero exit (3)");
        }
        var run = runs("never" + cli.major()).at("/Runs/0");
        assertThat(run.path("Outcome").asText()).isEqualTo("failed");
        assertThat(run.at("/Exits/0/ExitCode").asInt()).isEqualTo(3);
        assertThat(cli.run("service", "logs", "--raw", "never" + cli.major()).ok().out()).contains("about to crash");
    }

    @Test
    void aJobOnEveryHostAndOneBySchedule() {
        var created = cli.run("service", "create", "--name", "prune", "--mode", "global-job", "cardume/web:1", "echo", "pruned").ok();
        assertThat(created.out()).contains("job complete");
        assertThat(cluster.tasks("prune")).extracting(Task::node).containsExactlyInAnyOrder("h1", "h2", "h3");

        var wrong = cli.run("service", "create", "--mode", "replicated-job", "--label", "cardume.cron=61 * * * *", "cardume/web:1", "true");
        assertThat(wrong.err()).contains("cardume.cron").contains("61 * * * *").contains("minute hour day-of-month");

        cli.run("service", "create", "--name", "tick", "--mode", "replicated-job", "--label", "cardume.cron=@every 2s", "cardume/web:1", "echo", "tick").ok();
        var runs = Await.until("it ran twice by itself", SOON, () -> runs("tick").path("Runs"),
                all -> Cluster.stream(all).filter(run -> run.path("Outcome").asText().equals("succeeded")).count() >= 2);
        assertThat(Cluster.stream(runs)).allMatch(run -> run.path("Cause").asText().equals("scheduled"));
        assertThat(cli.run("service", "logs", "--raw", "tick").ok().lines()).contains("tick");
    }

    private JsonNode runs(String service) {
        return cluster.api().get("/services/" + service + "/runs");
    }

    private String idOf(String host) {
        return Cluster.stream(cluster.api().get("/nodes")).filter(node -> node.at("/Description/Hostname").asText().equals(host))
                .findFirst().orElseThrow().path("ID").asText();
    }
}
