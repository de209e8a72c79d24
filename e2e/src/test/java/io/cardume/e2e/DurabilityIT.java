package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the API has acknowledged is there after the manager was killed at any instant. */
@ExtendWith(OnFleet.class)
@Order(5)
class DurabilityIT {

    private static final int ROUNDS = Integer.getInteger("cardume.e2e.crashes", 3);
    private static final int SERVICES = 50;
    private final Cluster cluster;

    DurabilityIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void fiftyAcknowledgedServicesOutliveTheManagersDeath() throws Exception {
        for (int round = 1; round <= ROUNDS; round++) {
            List<String> acknowledged = createAll(round);

            cluster.killManager();
            cluster.startManager();

            assertThat(Cluster.stream(cluster.api().get("/services")).map(service -> service.path("ID").asText()))
                    .as("round %d of %d", round, ROUNDS).hasSize(SERVICES).containsAll(acknowledged);
            System.out.println("crash " + round + " of " + ROUNDS + ": " + SERVICES + " of " + SERVICES + " services there");
            for (String id : acknowledged) {
                cluster.api().call("DELETE", "/services/" + id, "").json();
            }
        }
    }

    @Test
    void aManagerThatWasStoppedForAWhileGoesOn() {
        cluster.manager().pause(Duration.ofSeconds(12));

        String spec = """
                {"Name": "after-a-pause", "Mode": {"Replicated": {"Replicas": 0}}, "TaskTemplate": {"ContainerSpec": {"Image": "cardume/web:1"}}}""";
        String id = cluster.api().call("POST", "/services/create", spec).json().path("ID").asText();
        assertThat(cluster.manager().alive()).as("the same process").isTrue();
        cluster.api().call("DELETE", "/services/" + id, "").json();
    }

    private List<String> createAll(int round) throws Exception {
        try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < SERVICES; i++) {
                String spec = """
                        {"Name": "s%d-%d", "Mode": {"Replicated": {"Replicas": 0}},
                         "TaskTemplate": {"ContainerSpec": {"Image": "cardume/web:1"}}}""".formatted(round, i);
                answers.add(callers.submit(() -> cluster.api().call("POST", "/services/create", spec).json().path("ID").asText()));
            }
            List<String> ids = new ArrayList<>();
            for (Future<String> answer : answers) {
                ids.add(answer.get());
            }
            return ids;
        }
    }
}
