package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node.Liveness;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeasesTest {
    /** Of so many nodes the first few are silent for so many seconds: what is the first of them? */
    @ParameterizedTest
    @CsvSource({
        "1, 1,  2, READY",
        "1, 1,  3, SUSPECT",
        "1, 1,  4, SUSPECT",
        "1, 1,  5, DOWN",
        "2, 1,  5, DOWN",
        "2, 2,  5, DOWN",
        "3, 1,  5, DOWN",
        "3, 2,  5, SUSPECT",
        "3, 2, 34, SUSPECT",
        "3, 2, 35, DOWN",
        "4, 2,  5, DOWN",
        "4, 3,  5, SUSPECT",
        "4, 4, 34, SUSPECT",
        "4, 4, 35, DOWN"
    })
    void aSilentNodeIsSuspectThenDown(int nodes, int silent, int seconds, Liveness liveness) {
        var scene = cluster().nodes(nodes);
        for (int i = 1; i <= silent; i++) scene.silent("n" + i);
        scene.after(Duration.ofSeconds(seconds));
        assertThat(scene.node("n1").liveness()).isEqualTo(liveness);
    }

    @Test
    void nodesThatGoOneAfterTheOtherAreNotAMass() {
        var scene = cluster().nodes(3).silent("n1").after(Duration.ofSeconds(5)).silent("n2").after(Duration.ofSeconds(5));
        assertThat(scene.node("n1").liveness()).isEqualTo(Liveness.DOWN);
        assertThat(scene.node("n2").liveness()).isEqualTo(Liveness.DOWN);
        assertThat(scene.node("n3").liveness()).isEqualTo(Liveness.READY);
    }

    @Test
    void whereVeryManyTasksAreLostNodesGoDownInSeveralPlansAtOnce() {
        var state = cluster().nodes(6).service("web", 12).silent("n1", "n2", "n3").after(Duration.ofSeconds(4)).state();
        var now = Scene.START.plus(Duration.ofHours(1));
        var leases = new Leases(PlannerSettings.DEFAULTS, 3);

        var first = new Draft(state, now, "seed");
        leases.plan(first);
        assertThat(first.state().nodes().values().stream().filter(node -> node.liveness() == Liveness.DOWN)).as("two tasks each").hasSize(2);
        assertThat(leases.wakeAt(first.state(), now)).hasValueSatisfying(at -> assertThat(at).isBeforeOrEqualTo(now));

        var second = new Draft(first.state(), now, "seed");
        leases.plan(second);
        assertThat(second.state().nodes().values().stream().filter(node -> node.liveness() == Liveness.DOWN)).hasSize(4);
    }

    @Test
    void aLeaseThatBeginsAnewMakesNobodyReady() {
        var scene = cluster().nodes(2).silent("n1").after(Duration.ofSeconds(4));
        scene.turn(draft -> draft.add(new Change.NodeHeard(new NodeId("n1"), draft.now().minusNanos(1))));
        assertThat(scene.node("n1").liveness()).isEqualTo(Liveness.SUSPECT);
        scene.heard("n1");
        assertThat(scene.node("n1").liveness()).isEqualTo(Liveness.READY);
    }

    @Test
    void theSuspicionOfItselfEndsWhenEnoughAreHeardAgain() {
        var scene = cluster().nodes(3).silent("n1", "n2").after(Duration.ofSeconds(10)).heard("n2");
        assertThat(scene.node("n1").liveness()).isEqualTo(Liveness.DOWN);
        assertThat(scene.node("n2").liveness()).isEqualTo(Liveness.READY);
        assertThat(scene.node("n2").message()).isEmpty();
    }

    @Test
    void aNodeWhoseEngineDoesNotAnswerKeepsItsTasksAndTakesNoMore() {
        var scene = cluster().nodes(2).service("web", 2).engineAway("n1").scaled("web", 4);
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n2", "n2");
    }

    @Test
    void aNodeWithoutAnAgentHasNoLease() {
        var scene = cluster().after(Duration.ofMinutes(1));
        assertThat(scene.node("manager").liveness()).isEqualTo(Liveness.READY);
        assertThat(scene.wakeAt()).isEmpty();
    }
}
