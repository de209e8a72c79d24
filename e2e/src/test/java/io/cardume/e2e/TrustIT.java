package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Certificates on a running fleet: a node that joins, and another root for all of them, while requests flow. */
@ExtendWith(OnFleet.class)
@Order(78)
class TrustIT {
    private static final int PORT = 18_081;
    private static final Duration SOON = Duration.ofSeconds(90);
    private final Cluster cluster;
    private final Cli cli;

    TrustIT(Cluster cluster) {
        this.cluster = cluster;
        // Whoever is known by the old root is a stranger to the new one.
        this.cli = cluster.localCli();
    }

    @Test
    void theRootIsRotatedWhileRequestsFlowAndNothingElseHappens() {
        cli.run("service", "create", "-d", "--name", "web", "--replicas", "3", "--publish", PORT + ":8080",
                "--label", "cardume.ready=tcp://:8080", "cardume/web:1").ok();
        cluster.awaitRunning("web", 3);
        List<InetSocketAddress> doors = cluster.fleet().hosts().stream().map(host -> new InetSocketAddress(host.address(), PORT)).toList();
        doors.forEach(Load::awaitAnswers);
        String root = cli.run("swarm", "ca").ok().out();
        String token = cli.run("swarm", "join-token", "-q", "worker").ok().line();
        List<String> tasks = cluster.living("web").stream().map(Task::id).toList();
        Map<Integer, Long> welcomes = welcomes();
        List<String> before = certificates();

        try (Load load = Load.on(doors, 2, false, Duration.ofMillis(2))) {
            Load.Phase phase = load.phase("rotation of the root");
            long began = System.nanoTime();
            cli.run("swarm", "ca", "--rotate").ok();
            System.out.printf("docker swarm ca --rotate of three nodes took %.1f s%n", (System.nanoTime() - began) / 1e9);
            Await.until("the rotation is over", SOON, () -> !cluster.api().get("/swarm").path("RootRotationInProgress").asBoolean());
            System.out.println(phase);
            assertThat(phase.failures()).isEmpty();
        }

        assertThat(cli.run("swarm", "ca").ok().out()).isNotEqualTo(root);
        assertThat(cli.run("swarm", "join-token", "-q", "worker").ok().line()).as("the digest in it is another").isNotEqualTo(token);
        assertThat(cluster.living("web").stream().map(Task::id).toList()).as("no task was restarted").isEqualTo(tasks);
        assertThat(welcomes()).as("no connection was dropped").isEqualTo(welcomes);
        assertThat(certificates()).as("each host has another certificate on its disk").doesNotContainAnyElementsOf(before);
    }

    @Test
    void aNodeThatLosesItsDataJoinsWithTheTokenAsANewOne() {
        Host host = cluster.fleet().host(3);
        long began = System.nanoTime();
        cluster.rejoin(host);
        Await.until("four nodes are known, of which three are ready", SOON, () -> {
            JsonNode nodes = cluster.api().get("/nodes?filters=%7B%22role%22%3A%5B%22worker%22%5D%7D");
            long ready = nodes.valueStream().filter(node -> node.path("Status").path("State").asText().equals("ready")).count();
            return nodes.size() == 4 && ready >= 3;
        });
        System.out.printf("from the start of an agent without data until its node is ready: %.1f s%n", (System.nanoTime() - began) / 1e9);
        Await.until("the node that it was is down", SOON, () -> !down().isEmpty());
        down().forEach(id -> cli.run("node", "rm", "--force", id).ok());
    }

    /** It believes the root of before only, and runs a task that runs elsewhere by now. */
    @Test
    void aNodeThatWasAwayWhileItWasRemovedAndTheRootReplacedClearsUp() {
        cli.run("service", "create", "-d", "--name", "spread", "--mode", "global", "cardume/web:1").ok();
        cluster.awaitRunning("spread", 3);
        Host host = cluster.fleet().host(3);
        String id = cluster.api().get("/nodes").valueStream().filter(node -> node.path("Description").path("Hostname").asText().equals(host.name()))
                .map(node -> node.path("ID").asText()).findFirst().orElseThrow();
        cluster.killAgent(host);
        cli.run("node", "rm", "--force", id).ok();
        String root = cli.run("swarm", "ca").ok().out();
        cli.run("swarm", "ca", "--rotate").ok();
        Await.until("the rotation is over", SOON, () -> !cluster.api().get("/swarm").path("RootRotationInProgress").asBoolean());
        assertThat(cli.run("swarm", "ca").ok().out()).isNotEqualTo(root);
        assertThat(host.running("spread")).as("nobody has told it").hasSize(1);

        cluster.startAgent(host);
        Await.until("its container is gone, and its agent with a word", SOON, () -> host.tasks().isEmpty() && !cluster.agent(host).alive());
        assertThat(read(host, "agent.log")).contains("was removed from this cluster");
        cluster.rejoin(host);
        cluster.awaitReady();
        cli.run("service", "rm", "spread").ok();
        cluster.awaitNoTasks();
    }

    private List<String> down() {
        return cluster.api().get("/nodes").valueStream().filter(node -> node.path("Status").path("State").asText().equals("down"))
                .map(node -> node.path("ID").asText()).toList();
    }

    /** How often each host's agent was let in. */
    private Map<Integer, Long> welcomes() {
        var counts = new TreeMap<Integer, Long>();
        for (Host host : cluster.fleet().hosts()) counts.put(host.number(), read(host, "agent.log").lines().filter(line -> line.contains("has let the agent into cluster")).count());
        return counts;
    }

    private List<String> certificates() {
        return cluster.fleet().hosts().stream().map(host -> read(host, "agent/identity.pem")).toList();
    }

    private static String read(Host host, String file) {
        try {
            return Files.readString(host.directory().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
