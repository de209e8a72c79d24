package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AddressingTest {
    @Test
    void everyTaskHasAnAddressOnEachOfItsNetworksBeforeItIsPlaced() {
        var scene = cluster().nodes(2).network("a", "10.0.1.0/24").network("b", "10.0.2.0/24");
        scene.service("web", 2, scene.on("a", "b")).settled();
        assertThat(scene.addresses("web")).containsExactlyInAnyOrder("10.0.1.3", "10.0.2.3", "10.0.1.4", "10.0.2.4");
        scene.runsWhole("web");
    }

    @Test
    void anAddressIsGivenBackLate() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/29");
        scene.service("web", 1, scene.on("a")).settled();
        assertThat(scene.addresses("web")).containsExactly("10.0.1.3");
        for (String next : new String[] {"10.0.1.5", "10.0.1.6", "10.0.1.3", "10.0.1.5"}) {
            scene.failed("web", slot(1), 1).after(Duration.ofSeconds(400)).settled();
            assertThat(scene.addresses("web")).containsExactly(next);
        }
    }

    @Test
    void anotherWordOnAServiceDoesNotTurnTheRoundBack() {
        var scene = cluster().nodes(1).ingress("10.0.0.0/24").service("web", 1, List.of(port(8080))).settled();
        assertThat(scene.addresses("web")).containsExactly("10.0.0.4");
        scene.failed("web", slot(1), 1).publishing("web", List.of(port(9090))).after(Duration.ofSeconds(400)).settled();
        assertThat(scene.addresses("web")).containsExactly("10.0.0.5");
        scene.publishing("web", List.of(port(7070))).failed("web", slot(1), 1).after(Duration.ofSeconds(400)).settled();
        assertThat(scene.addresses("web")).as("not what was given back long before").containsExactly("10.0.0.6");
    }

    private static PortConfig port(int published) {
        return new PortConfig(Optional.empty(), "tcp", 80, published, "ingress");
    }

    @Test
    void whereThereIsNoAddressLeftATaskWaitsAndSaysWhy() {
        var scene = cluster().nodes(2).network("a", "10.0.1.0/28");
        scene.service("web", 12, scene.on("a")).settled();
        assertThat(scene.addresses("web")).hasSize(10).doesNotHaveDuplicates();
        assertThat(scene.newest("web", slot(12)).status().err()).isEqualTo("network a has no free address left in 10.0.1.0/28");
        scene.failed("web", slot(1), 1).after(Duration.ofSeconds(1)).settled();
        assertThat(scene.addresses("web")).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void whatIsLostWithItsNodeKeepsItsAddress() {
        var scene = cluster().nodes(3).network("a", "10.0.1.0/28");
        scene.service("web", 3, scene.on("a")).settled();
        var before = scene.addresses("web");
        scene.silent("n1").after(Duration.ofSeconds(6)).settled();
        assertThat(scene.state().addressesOn(scene.state().networkNamed("a").get().id())).hasSize(4);
        assertThat(scene.addresses("web")).hasSize(3).isNotEqualTo(before);
    }

    @Test
    void whatIsLostForLongGivesItsAddressToOneThatFindsNoOther() {
        var scene = cluster().nodes(3).network("a", "10.0.1.0/28");
        scene.service("web", 8, scene.on("a")).settled();
        var lost = scene.live("web").stream().filter(task -> task.node().get().value().equals("n1")).toList();
        scene.silent("n1").after(Duration.ofSeconds(6)).settled();
        assertThat(scene.addresses("web")).as("the last one that is free").hasSize(9 - lost.size());
        int waits = scene.live("web").stream().filter(Task::isPending).findFirst().orElseThrow().slot();
        assertThat(scene.newest("web", waits).status().err()).contains("no free address");
        var lostAt = scene.state().task(lost.getFirst().id()).orElseThrow().status().at();
        scene.after(Duration.between(scene.now(), lostAt.plus(Duration.ofMinutes(5)).minusNanos(1)));
        assertThat(scene.newest("web", waits).isPending()).isTrue();
        scene.after(Duration.ofNanos(1)).settled().runsWhole("web");
        assertThat(scene.addresses("web")).hasSize(8).doesNotHaveDuplicates();
        scene.heard("n1").settled().runsWhole("web");
        scene.scaled("web", 0).settled().scaled("web", 9).settled().runsWhole("web");
    }

    @Test
    void whatIsLostKeepsItsAddressWhetherOrNotItIsWanted() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/24");
        scene.service("web", 3, scene.on("a")).settled().removed("web");
        scene.service("web", 2, scene.on("a")).settled();
        var addresses = scene.addresses("web");
        var network = scene.state().networkNamed("a").orElseThrow().id();
        scene.silent("n1").after(Duration.ofSeconds(6)).scaled("web", 1).removed("web").networkRemoved("a");
        assertThat(scene.state().addressesOn(network).keySet()).map(Ipv4::toString).containsExactlyElementsOf(addresses);
        assertThat(scene.state().networks()).containsKey(network);
        assertThat(scene.wakeAt()).isPresent();
        scene.after(Duration.ofMinutes(5).minusSeconds(2));
        assertThat(scene.state().addressesOn(network)).hasSize(2);
        scene.after(Duration.ofSeconds(2));
        assertThat(scene.state().tasks()).isEmpty();
        assertThat(scene.state().services()).isEmpty();
        assertThat(scene.state().networks()).isEmpty();
    }

    @Test
    void whatIsLostAndWouldBeForgottenForItsAgeKeepsItsAddress() {
        var scene = cluster().nodes(2).network("a", "10.0.1.0/24");
        scene.service("web", 1, scene.on("a")).settled();
        var first = scene.newest("web", slot(1));
        var network = scene.state().networkNamed("a").orElseThrow().id();
        scene.silent(first.node().orElseThrow().value()).after(Duration.ofSeconds(6)).settled();
        for (int i = 0; i < 8; i++) scene.failed("web", slot(1), 1).after(Duration.ofSeconds(8)).settled();
        assertThat(scene.state().addressesOn(network)).containsValue(first.id());
        scene.after(Duration.ofMinutes(5));
        assertThat(scene.state().task(first.id())).isEmpty();
        scene.settled().runsWhole("web");
    }

    @Test
    void aFullNetworkIsUpdatedAllTheSame() {
        var scene = cluster().nodes(2).network("a", "10.0.1.0/28");
        scene.service("web", 10, scene.on("a")).settled().updated("web", spec -> scene.on("a").apply(Scene.image("web:2").apply(spec)));
        assertThat(scene.running("web")).as("one makes room for its successor").isEqualTo(9);
        assertThat(scene.found("web").update().orElseThrow().message())
                .isEqualTo("update in progress; a task is stopped first where its network has no address for one beside it");
        scene.service("other", 1, scene.on("a")).settled().runsWhole("web");
        assertThat(scene.newest("other", slot(1)).isPending()).isTrue();
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 2);
        assertThat(scene.addresses("web")).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void aNetworkThatIsRemovedEndsWithItsLastTask() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/24");
        scene.service("web", 2, scene.on("a")).settled().removed("web").networkRemoved("a");
        assertThat(scene.state().networkNamed("a")).isEmpty();
        assertThat(scene.state().networks()).hasSize(1);
        scene.settled();
        assertThat(scene.state().networks()).isEmpty();
    }

    @Test
    void aHostThatCannotBePartOfNetworksIsLeftOutAndSaysSo() {
        var scene = cluster().nodes(1).network("a", "10.0.1.0/24")
                .turn(draft -> draft.put(Scene.without(draft.state().node(new NodeId("n1")).orElseThrow())));
        scene.service("web", 1, scene.on("a")).service("plain", 1).settled();
        scene.runsWhole("plain");
        assertThat(scene.newest("web", slot(1)).status().state()).isEqualTo(TaskState.PENDING);
        assertThat(scene.newest("web", slot(1)).status().err()).contains("missing plugin on 1 node");
        assertThat(Obstacles.to(scene.newest("web", slot(1)), scene.state(), scene.now()).get(new NodeId("n1")))
                .isEqualTo("it cannot be part of networks that span the hosts: no such right");
    }
}
