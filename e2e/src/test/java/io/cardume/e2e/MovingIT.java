package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tasks go where they are wanted, and leave where they are not, and nobody who asks them notices. */
@ExtendWith(OnFleet.class)
@Order(30)
class MovingIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private final Cluster cluster;
    private final Cli cli;

    MovingIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void aHostIsDrainedWithoutOneReplicaMissingAndFilledAgainWhenAsked() {
        available("pause", "h1", "h3");
        create("web", "--replicas", "10", "--label", "cardume.ready=tcp://:8080", "cardume/web:1");
        Await.until("all ten serve on h2", Cluster.SETTLES, () -> serving("web"), count -> count == 10);
        available("active", "h1", "h3");

        var start = Instant.now();
        available("drain", "h2");
        int lowest = 10;
        while (!cluster.living("web").stream().allMatch(task -> !task.node().equals("h2") && task.runs())) {
            lowest = Math.min(lowest, serving("web"));
            assertThat(Duration.between(start, Instant.now())).as("time until the host is drained").isLessThan(Cluster.SETTLES);
        }
        var moved = Duration.between(start, Instant.now());
        Await.until("h2 is empty", SOON, () -> cluster.fleet().host(2).running("web"), List::isEmpty);
        System.out.printf("10 replicas left h2 in %.1f s, it was empty after %.1f s; at least %d served%n",
                moved.toMillis() / 1e3, Duration.between(start, Instant.now()).toMillis() / 1e3, lowest);
        assertThat(lowest).as("replicas that served at any time").isEqualTo(10);
        Await.until("it says so", SOON, () -> cli.run("node", "inspect", "--format", "{{.Status.Message}}", "h2").ok().line(), "drained"::equals);

        available("active", "h2");
        JsonNode moves = cluster.api().get("/rebalance").path("Moves");
        assertThat(moves).as("moves to h2: %s", moves).hasSize(3).allMatch(move -> move.path("To").path("Hostname").asText().equals("h2"));
        assertThat(cluster.living("web")).extracting(Task::node).as("nothing moves unasked").doesNotContain("h2");
        assertThat(cluster.api().call("POST", "/rebalance", "").status()).isEqualTo(200);
        Await.until("three run on h2, and no more is to be gained", Cluster.SETTLES, () -> cluster.api().get("/rebalance"),
                left -> left.path("Moves").isEmpty() && left.path("Underway").isEmpty());
        assertThat(cluster.awaitRunning("web", 10)).filteredOn(task -> task.node().equals("h2")).hasSizeBetween(3, 4);
    }

    @Test
    void aSingleReplicaMovesWhileItIsAskedAndStaysWhereThereIsNoOtherPlace() throws InterruptedException {
        create("one", "--publish", "mode=host,target=8080,published=18090", "--label", "cardume.ready=http://:8080/", "cardume/web:1");
        Await.until("it serves", SOON, () -> serving("one"), count -> count == 1);
        String home = cluster.awaitRunning("one", 1).getFirst().node();
        var done = new AtomicBoolean();
        var asked = new AtomicInteger();
        var lost = new AtomicInteger();
        Thread client = Thread.ofVirtual().start(() -> {
            try (HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER).build()) {
                // Where it was last is asked first: if it has gone from there it has come elsewhere before.
                var hosts = new ArrayList<>(cluster.fleet().hosts());
                while (!done.get()) {
                    asked.incrementAndGet();
                    var found = hosts.stream().filter(host -> answers(http, host.address())).findFirst();
                    if (found.isEmpty()) lost.incrementAndGet();
                    found.filter(hosts::remove).ifPresent(hosts::addFirst);
                }
            }
        });

        available("drain", home);
        Await.until("it runs elsewhere", Cluster.SETTLES, () -> cluster.living("one"),
                tasks -> tasks.size() == 1 && tasks.getFirst().runs() && !tasks.getFirst().node().equals(home));
        String next = cluster.awaitRunning("one", 1).getFirst().node();
        String last = List.of("h1", "h2", "h3").stream().filter(host -> !host.equals(home) && !host.equals(next)).findFirst().orElseThrow();
        available("pause", last);
        available("drain", next);
        String message = Await.until("it has nowhere to go", SOON,
                () -> cli.run("node", "inspect", "--format", "{{.Status.Message}}", next).ok().line(), words -> words.contains("nowhere to go"));
        assertThat(message).startsWith("draining: 1 replica left, 1 has nowhere to go: one.1 (no suitable node (");
        assertThat(cluster.api().get("/nodes/" + next + "/explain").path("Nodes").toString()).contains("its availability is pause");
        available("active", last);
        Await.until("it runs where there is room again", Cluster.SETTLES, () -> cluster.living("one"),
                tasks -> tasks.size() == 1 && tasks.getFirst().runs() && tasks.getFirst().node().equals(last));

        done.set(true);
        client.join();
        System.out.printf("a single replica moved twice: %d of %d requests lost%n", lost.get(), asked.get());
        assertThat(lost).as("lost of %s requests", asked).hasValue(0);
    }

    @Test
    void zonesAreFilledEvenlyAndEnemiesAreKeptApart() {
        cli.run("node", "update", "--label-add", "zone=a", "h1").ok();
        cli.run("node", "update", "--label-add", "zone=a", "h2").ok();
        cli.run("node", "update", "--label-add", "zone=b", "h3").ok();
        create("spread", "--replicas", "4", "--placement-pref", "spread=node.labels.zone", "cardume/web:1");
        assertThat(cluster.awaitRunning("spread", 4)).extracting(Task::node).containsExactlyInAnyOrder("h1", "h2", "h3", "h3");

        create("db", "--constraint", "node.hostname==h3", "--label", "cardume.apart=guest", "cardume/web:1");
        cluster.awaitRunning("db", 1);
        create("guest", "--replicas", "4", "cardume/web:1");
        assertThat(cluster.awaitRunning("guest", 4)).extracting(Task::node).containsOnly("h1", "h2");
        cli.run("service", "update", "-d", "--constraint-add", "node.hostname==h3", "guest").ok();
        Await.until("it says why", SOON, () -> cli.run("service", "ps", "--no-trunc", "guest").ok().out(),
                out -> out.contains("kept apart from what is on 1 node"));
        for (String host : List.of("h1", "h2", "h3")) cli.run("node", "update", "--label-rm", "zone", host).ok();
    }

    private static boolean answers(HttpClient http, String address) {
        try {
            return http.send(HttpRequest.newBuilder(URI.create("http://" + address + ":18090/")).timeout(ANSWER).build(),
                    BodyHandlers.ofString()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** How many slots have a task that takes requests. */
    private int serving(String service) {
        String id = cluster.api().get("/services/" + service).path("ID").asText();
        return (int) Cluster.stream(cluster.api().get("/tasks"))
                .filter(task -> task.path("ServiceID").asText().equals(id) && task.path("Status").path("State").asText().equals("running")
                        && task.path("Status").path("Ready").asBoolean())
                .map(task -> task.path("Slot").asInt()).distinct().count();
    }

    private void available(String availability, String... hosts) {
        for (String host : hosts) cli.run("node", "update", "--availability", availability, host).ok();
    }

    private void create(String name, String... arguments) {
        String[] command = new String[arguments.length + 5];
        System.arraycopy(new String[] {"service", "create", "-d", "--name", name}, 0, command, 0, 5);
        System.arraycopy(arguments, 0, command, 5, arguments.length);
        cli.run(command).ok();
    }
}
