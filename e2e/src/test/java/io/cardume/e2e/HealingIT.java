package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.cardume.e2e.Cluster.Task;
import io.cardume.e2e.Host.Container;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever dies, what was declared runs again: exactly that, and nothing acknowledged is lost. */
@ExtendWith(OnFleet.class)
@Order(3)
class HealingIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    private final Cli cli;

    HealingIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void tenReplicasSpreadAndFollowEveryScale() {
        create("web", 10);
        List<Task> ten = cluster.awaitRunning("web", 10);
        assertThat(cluster.fleet().hosts()).extracting(host -> host.running("web").size()).containsExactlyInAnyOrder(3, 3, 4);

        scale("web", 14);
        assertThat(cluster.awaitRunning("web", 14)).extracting(Task::id).containsAll(ids(ten));
        scale("web", 4);
        cluster.awaitRunning("web", 4);
        assertThat(cluster.fleet().hosts()).extracting(host -> host.running("web").size()).containsExactlyInAnyOrder(1, 1, 2);
        scale("web", 0);
        cluster.awaitRunning("web", 0);
        Await.until("nothing is said to run", SOON, () -> cli.run("service", "ls", "--format", "{{.Name}} {{.Replicas}}").ok().line(), "web 0/0"::equals);
    }

    @Test
    void killedProcessIsReplacedInItsSlotAndTheHistoryTellsWhy() {
        create("web", 3);
        Task victim = cluster.awaitRunning("web", 3).getFirst();

        cluster.hostOf(victim).killProcess(victim.container());

        awaitReplaced("web", 3, victim);
        assertThat(cli.run("service", "ps", "--no-trunc", "web").ok().lines())
                .anyMatch(line -> line.matches(victim.id() + " .*web\\." + victim.slot() + " .*Failed .*task: non-zero exit \\(137\\).*"));
    }

    @Test
    void containerRemovedByHandIsReplaced() {
        create("web", 3, "--restart-delay", "1s");
        Task victim = cluster.awaitRunning("web", 3).getFirst();

        cluster.hostOf(victim).remove(victim.container());

        awaitReplaced("web", 3, victim);
    }

    @Test
    void containersOutliveTheirAgentAndAreAdopted() {
        create("web", 6);
        List<Task> before = cluster.awaitRunning("web", 6);
        Host host = cluster.fleet().host(1);

        cluster.killAgent(host);
        assertThat(host.running("web")).hasSize(2);
        cluster.startAgent(host);

        cluster.awaitReady();
        List<Task> after = cluster.awaitRunning("web", 6);
        assertThat(ids(after)).isEqualTo(ids(before));
        assertThat(containers(after)).isEqualTo(containers(before));
        Await.always("no container is made anew", Duration.ofSeconds(2), () -> runningIds("web"), ids -> ids.equals(containers(before)));
    }

    @Test
    void containersOutliveTheirEngineAndAreAdopted() {
        create("web", 3, "--restart-delay", "1s");
        List<Task> before = cluster.awaitRunning("web", 3);
        Host host = cluster.fleet().host(2);

        host.killEngine();
        Await.until("the node says that its engine is away", Cluster.SETTLES, cluster::nodes, nodes -> nodes.get(host.name()).equals("unknown"));
        host.startEngine();
        cluster.awaitReady();

        List<Task> after = cluster.awaitRunning("web", 3);
        assertThat(containers(after)).isEqualTo(containers(before));
        // The agent must hear of the engine again: what happens there now is seen.
        Task victim = after.stream().filter(task -> task.node().equals(host.name())).findFirst().orElseThrow();
        host.killProcess(victim.container());
        awaitReplaced("web", 3, victim);
    }

    @Test
    void managerRestartTouchesNoContainer() {
        create("web", 3);
        List<Task> before = cluster.awaitRunning("web", 3);

        cluster.killManager();
        assertThat(runningIds("web")).isEqualTo(containers(before));
        cluster.startManager();

        cluster.awaitReady();
        assertThat(ids(cluster.awaitRunning("web", 3))).isEqualTo(ids(before));
        assertThat(runningIds("web")).isEqualTo(containers(before));
    }

    @Test
    void managerKilledInTheMiddleOfADeployEndsWithExactlyTwenty() {
        create("web", 20);
        Await.until("the deploy is under way", SOON, () -> cluster.running("web").size(), count -> count >= 3);

        cluster.killManager();
        cluster.startManager();

        cluster.awaitRunning("web", 20);
        assertThat(cluster.fleet().hosts().stream().flatMap(host -> host.tasks("web").stream()).toList())
                .as("every container ever made for it").hasSize(20);
    }

    @Test
    void lostHostsTasksRunElsewhereAndItComesBackWithoutLeftovers() {
        create("web", 9);
        cluster.awaitRunning("web", 9);
        Host lost = cluster.fleet().host(3);
        assertThat(lost.running("web")).hasSize(3);

        lost.kill();

        List<Task> moved = Await.until("all nine run on the other two", Cluster.SETTLES, () -> cluster.living("web"),
                tasks -> tasks.size() == 9 && tasks.stream().allMatch(task -> task.runs() && !task.node().equals("h3")));
        assertThat(cli.run("node", "ls", "--format", "{{.Hostname}} {{.Status}}").ok().lines()).contains("h3 Down");

        cluster.startHost(lost);
        cluster.awaitReady();
        Await.until("nothing is left over on it", SOON, lost::tasks, List::isEmpty);
        assertThat(ids(cluster.awaitRunning("web", 9))).isEqualTo(ids(moved));
    }

    @Test
    void healedHostLeavesNoDoublesAndNoOrphans() {
        create("web", 6);
        cluster.awaitRunning("web", 6);
        Host cut = cluster.fleet().host(2);
        List<String> old = cut.running("web").stream().map(Container::id).toList();

        cut.cut();
        List<Task> moved = Await.until("all six run on the others", Cluster.SETTLES, () -> cluster.living("web"),
                tasks -> tasks.size() == 6 && tasks.stream().allMatch(task -> task.runs() && !task.node().equals("h2")));
        assertThat(cut.running("web")).as("cut off, it keeps its tasks running").extracting(Container::id).containsAll(old);

        cut.heal();
        cluster.awaitReady();
        List<Task> after = cluster.awaitRunning("web", 6);
        assertThat(ids(after)).isEqualTo(ids(moved));
        Await.until("its old containers are removed", SOON, cut::tasks, List::isEmpty);
    }

    @Test
    void momentaryCutMovesNothing() {
        create("web", 3);
        List<Task> before = cluster.awaitRunning("web", 3);
        Host cut = cluster.fleet().host(1);

        cut.cut();
        cut.heal();

        Await.always("nothing moves", Duration.ofSeconds(3), () -> runningIds("web"), ids -> ids.equals(containers(before)));
        assertThat(ids(cluster.awaitRunning("web", 3))).isEqualTo(ids(before));
    }

    @Test
    void foreignContainersAreLeftAlone() {
        Host host = cluster.fleet().host(1);
        String foreign = host.foreign("mine", "cardume/web:1");
        create("web", 3);
        cluster.awaitRunning("web", 3);

        cluster.killAgent(host);
        cluster.startAgent(host);
        cluster.awaitReady();
        cli.run("service", "rm", "web").ok();
        cluster.awaitNoTasks();

        assertThat(host.containers()).extracting(Container::id, Container::state)
                .containsExactly(tuple(foreign, "running"));
    }

    private void create(String name, int replicas, String... more) {
        List<String> words = new ArrayList<>(List.of("service", "create", "-d", "--name", name, "--replicas", String.valueOf(replicas)));
        words.addAll(List.of(more));
        words.add("cardume/web:1");
        cli.run(words.toArray(String[]::new)).ok();
    }

    private void scale(String name, int replicas) {
        assertThat(cli.run("service", "scale", "-d", name + "=" + replicas).ok().line()).isEqualTo(name + " scaled to " + replicas);
    }

    private void awaitReplaced(String service, int replicas, Task victim) {
        List<Task> after = Await.until("slot " + victim.slot() + " has a successor that runs", SOON, () -> cluster.living(service),
                tasks -> tasks.size() == replicas && tasks.stream().allMatch(Task::runs)
                        && tasks.stream().noneMatch(task -> task.id().equals(victim.id())));
        assertThat(after).extracting(Task::slot).contains(victim.slot());
        cluster.awaitRunning(service, replicas);
    }

    private Set<String> runningIds(String service) {
        return cluster.running(service).stream().map(Container::id).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> ids(List<Task> tasks) {
        return tasks.stream().map(Task::id).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> containers(List<Task> tasks) {
        return tasks.stream().map(Task::container).collect(Collectors.toCollection(TreeSet::new));
    }
}
