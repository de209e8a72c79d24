package io.cardume.manager.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Node;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReachingTest {
    private final ServedCluster cluster = new ServedCluster();

    @BeforeEach
    void threeHostsPublishAPort() {
        for (String host : List.of("a", "b", "c")) put(host, Node.Liveness.READY);
        assertThat(cluster.post("/services/create", "{\"Name\":\"web\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"web\"}},"
                + "\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80,\"PublishedPort\":8080}]}}").status()).isEqualTo(201);
    }

    @AfterEach
    void close() throws Exception {
        cluster.close();
    }

    @Test
    void whoReachesEverybodyIsNotNamed() {
        var seen = cluster.get("/networks/ingress/reachability").json();
        assertThat(seen.path("Summary").asText()).isEqualTo("those 3 nodes that ask reach all others");
        assertThat(seen.path("Nodes")).hasSize(3).allMatch(node -> node.path("Asks").asBoolean());
        assertThat(seen.path("Unreached")).isEmpty();
        assertThat(cluster.get("/nodes/a").json().path("Status").path("Message").asText()).isEmpty();
    }

    @Test
    void everyPairIsNamedAndEveryNodeSaysItsOwn() {
        unreached("a", "c");
        unreached("b", "c");
        var seen = cluster.get("/networks/ingress/reachability").json();
        assertThat(seen.path("Summary").asText()).isEqualTo("a does not reach c; b does not reach c");
        assertThat(seen.path("Unreached")).extracting(pair -> pair.path("FromHost").asText() + pair.path("ToHost").asText()).containsExactly("ac", "bc");
        assertThat(message("a")).isEqualTo("it does not reach c, over the networks between hosts (UDP port 4789)");
        assertThat(message("c")).isEqualTo("it is not reached by a, b, over the networks between hosts (UDP port 4789)");
        assertThat(cluster.get("/nodes/c/explain").json().path("Summary").asText()).endsWith("; " + message("c"));
        assertThat(cluster.get("/nodes").json()).filteredOn(node -> !node.path("Status").path("Message").asText().isEmpty()).hasSize(3);
    }

    @Test
    void whoIsDownIsSoForEverybody() {
        unreached("a", "c");
        put("c", Node.Liveness.DOWN);
        assertThat(cluster.get("/networks/ingress/reachability").json().path("Unreached")).isEmpty();
        assertThat(message("a")).isEmpty();
    }

    private String message(String host) {
        return cluster.get("/nodes/" + host).json().path("Status").path("Message").asText();
    }

    private void unreached(String from, String to) {
        cluster.agents.unreached.put(id(from), new TreeSet<>(List.of(id(to))));
    }

    private static NodeId id(String host) {
        return new NodeId(host.repeat(25));
    }

    private void put(String host, Node.Liveness liveness) {
        cluster.done(draft -> {
            draft.put(new Node(id(host), draft.state().node(id(host)).map(Node::version).orElse(0L), draft.now(), draft.now(), "", new TreeMap<>(), Node.Role.WORKER,
                    Node.Availability.ACTIVE, new NodeDescription(host, new Platform("x86_64", "linux"), 4_000_000_000L, 8L << 30, "20.10.24", new TreeMap<>(),
                            List.of(NodeDescription.OVERLAY)), "10.1.2." + (int) host.charAt(0), true, liveness, "", Optional.empty()));
            if (liveness == Node.Liveness.READY) draft.add(new Change.NodeHeard(id(host), draft.now()));
            return null;
        });
    }
}
