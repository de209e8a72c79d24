package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An image that no registry knows and one host has runs on all of them. */
@ExtendWith(OnFleet.class)
@Order(82)
class ImagesIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String IMAGE = "local/only:1";
    private final Cluster cluster;

    ImagesIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @AfterEach
    void forgetTheImage() {
        cluster.reset();
        cluster.fleet().hosts().forEach(ImagesIT::forget);
    }

    private static void forget(Host host) {
        host.engine().call("DELETE", "/images/" + IMAGE + "?force=1", "");
    }

    @Test
    void imageOfOneHostRunsOnAllAlthoughAnAgentIsKilledWhileItComes() {
        Host giver = cluster.fleet().host(1);
        Host killed = cluster.fleet().host(2);
        make(giver);
        String id = giver.engine().get("/images/" + IMAGE + "/json").path("Id").asText();

        // Should this machine have been so busy that the image had come before the agent was killed, it is to come again.
        for (int tries = 0; !isKilledWhileItComes(killed); tries++) {
            assertThat(tries).as("times that it has come before the agent was killed").isLessThan(5);
            cluster.startAgent(killed);
            cluster.cli().run("service", "rm", "local").ok();
            cluster.awaitNoTasks();
            cluster.fleet().hosts().stream().filter(host -> host != giver).forEach(ImagesIT::forget);
        }
        cluster.startAgent(killed);

        cluster.awaitRunning("local", 3, LIMIT);
        assertThat(cluster.fleet().hosts()).allSatisfy(host ->
                assertThat(host.engine().get("/images/" + IMAGE + "/json").path("Id").asText()).as("on %s", host).isEqualTo(id));
        assertThat(killed.engine().get("/images/json?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D")).as("halves of images on h2").isEmpty();
    }

    private boolean isKilledWhileItComes(Host killed) {
        cluster.cli().run("service", "create", "-d", "--name", "local", "--replicas", "3", "--replicas-max-per-node", "1", IMAGE).ok();
        Await.until("the image comes to h2", LIMIT, () -> messages(killed), messages -> messages.contains("getting image " + IMAGE + " from node h1") || has(killed));
        cluster.killAgent(killed);
        return !has(killed);
    }

    /** What the tasks on a host say of themselves. */
    private List<String> messages(Host host) {
        String node = Cluster.stream(cluster.api().get("/nodes")).filter(one -> one.path("Description").path("Hostname").asText().equals(host.name()))
                .map(one -> one.path("ID").asText()).findFirst().orElseThrow();
        return Cluster.stream(cluster.api().get("/tasks")).filter(task -> task.path("NodeID").asText().equals(node))
                .map(task -> task.path("Status").path("Message").asText()).toList();
    }

    private static boolean has(Host host) {
        return host.engine().call("GET", "/images/" + IMAGE + "/json", "").status() == 200;
    }

    /** 32 MB of it, so that it takes a while to come. */
    private void make(Host host) {
        String docker = cluster.cli().binary() + " -H unix://" + host.socket();
        Ran.of(LIMIT, Map.of(), List.of("sh", "-ec", "f=$(mktemp); head -c 32000000 /dev/urandom > $f; c=$(" + docker + " create cardume/web:1); "
                + docker + " cp $f $c:/filler; " + docker + " commit $c " + IMAGE + "; " + docker + " rm $c; rm $f")).ok();
    }
}
