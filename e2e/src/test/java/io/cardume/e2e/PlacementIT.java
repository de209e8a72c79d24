package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Cluster.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What cannot run says why, and what may only run somewhere runs there. */
@ExtendWith(OnFleet.class)
@Order(4)
class PlacementIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    private final Cli cli;

    PlacementIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void drainedNodeGivesItsTasksAwayAndGetsNoNewOnes() {
        create("web", "--replicas", "6", "cardume/web:1");
        cluster.awaitRunning("web", 6);

        assertThat(cli.run("node", "update", "--availability", "drain", "h2").ok().line()).isEqualTo("h2");

        Await.until("h2 is empty", Cluster.SETTLES, () -> cluster.fleet().host(2).running("web"), List::isEmpty);
        assertThat(cluster.awaitRunning("web", 6)).extracting(Task::node).containsOnly("h1", "h3");
        assertThat(cli.run("node", "ls", "--format", "{{.Hostname}} {{.Availability}}").ok().lines()).contains("h2 Drain");

        cli.run("node", "update", "--availability", "active", "h2").ok();
        cli.run("service", "scale", "-d", "web=9").ok();
        assertThat(cluster.awaitRunning("web", 9)).extracting(Task::node).contains("h2");
    }

    @Test
    void constraintThatNothingSatisfiesIsToldOnThePendingTask() {
        create("lonely", "--constraint", "node.hostname==nowhere", "cardume/web:1");

        awaitError("lonely", "no suitable node (scheduling constraints not satisfied on 3 nodes; 1 node not available for new tasks)");
        assertThat(cli.run("service", "ps", "--no-trunc", "lonely").ok().out()).contains("Pending");
        assertThat(cli.run("service", "ls", "--format", "{{.Replicas}}").ok().line()).isEqualTo("0/1");
        assertThat(cluster.api().get("/services/lonely/explain").toString()).contains("h1", "h2", "h3");

        cli.run("service", "update", "-d", "--constraint-rm", "node.hostname==nowhere", "--constraint-add", "node.hostname==h2", "lonely").ok();
        assertThat(cluster.awaitRunning("lonely", 1)).extracting(Task::node).containsExactly("h2");
    }

    @Test
    void constraintsOnEngineAndNodeAreHonoured() {
        create("racked", "--replicas", "2", "--constraint", "engine.labels.rack==h3", "--constraint", "node.role==worker",
                "--constraint", "node.platform.os==linux", "--constraint", "node.platform.arch==x86_64", "cardume/web:1");
        create("zoned", "--replicas", "4", "--constraint", "engine.labels.zone!=3", "cardume/web:1");

        assertThat(cluster.awaitRunning("racked", 2)).extracting(Task::node).containsOnly("h3");
        assertThat(cluster.awaitRunning("zoned", 4)).extracting(Task::node).containsOnly("h1", "h2");
    }

    @Test
    void reservationLargerThanAnyNodeIsTold() {
        create("big", "--reserve-memory", "900g", "cardume/web:1");

        awaitError("big", "no suitable node (insufficient resources on 3 nodes; 1 node not available for new tasks)");
    }

    @Test
    void replicasPerNodeAreLimited() {
        create("few", "--replicas", "4", "--replicas-max-per-node", "1", "cardume/web:1");

        Await.until("three run", SOON, () -> cluster.running("few").size(), count -> count == 3);
        awaitError("few", "max replicas per node limit exceed");
    }

    @Test
    void imageThatDoesNotExistIsToldInTheEnginesWords() {
        create("none", cluster.fleet().nobody() + ":1/none:1");

        String out = Await.until("the engine's words are shown", SOON, () -> cli.run("service", "ps", "--no-trunc", "none").ok().out(),
                text -> text.contains("Rejected") && text.contains("connection refused"));
        assertThat(out).contains("dial tcp " + cluster.fleet().nobody() + ":1", ", and no node has it");
    }

    @Test
    void crashLoopSlowsDownAndShowsIt() {
        create("crash", "cardume/crash:1");

        Await.until("several attempts have failed", SOON, () -> cluster.tasks("crash"),
                tasks -> tasks.stream().filter(task -> task.state().equals("failed")).count() >= 3);
        assertThat(cli.run("service", "ps", "--no-trunc", "crash").ok().out()).contains("Failed", "task: non-zero exit (3)");
        // The next attempt waits for its moment, prepared: that is the row Ready of Swarm.
        Await.until("the next attempt waits", SOON, () -> cluster.tasks("crash"),
                tasks -> tasks.stream().anyMatch(task -> task.desired().equals("ready")));
        assertThat(cluster.tasks("crash")).as("the history is bounded").hasSizeLessThanOrEqualTo(6);
        assertThat(cluster.api().get("/services/crash/explain").toString()).contains("non-zero exit (3)");
    }

    @Test
    void restartPolicyOfTheCallerIsKept() {
        create("once", "--restart-condition", "none", "cardume/crash:1");
        create("thrice", "--restart-condition", "on-failure", "--restart-delay", "0s", "--restart-max-attempts", "2", "cardume/crash:1");

        Await.until("one has failed once, the other thrice", SOON, () -> List.of(failed("once"), failed("thrice")), List.of(1L, 3L)::equals);
        Await.always("and no more", Duration.ofSeconds(2), () -> List.of(failed("once"), failed("thrice")), List.of(1L, 3L)::equals);
    }

    @Test
    void unhealthyTaskIsReplaced() {
        create("well", "cardume/health:1");
        Task first = cluster.awaitRunning("well", 1).getFirst();

        cluster.hostOf(first).exec(SOON, "docker", "-H", "unix://" + cluster.hostOf(first).socket(),
                "exec", first.container(), "touch", "/tmp/sick").ok();

        Await.until("a healthy successor runs", SOON, () -> cluster.living("well"),
                tasks -> tasks.size() == 1 && tasks.getFirst().runs() && !tasks.getFirst().id().equals(first.id()));
        assertThat(cli.run("service", "ps", "--no-trunc", "well").ok().out()).contains("Failed").containsIgnoringCase("unhealthy");
    }

    @Test
    void taskIsRunningOnlyWhenItsFirstCheckHasPassed() {
        create("never", "--health-cmd", "false", "--health-interval", "1s", "--health-retries", "30", "cardume/web:1");

        Await.until("its container runs", SOON, () -> cluster.running("never").size(), count -> count == 1);
        Await.always("the task is not said to run", Duration.ofSeconds(2), () -> cluster.living("never"),
                tasks -> tasks.stream().noneMatch(task -> task.state().equals("running")));
        assertThat(cluster.living("never")).extracting(Task::state).containsExactly("starting");
    }

    @Test
    void probeFromOutsideDecidesOverATask() {
        create("probed", "--label", "cardume.health=http://:8080/", "--label", "cardume.health.interval=300ms",
                "--label", "cardume.health.timeout=20s", "--label", "cardume.health.retries=2", "cardume/web:1");
        Task first = cluster.awaitRunning("probed", 1).getFirst();

        cluster.hostOf(first).exec(SOON, "docker", "-H", "unix://" + cluster.hostOf(first).socket(),
                "exec", first.container(), "rm", "/www/index.html").ok();

        Await.until("a successor answers its probe", SOON, () -> cluster.living("probed"),
                tasks -> tasks.size() == 1 && tasks.getFirst().runs() && !tasks.getFirst().id().equals(first.id()));
        assertThat(cli.run("service", "ps", "--no-trunc", "probed").ok().out()).contains("404");
    }

    private long failed(String service) {
        return cluster.tasks(service).stream().filter(task -> task.state().equals("failed")).count();
    }

    private void awaitError(String service, String words) {
        Await.until("the task says: " + words, SOON, () -> cli.run("service", "ps", "--no-trunc", service).ok().out(),
                out -> out.contains(words));
    }

    private void create(String name, String... arguments) {
        String[] command = new String[arguments.length + 5];
        System.arraycopy(new String[] {"service", "create", "-d", "--name", name}, 0, command, 0, 5);
        System.arraycopy(arguments, 0, command, 5, arguments.length);
        cli.run(command).ok();
    }
}
