package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.constraint;
import static io.cardume.manager.plan.Scene.spread;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.ContainerSpec;
import io.cardume.api.Mount;
import io.cardume.api.RebalanceView;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Node.Availability;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RebalanceTest {
    @Test
    void nothingIsGainedWhereAllIsEven() {
        assertThat(proposal(cluster().nodes(3).service("web", 7).service("db", 1).settled())).isEmpty();
        assertThat(proposal(cluster().nodes(3))).isEmpty();
    }

    @Test
    void aNodeThatJoinsIsProposedUntilAllIsEven() {
        var scene = cluster().nodes(2).service("web", 6).settled().joins("n3");
        var moves = proposal(scene);
        assertThat(moves).hasSize(2).allMatch(move -> move.to().hostname().equals("n3"));
        assertThat(moves).extracting(move -> move.from().hostname()).containsExactlyInAnyOrder("n1", "n2");
        assertThat(moves.getFirst().why()).matches("n[12] has 3 replicas of web, n3 has 0");
        scene.rested();
        assertThat(scene.where("web")).as("nothing moves unasked").doesNotContain("n3");
    }

    @Test
    void whatIsAskedForMovesOneByOneAndThenItIsEven() {
        var scene = cluster().nodes(2).service("web", 6).settled().joins("n3").after(Duration.ofSeconds(10)).moves("web");
        assertThat(scene.live("web")).as("one successor beside the six").hasSize(7);
        assertThat(scene.running("web")).isEqualTo(6);
        scene.settled();
        assertThat(scene.live("web")).as("a rest after each").hasSize(6);
        scene.rested().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n1", "n2", "n2", "n3", "n3");
        assertThat(scene.state().moving()).isEmpty();
        assertThat(proposal(scene)).isEmpty();
    }

    @Test
    void whatMovesHasAnAddressWhereItGoes() {
        var scene = cluster().nodes(2).network("back", "10.9.0.0/24");
        scene.service("web", 6, scene.on("back")).settled().joins("n3").after(Duration.ofSeconds(10)).moves("web");
        assertThat(scene.live("web")).hasSize(7).allMatch(task -> scene.state().addresses(task.id()).isPresent());
    }

    @Test
    void withoutAnAddressToSpareNothingMoves() {
        var scene = cluster().nodes(1).network("back", "10.9.0.0/29");
        scene.service("web", 5, scene.on("back")).settled().joins("n2").after(Duration.ofSeconds(10)).moves("web");
        assertThat(scene.live("web")).hasSize(5);
        assertThat(scene.state().moving()).isEmpty();
    }

    @Test
    void servicesOfOneReplicaAreSpreadToo() {
        var scene = cluster().nodes(1).service("a", 1).service("b", 1).service("c", 1).service("d", 1).settled().joins("n2");
        assertThat(proposal(scene)).hasSize(2).first().satisfies(move -> assertThat(move.why()).isEqualTo("n1 has 4 tasks of all services, n2 has 0"));
        scene.moves("a", "b", "c", "d").rested();
        assertThat(List.of("a", "b", "c", "d")).extracting(name -> scene.where(name).getFirst()).filteredOn("n2"::equals).hasSize(2);
        assertThat(scene.state().moving()).isEmpty();
    }

    @Test
    void preferencesComeBeforeNodes() {
        var scene = cluster().nodes(3).labelled("n1", "zone", "a").labelled("n2", "zone", "b").labelled("n3", "zone", "b")
                .available("n1", Availability.PAUSE).service("web", 4, spread("node.labels.zone")).settled()
                .available("n1", Availability.ACTIVE);
        assertThat(proposal(scene)).hasSize(2).first().satisfies(move -> assertThat(move.why()).isEqualTo("zone b has 4 replicas of web, zone a has 0"));
        scene.moves("web").rested();
        assertThat(scene.where("web")).containsExactly("n1", "n1", "n2", "n3");
    }

    @Test
    void somePlaceThemselves() {
        var scene = cluster().nodes(2).serviceLabelled("web", 4, "cardume.rebalance=auto").serviceLabelled("one", 1, "cardume.rebalance=auto")
                .settled().after(Duration.ofSeconds(60)).joins("n3");
        scene.after(Duration.ofSeconds(20)).settled();
        assertThat(scene.where("web")).as("not to a node that has only just come").doesNotContain("n3");
        scene.rested().runsWhole("web");
        assertThat(scene.where("web")).hasSize(4).contains("n3");
        var was = scene.where("web");
        assertThat(scene.rested().where("web")).as("and that is the end of it").isEqualTo(was);
    }

    @Test
    void whatIsNeverMovedSaysWhy() {
        var bound = new Mount("volume", Optional.of("data"), "/data", null, null, null, null, null);
        var scene = cluster().nodes(1).serviceLabelled("still", 2, "cardume.rebalance=off")
                .service("db", 2, spec -> spec.with(ContainerSpec.of("db:1").with(List.of(), Optional.empty(), List.of(bound))))
                .settled().joins("n2");
        assertThat(proposal(scene)).isEmpty();
        assertThat(Rebalance.proposal(scene.state(), scene.now()).skipped()).extracting(RebalanceView.Skip::why)
                .containsExactlyInAnyOrder("it has the label cardume.rebalance=off", "its data is bound to its nodes: volume data");
    }

    @Test
    void aMoveThatFailsIsNotTriedAgain() {
        var scene = cluster().nodes(1).service("web", 2).settled().joins("n2").after(Duration.ofSeconds(10)).moves("web");
        int slot = scene.live("web").stream().filter(task -> task.status().state() == TaskState.ASSIGNED).findFirst().orElseThrow().slot();
        scene.failed("web", slot, 1);
        assertThat(scene.state().moving()).isEmpty();
        scene.rested().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n1");
        scene.moves("web").rested();
        assertThat(scene.where("web")).as("unless it is asked for again").containsExactly("n1", "n2");
    }

    @Test
    void constraintsAndRoomAreMinded() {
        var scene = cluster().nodes(1).service("web", 4, constraint("node.hostname != n2")).settled().joins("n2");
        assertThat(proposal(scene)).isEmpty();
        scene.joins("n3");
        assertThat(proposal(scene)).hasSize(2).allMatch(move -> move.to().hostname().equals("n3"));
    }

    private static List<RebalanceView.Move> proposal(Scene scene) {
        return Rebalance.proposal(scene.state(), scene.now()).moves();
    }
}
