package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.cpus;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Node.Availability;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DrainTest {
    @Test
    void whatServesStaysUntilItsSuccessorElsewhereServes() {
        var scene = cluster().nodes(2).service("web", 4).settled().available("n1", Availability.DRAIN);
        assertThat(scene.running("web")).as("all four go on").isEqualTo(4);
        assertThat(scene.live("web")).as("and two successors start beside them, at once").hasSize(6);
        var moving = scene.live("web").stream().filter(task -> !task.isRunning()).toList();
        assertThat(moving).allMatch(task -> task.node().orElseThrow().value().equals("n2") && task.desired() == DesiredState.RUNNING);
        assertThat(moving).allMatch(task -> task.why().equals("node n1 is drained"));

        int serving = moving.getFirst().slot();
        scene.settles("web", serving);
        assertThat(scene.tasks("web", serving).getFirst().desired()).isEqualTo(DesiredState.SHUTDOWN);
        assertThat(scene.tasks("web", moving.getLast().slot()).getFirst().desired()).isEqualTo(DesiredState.RUNNING);
        scene.settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n2", "n2", "n2", "n2");
    }

    @Test
    void aSuccessorThatHasNotSettledGoesFromADrainedNodeAtOnce() {
        var scene = cluster().nodes(2).service("web", 1).settled().updated("web", Scene.image("web:2"));
        var old = scene.tasks("web", slot(1)).getFirst();
        var next = scene.newest("web", slot(1));
        scene.seen("web", slot(1), TaskState.RUNNING).available(next.node().orElseThrow().value(), Availability.DRAIN);
        assertThat(scene.tasks("web", slot(1)).get(1).desired()).isEqualTo(DesiredState.SHUTDOWN);
        assertThat(scene.tasks("web", slot(1)).getFirst()).isEqualTo(old);
        assertThat(scene.newest("web", slot(1)).node()).isNotEqualTo(next.node());
        scene.settled().runsWhole("web");
    }

    @Test
    void whatHasNowhereToGoStaysAndSaysWhy() {
        var scene = cluster().nodes(2).service("big", 2, cpus(3)).settled().available("n1", Availability.DRAIN).settled();
        assertThat(scene.where("big")).containsExactly("-", "n1", "n2");
        assertThat(scene.running("big")).isEqualTo(2);
        var waiting = scene.live("big").stream().filter(Task::isPending).findFirst().orElseThrow();
        assertThat(waiting.status().err()).contains("insufficient resources on 1 node");
        scene.scaled("big", 1).settled();
        assertThat(scene.where("big")).as("one slot left, and room for it").containsExactly("n2");
    }

    @Test
    void aNodeWantedAgainKeepsWhatItHas() {
        var scene = cluster().nodes(2).service("web", 2).settled().available("n1", Availability.DRAIN);
        var successor = scene.live("web").stream().filter(task -> !task.isRunning()).findFirst().orElseThrow();
        scene.available("n1", Availability.ACTIVE);
        assertThat(scene.state().tasks().get(successor.id()).desired()).isEqualTo(DesiredState.SHUTDOWN);
        scene.settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n2");
    }

    @Test
    void whatDoesNotServeNeedNotWait() {
        var scene = cluster().nodes(2).service("web", 2).settled();
        int onFirst = scene.live("web").stream().filter(task -> task.node().orElseThrow().value().equals("n1")).findFirst().orElseThrow().slot();
        scene.failed("web", onFirst, 1).available("n1", Availability.DRAIN);
        assertThat(scene.live("web")).allMatch(task -> task.node().isEmpty() || task.node().get().value().equals("n2"));
        scene.settled().runsWhole("web");
    }

    @Test
    void aSuccessorThatFailsIsFollowedByAnotherAfterARest() {
        var scene = cluster().nodes(2).service("web", 1).settled();
        var home = scene.where("web").getFirst();
        scene.available(home, Availability.DRAIN).failed("web", slot(1), 1);
        assertThat(scene.newest("web", slot(1)).failures()).isEqualTo(1);
        scene.failed("web", slot(1), 1);
        var third = scene.newest("web", slot(1));
        assertThat(third.desired()).isEqualTo(DesiredState.READY);
        assertThat(third.failures()).isEqualTo(2);
        assertThat(scene.where("web")).as("the old one goes on").contains(home);
        assertThat(scene.running("web")).isEqualTo(1);
        scene.after(Duration.ofSeconds(5)).settled().runsWhole("web");
        assertThat(scene.where("web")).doesNotContain(home);
    }

    @Test
    void theOldOneDiesAndTheSuccessorIsThereAlready() {
        var scene = cluster().nodes(2).service("web", 1).settled();
        var home = scene.where("web").getFirst();
        scene.available(home, Availability.DRAIN).silent(home).after(Duration.ofSeconds(6)).settled().runsWhole("web");
        assertThat(scene.tasks("web", slot(1))).hasSize(2);
    }

    @Test
    void aSuccessorOnANodeThatIsDrainedTooGoesOnward() {
        var scene = cluster().nodes(3).service("web", 1).settled();
        var home = scene.where("web").getFirst();
        scene.available(home, Availability.DRAIN);
        var second = scene.newest("web", slot(1)).node().orElseThrow().value();
        scene.available(second, Availability.DRAIN).settled().runsWhole("web");
        assertThat(scene.where("web")).doesNotContain(home, second);
    }

    @Test
    void aFixedPortMovesWithItsTask() {
        var scene = cluster().nodes(3).serviceAtPort("web", 2, 8080).settled();
        var empty = java.util.List.of("n1", "n2", "n3").stream().filter(node -> !scene.where("web").contains(node)).findFirst().orElseThrow();
        var first = scene.where("web").getFirst();
        scene.available(first, Availability.DRAIN);
        assertThat(scene.running("web")).isEqualTo(2);
        scene.settled().runsWhole("web");
        assertThat(scene.where("web")).contains(empty).doesNotContain(first);
    }

    @Test
    void servicesKeptTogetherLeaveTogether() {
        var scene = cluster().nodes(2).service("db", 1).serviceLabelled("web", 2, "cardume.together=db").settled();
        var home = scene.where("db").getFirst();
        scene.available(home, Availability.DRAIN).settled().runsWhole("db").runsWhole("web");
        assertThat(scene.where("web")).doesNotContain(home).isSubsetOf(scene.where("db"));
    }

    @Test
    void aPausedNodeKeepsWhatItHasAndTakesNothing() {
        var scene = cluster().nodes(2).service("web", 2).settled().available("n1", Availability.PAUSE).scaled("web", 6).settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n2", "n2", "n2", "n2");
        scene.updated("web", Scene.image("web:2")).after(Duration.ofSeconds(60)).settled().runsWhole("web");
        assertThat(scene.where("web")).doesNotContain("n1");
    }
}
