package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A cluster can be ended, and a new one begun in its place. */
@ExtendWith(OnFleet.class)
@Order(100)
class EndIT {

    private final Cluster cluster;

    EndIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void leavingByForceEndsTheClusterAndInitBeginsANewOne() {
        Cli cli = cluster.localCli();
        String first = cli.run("info", "--format", "{{.Swarm.Cluster.ID}}").ok().line();
        String token = cli.run("swarm", "join-token", "-q", "worker").ok().line();
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "3", "cardume/web:1").ok();
        cluster.awaitRunning("web", 3);

        assertThat(cli.run("swarm", "init").fails().err()).contains("This node is already part of a swarm.");
        assertThat(cli.run("swarm", "leave").fails().err()).contains("You are attempting to leave the swarm").contains("--force");
        cluster.awaitRunning("web", 3);

        assertThat(cli.run("swarm", "leave", "--force").ok().line()).isEqualTo("Node left the swarm.");
        assertThat(cli.run("service", "ls").fails().err()).contains("This node is not a swarm manager.");
        assertThat(cli.run("node", "ls").fails().err()).contains("This node is not a swarm manager.");
        assertThat(cli.run("info").ok().out()).contains("Swarm: inactive");
        assertThat(cli.run("swarm", "leave", "--force").fails().err()).contains("This node is not part of a swarm");
        cluster.awaitNoTasks();

        Instant start = Instant.now();
        Ran init = cli.run("swarm", "init").ok();
        System.out.printf("docker swarm init took %.1f s%n", Duration.between(start, Instant.now()).toMillis() / 1e3);
        assertThat(init.out()).matches("(?s)Swarm initialized: current node \\([a-z0-9]{25}\\) is now a manager\\.\n.*")
                .contains("docker swarm join --token SWMTKN-1-", cluster.managerAddress());
        assertThat(cli.run("info", "--format", "{{.Swarm.Cluster.ID}}").ok().line()).isNotEqualTo(first);
        assertThat(cli.run("swarm", "join-token", "-q", "worker").ok().line()).isNotEqualTo(token);
        assertThat(cli.run("service", "ls").ok().lines()).hasSize(1);

        // The agents were started with the token's file: they read the new one and join by themselves.
        cluster.awaitReady();
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "3", "cardume/web:1").ok();
        cluster.awaitRunning("web", 3);
    }
}
