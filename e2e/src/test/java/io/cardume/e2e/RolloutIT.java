package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A new version comes without a gap, a bad one goes by itself, and whoever is killed meanwhile does not matter. */
@ExtendWith(OnFleet.class)
@Order(5)
class RolloutIT {

    private final Cluster cluster;
    private final Cli cli;

    RolloutIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void anUpdateLosesNothingEvenWhenItsManagerIsKilledInTheMiddle() {
        create("web", "--replicas", "6", "--update-parallelism", "2", "--update-order", "start-first", "--update-monitor", "1s",
                "--publish", "mode=host,target=8080", "--label", "cardume.startup=http://:8080/");
        cluster.awaitRunning("web", 6);
        JsonNode before = cluster.api().get("/services/web");

        try (Least least = new Least(cluster, "web"); Client client = new Client(cluster)) {
            cli.run("service", "update", "-d", "--image", "cardume/web:2", "web").ok();
            var stale = cluster.api().call("POST", "/services/web/update?version=" + before.path("Version").path("Index").asLong(),
                    before.path("Spec").toString());
            assertThat(stale.status()).isEqualTo(500);
            assertThat(stale.body()).contains("update out of sequence");

            Await.until("some run the new version, and not all", Cluster.SETTLES, () -> of("web", 2), count -> count >= 1 && count < 6);
            cluster.killManager();
            cluster.startManager();
            client.asksAgain();
            Await.until("the update is completed", Cluster.SETTLES, () -> state("web"), "completed"::equals);
            assertThat(cluster.awaitRunning("web", 6)).hasSize(6);
            assertThat(of("web", 2)).isEqualTo(6);
            assertThat(least.number()).as("the lowest number of containers that ran").isGreaterThanOrEqualTo(6);
            assertThat(client.failures()).as("failures of %d requests", client.requests()).isEmpty();
            assertThat(client.requests()).isGreaterThan(20);
        }
    }

    @Test
    void aBadVersionGoesByItselfAndItsCauseIsKept() {
        create("web", "--replicas", "3", "--rollback-monitor", "1s");
        List<Task> before = cluster.awaitRunning("web", 3);

        Ran back = cli.run("service", "update", "--image", "cardume/crash:1", "web");
        JsonNode status = cluster.api().get("/services/web").path("UpdateStatus");
        assertThat(status.path("State").asText()).as("%s", back).isEqualTo("rollback_completed");
        assertThat(status.path("Message").asText()).startsWith("rollback completed; update rolled back due to failure or early termination of task ")
                .contains(" on h").endsWith("task: non-zero exit (3)");
        // The CLI ends well when the service is whole again; it ends with 1 when an update or a rollback is paused.
        assertThat(back.exit()).as("%s", back).isZero();
        assertThat(back.out() + back.err()).as("the CLI shows it").contains("update rolled back due to failure or early termination of task");
        assertThat(cluster.awaitRunning("web", 3)).extracting(Task::id).containsExactlyInAnyOrderElementsOf(before.stream().map(Task::id).toList());

        JsonNode revisions = cluster.api().get("/services/web/revisions");
        assertThat(revisions.findValuesAsText("State")).containsExactly("current", "failed", "previous");
        assertThat(revisions.get(1).path("Failure").path("Message").asText()).isEqualTo("task: non-zero exit (3)");
        assertThat(cluster.api().get("/services/web/explain").path("Summary").asText()).contains("revision 2 failed: task ");

        Ran paused = cli.run("service", "update", "--image", "cardume/crash:1", "--update-failure-action", "pause", "--update-order", "start-first", "web");
        assertThat(paused.exit()).as("%s", paused).isEqualTo(1);
        assertThat(paused.err()).contains("service update paused: update paused due to failure or early termination of task");
        Ran rollback = cli.run("service", "rollback", "web").ok();
        assertThat(rollback.out()).contains("rollback").contains("converged");
        assertThat(cluster.awaitRunning("web", 3)).extracting(Task::id).containsExactlyInAnyOrderElementsOf(before.stream().map(Task::id).toList());

        long version = cluster.api().get("/services/web").path("Version").path("Index").asLong();
        assertThat(cluster.api().call("POST", "/services/web/update?rollback=99&version=" + version, "").status()).isEqualTo(400);
        cluster.api().call("POST", "/services/web/update?rollback=1&version=" + version, "").json();
        Await.until("it is rolled back", Cluster.SETTLES, () -> state("web"), "rollback_completed"::equals);
    }

    private void create(String name, String... arguments) {
        List<String> command = new ArrayList<>(List.of("service", "create", "-d", "--name", name));
        command.addAll(List.of(arguments));
        command.add("cardume/web:1");
        cli.run(command.toArray(String[]::new)).ok();
    }

    private String state(String service) {
        return cluster.api().get("/services/" + service).path("UpdateStatus").path("State").asText();
    }

    /** How many containers of a service run this version, by what the engines say. */
    private long of(String service, int version) {
        return cluster.running(service).stream().filter(container -> container.image().equals("cardume/web:" + version)).count();
    }

    /** Asks the tasks of the service for a page all the time, each at the port its host gave it. */
    private static final class Client implements AutoCloseable {
        private static final Duration LIMIT = Duration.ofSeconds(30);
        private final Cluster cluster;
        private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();
        private final List<String> failures = new ArrayList<>();
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final AtomicBoolean managed = new AtomicBoolean(true);
        private final Thread thread;

        Client(Cluster cluster) {
            this.cluster = cluster;
            this.thread = Thread.ofPlatform().start(() -> {
                while (!ended.get()) {
                    if (managed.get()) round();
                    else LockSupport.parkNanos(10_000_000);
                }
            });
        }

        private void round() {
            try {
                Cluster.stream(cluster.api().get("/tasks")).filter(Client::serves).forEach(this::ask);
            } catch (UncheckedIOException e) {
                // The manager is away: nobody says whom to ask.
                managed.set(false);
            }
        }

        private static boolean serves(JsonNode task) {
            return task.path("Status").path("State").asText().equals("running") && task.path("DesiredState").asText().equals("running");
        }

        private void ask(JsonNode task) {
            int port = task.path("Status").path("PortStatus").path("Ports").path(0).path("PublishedPort").asInt();
            String node = cluster.api().get("/nodes/" + task.path("NodeID").asText()).path("Description").path("Hostname").asText();
            var host = cluster.fleet().hosts().stream().filter(one -> one.name().equals(node)).findFirst().orElseThrow();
            var request = HttpRequest.newBuilder(URI.create("http://" + host.address() + ":" + port + "/")).timeout(LIMIT).build();
            try {
                requests.incrementAndGet();
                int status = http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
                if (status == 200) return;
                failures.add(request + " was answered with " + status);
            } catch (IOException e) {
                // One that was told to stop since it was listed is not asked for any more.
                var now = cluster.api().call("GET", "/tasks/" + task.path("ID").asText(), "");
                if (now.status() == 200 && serves(now.json())) failures.add(request + ": " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** The manager is there again. */
        void asksAgain() {
            managed.set(true);
        }

        int requests() {
            return requests.get();
        }

        List<String> failures() {
            return List.copyOf(failures);
        }

        @Override
        public void close() {
            ended.set(true);
            Await.until("the client ends", Cluster.SETTLES, () -> !thread.isAlive());
        }
    }
}
