package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.e2e.Cluster.Task;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever the reason tasks go for: clients that ask on every host never notice. */
@ExtendWith(OnFleet.class)
@Order(76)
class LossIT {
    private static final int PORT = 18_076;
    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    private final Cli cli;

    LossIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void noRequestIsLostWhileTasksGo() throws InterruptedException {
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "4", "--publish", PORT + ":8080",
                "--label", "cardume.ready=tcp://:8080", "cardume/web:1").ok();
        cluster.awaitRunning("web", 4);
        List<InetSocketAddress> doors = cluster.fleet().hosts().stream().map(host -> new InetSocketAddress(host.address(), PORT)).toList();
        doors.forEach(Load::awaitAnswers);

        try (Load load = Load.on(doors, 2, false, Duration.ofMillis(2))) {
            load.phase("update");
            cli.run("service", "update", "-d", "--image", "cardume/web:2", "web").ok();
            Await.until("all are of the new version", SOON, () -> cluster.fleet().hosts().stream().flatMap(host -> host.running("web").stream()).toList(),
                    all -> all.size() == 4 && all.stream().allMatch(container -> container.image().endsWith(":2")));
            load.phase("scale-down");
            cli.run("service", "scale", "-d", "web=2").ok();
            cluster.awaitRunning("web", 2);
            load.phase("drain");
            String home = cluster.living("web").getFirst().node();
            cli.run("node", "update", "--availability", "drain", home).ok();
            Await.until("nothing runs on " + home, SOON, () -> cluster.living("web"),
                    tasks -> tasks.size() == 2 && tasks.stream().allMatch(Task::runs) && tasks.stream().noneMatch(task -> task.node().equals(home)));
            load.phase("removal of a node's last task");
            cli.run("node", "update", "--availability", "active", home).ok();
            cli.run("service", "scale", "-d", "web=1").ok();
            cluster.awaitRunning("web", 1);
            load.phases().forEach(System.out::println);
            assertThat(load.phases().stream().flatMap(phase -> phase.failures().stream())).as("lost: %s", load.phases()).isEmpty();
            assertThat(load.phases().stream().mapToLong(Load.Phase::asked).sum()).isGreaterThan(1_000);
        }
        assertThat(cluster.api().get("/nodes").findValuesAsText("Message")).as("nobody was fenced out").noneMatch(message -> message.contains("balancers"));
    }
}
