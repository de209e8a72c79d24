package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.UpdateStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlannerTest {
    @Test
    void aServiceIsSpreadOverTheNodesInTheTurnThatCreatesIt() {
        var scene = cluster().nodes(3).service("web", 6);
        assertThat(scene.where("web")).containsExactly("n1", "n1", "n2", "n2", "n3", "n3");
        assertThat(scene.live("web")).allMatch(task -> task.desired() == DesiredState.RUNNING);
        scene.settled().runsWhole("web");
        assertThat(scene.found("web").update()).isEmpty();
    }

    @Test
    void deadTaskIsReplacedInItsSlotAtOnce() {
        var scene = cluster().nodes(3).service("web", 2).settled().failed("web", slot(1), 137);
        var tasks = scene.tasks("web", slot(1));
        assertThat(tasks).hasSize(2);
        assertThat(tasks.getFirst().desired()).isEqualTo(DesiredState.SHUTDOWN);
        assertThat(tasks.getLast().desired()).isEqualTo(DesiredState.RUNNING);
        scene.settled().runsWhole("web");
    }

    @Test
    void aCrashLoopIsSlowedDownAndPreparedMeanwhile() {
        var scene = cluster().nodes(1).service("web", 1).settled();
        for (int i = 0; i < 3; i++) scene.failed("web", slot(1), 1).after(Duration.ofSeconds(5)).settled();
        scene.failed("web", slot(1), 1);
        var waiting = scene.newest("web", slot(1));
        assertThat(waiting.desired()).isEqualTo(DesiredState.READY);
        assertThat(waiting.node()).isPresent();
        assertThat(Duration.between(scene.now(), waiting.notBefore().orElseThrow())).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
        assertThat(waiting.failures()).isEqualTo(4);
        scene.settled();
        assertThat(scene.newest("web", slot(1)).status().state()).isEqualTo(TaskState.READY);
        scene.after(Duration.ofSeconds(5)).settled().runsWhole("web");
    }

    @Test
    void whatIsRejectedIsNotPreparedAheadAgain() {
        var scene = cluster().nodes(1).service("web", 1);
        // The first is followed at once.
        scene.seen("web", slot(1), TaskState.REJECTED).seen("web", slot(1), TaskState.REJECTED);
        for (int failures = 2; failures < 6; failures++) {
            var resting = scene.newest("web", slot(1));
            assertThat(resting.failures()).isEqualTo(failures);
            assertThat(resting.node()).isEmpty();
            assertThat(resting.status().message()).isEqualTo("waiting for its next try");
            var rest = Duration.between(scene.now(), resting.notBefore().orElseThrow());
            assertThat(rest).isGreaterThan(Duration.ofMillis(700L << failures - 2));
            scene.after(rest.minusMillis(1));
            assertThat(scene.newest("web", slot(1))).isEqualTo(resting);
            scene.after(Duration.ofMillis(1));
            assertThat(scene.newest("web", slot(1)).node()).isPresent();
            scene.seen("web", slot(1), TaskState.REJECTED);
        }
        scene.after(Duration.ofSeconds(20)).settled().runsWhole("web");
    }

    @Test
    void aProgramThatEndsAtOnceIsPreparedAhead() {
        var scene = cluster().nodes(1).service("web", 1).failed("web", slot(1), 1).failed("web", slot(1), 1);
        assertThat(scene.newest("web", slot(1)).node()).isPresent();
        var hourly = cluster().nodes(1).service("job", 1, Scene.restart(new RestartPolicy(
                Optional.of(RestartCondition.ANY), Optional.of(Duration.ofHours(1)), Optional.empty(), Optional.empty())));
        assertThat(hourly.failed("job", slot(1), 0).newest("job", slot(1)).node()).isPresent();
    }

    @Test
    void whatIsRejectedRestsAsLongAsTheCallerSays() {
        var scene = cluster().nodes(1).service("web", 1, Scene.restart(new RestartPolicy(
                Optional.of(RestartCondition.ANY), Optional.of(Duration.ofSeconds(5)), Optional.empty(), Optional.empty())));
        scene.seen("web", slot(1), TaskState.REJECTED);
        assertThat(scene.newest("web", slot(1)).node()).isEmpty();
        scene.after(Duration.ofMillis(4_999));
        assertThat(scene.newest("web", slot(1)).node()).isEmpty();
        scene.after(Duration.ofMillis(1));
        assertThat(scene.newest("web", slot(1)).node()).isPresent();
    }

    @Test
    void whoRestsTakesNoAddressAndSaysWhyAllTheSame() {
        // One address for tasks: the other services' tasks wait for it.
        var scene = cluster().nodes(1).network("narrow", "10.9.0.0/29");
        for (String name : List.of("a", "b", "c", "d", "e", "f", "g")) scene.service(name, 1, scene.on("narrow"));
        var resting = scene.live("a").getFirst().node().isPresent() ? "a" : "b";
        scene.seen(resting, slot(1), TaskState.REJECTED).seen(resting, slot(1), TaskState.REJECTED);
        scene.after(Duration.ofSeconds(5));
        scene.settled();
    }

    @Test
    void itRestsAlsoWhereNothingIsRemembered() {
        var scene = cluster().nodes(1).turn(draft -> draft.put(draft.state().cluster().orElseThrow().set(new TreeMap<>(), 0))).service("web", 1)
                .seen("web", slot(1), TaskState.REJECTED).seen("web", slot(1), TaskState.REJECTED);
        assertThat(scene.newest("web", slot(1)).node()).isEmpty();
        scene.after(Duration.ofSeconds(2)).settled().runsWhole("web");
    }

    @Test
    void whatIsNotToBeRestartedSaysSo() {
        var scene = cluster().nodes(1).service("job", 1, Scene.restart(RestartCondition.ON_FAILURE)).settled().failed("job", slot(1), 0);
        assertThat(scene.tasks("job", slot(1))).hasSize(1);
        assertThat(scene.newest("job", slot(1)).status().message()).contains("restart condition");
    }

    @Test
    void historyIsKeptPerSlot() {
        var scene = cluster().nodes(1).service("web", 1).settled();
        for (int i = 0; i < 9; i++) scene.failed("web", slot(1), 1).after(Duration.ofSeconds(400)).settled();
        assertThat(scene.tasks("web", slot(1))).hasSize(5);
    }

    @Test
    void tasksOfASilentNodeRunElsewhereAndTheNodeComesBackEmpty() {
        var scene = cluster().nodes(3).service("web", 3).settled().silent("n1").after(Duration.ofSeconds(4));
        assertThat(scene.node("n1").liveness()).isEqualTo(Node.Liveness.SUSPECT);
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n3");
        scene.after(Duration.ofSeconds(2));
        assertThat(scene.node("n1").liveness()).isEqualTo(Node.Liveness.DOWN);
        assertThat(scene.node("n1").message()).isEqualTo("heartbeat failure");
        assertThat(scene.where("web")).doesNotContain("n1").hasSize(3);
        scene.settled().runsWhole("web").heard("n1").settled().runsWhole("web");
        assertThat(scene.node("n1").liveness()).isEqualTo(Node.Liveness.READY);
        assertThat(scene.where("web")).doesNotContain("n1");
    }

    @Test
    void massSilenceIsBlamedOnTheManagerForAWhile() {
        var scene = cluster().nodes(4).service("web", 4).settled().silent("n1", "n2", "n3").after(Duration.ofSeconds(20));
        assertThat(scene.node("n2").liveness()).isEqualTo(Node.Liveness.SUSPECT);
        assertThat(scene.node("n2").message()).contains("the manager suspects itself");
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n3", "n4");
        scene.after(Duration.ofSeconds(20));
        assertThat(scene.where("web")).containsExactly("n4", "n4", "n4", "n4");
    }

    @Test
    void tasksWhoseConstraintNoLongerHoldsMove() {
        var scene = cluster().nodes(2).labelled("n1", "disk", "ssd").service("db", 1, Scene.constraint("node.labels.disk == ssd")).settled();
        assertThat(scene.where("db")).containsExactly("n1");
        scene.labelled("n1", "disk", "hdd").settled();
        assertThat(scene.where("db")).containsExactly("-");
        assertThat(scene.newest("db", slot(1)).status().err())
                .isEqualTo("no suitable node (scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks)");
        scene.labelled("n2", "disk", "SSD").settled().runsWhole("db");
        assertThat(scene.where("db")).containsExactly("n2");
    }

    @Test
    void scalingDownTakesFromTheFullestNode() {
        var scene = cluster().nodes(2).service("web", 4).settled().scaled("web", 2).settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n2");
        scene.scaled("web", 0).settled();
        assertThat(scene.state().tasks()).isEmpty();
        scene.scaled("web", 2).settled().runsWhole("web");
        assertThat(scene.live("web")).extracting(Task::slot).containsExactly(1, 2);
    }

    @Test
    void aRemovedServiceIsForgottenOnceItsTasksAreGone() {
        var scene = cluster().nodes(2).service("web", 2).settled().removed("web");
        assertThat(scene.state().services()).hasSize(1);
        scene.settled();
        assertThat(scene.state().services()).isEmpty();
        assertThat(scene.state().tasks()).isEmpty();
    }

    @Test
    void aFixedPortIsHandedOverOnItsNode() {
        var scene = cluster().nodes(2).serviceAtPort("web", 2, 80).settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n2");
        scene.updated("web", Scene.image("web:2")).settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n2");
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 2);
        scene.scaled("web", 3).settled();
        assertThat(scene.newest("web", slot(3)).status().err())
                .isEqualTo("no suitable node (host-mode port already in use on 2 nodes; 1 node not available for new tasks)");
    }

    @Test
    void aChangeOfPlacementAloneMovesOnlyWhatMustMove() {
        var scene = cluster().nodes(2).labelled("n1", "disk", "ssd").service("web", 2).settled();
        var stays = scene.live("web").stream().filter(task -> task.node().orElseThrow().value().equals("n1")).findFirst().orElseThrow();
        scene.updated("web", Scene.constraint("node.labels.disk==ssd")).settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n1");
        assertThat(scene.live("web")).extracting(Task::id).contains(stays.id());
    }

    /** Seed 508: the first service's reason was written before the second one took the node. */
    @Test
    void pendingTasksCountWhatOtherServicesTookInTheSameTurn() {
        var scene = cluster().nodes(1).available("n1", Node.Availability.PAUSE)
                .service("a", 3, Scene.cpus(2)).service("b", 3, Scene.cpus(2))
                .available("n1", Node.Availability.ACTIVE);
        assertThat(scene.live("a")).filteredOn(Task::isPending).allMatch(task -> task.status().err().contains("insufficient resources on 1 node"));
        assertThat(scene.live("b")).filteredOn(Task::isPending).allMatch(task -> task.status().err().contains("insufficient resources on 1 node"));
    }

    /** Seed 1114: more replicas than nodes with their fixed port, so one slot never runs in any revision. */
    @Test
    void slotsThatFindNoNodeDoNotHoldUpAnUpdate() {
        var scene = cluster().nodes(2).serviceAtPort("web", 3, 80).settled().updated("web", Scene.image("web:2")).settled();
        assertThat(scene.running("web")).isEqualTo(2);
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 2);
    }

    /** Seed 1046: revision 3 says what revision 1 said, which had given the slot up. */
    @Test
    void aWayBackForgivesWhatHappenedUnderTheOldRevision() {
        var scene = cluster().nodes(1).service("job", 1, Scene.restart(RestartCondition.NONE)).settled().failed("job", slot(1), 1)
                .updated("job", Scene.image("web:2")).settled().failed("job", slot(1), 2);
        assertThat(scene.live("job")).isEmpty();
        scene.updated("job", Scene.image("web:1")).settled().runsWhole("job");
    }

    @Test
    void anUpdateToWhatNoNodeCanRunLeavesTheOldRunning() {
        var scene = cluster().nodes(2).service("web", 2).settled().updated("web", Scene.both(Scene.image("web:2"), Scene.constraint("node.labels.disk==ssd"))).settled();
        assertThat(scene.running("web")).isEqualTo(2);
        assertThat(scene.found("web").update()).hasValueSatisfying(update -> assertThat(update.state()).isEqualTo(UpdateStatus.State.UPDATING));
        scene.labelled("n1", "disk", "ssd").settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n1", "n1");
    }

    @Test
    void aNodeWhereTheServiceFailedOftenIsTriedLast() {
        var scene = cluster().nodes(2).service("web", 1).settled();
        var first = scene.where("web").getFirst();
        for (int i = 0; i < 6 && scene.where("web").getFirst().equals(first); i++)
            scene.failed("web", slot(1), 1).after(Duration.ofSeconds(10)).settled();
        assertThat(scene.where("web")).doesNotContain(first);
    }

    @Test
    void reservationsPlatformsAndReplicasPerNodeAreRespected() {
        var scene = cluster().nodes(2).service("big", 3, Scene.cpus(3)).service("arm", 1, Scene.platform("aarch64"))
                .service("amd", 1, Scene.platform("amd64")).service("few", 3, Scene.maxReplicas(1)).settled();
        assertThat(scene.running("big")).isEqualTo(2);
        assertThat(scene.newest("big", slot(3)).status().err())
                .isEqualTo("no suitable node (insufficient resources on 2 nodes; 1 node not available for new tasks)");
        assertThat(scene.newest("arm", slot(1)).status().err())
                .isEqualTo("no suitable node (unsupported platform on 2 nodes; 1 node not available for new tasks)");
        scene.runsWhole("amd");
        assertThat(scene.newest("few", slot(3)).status().err())
                .isEqualTo("no suitable node (max replicas per node limit exceed; 1 node not available for new tasks)");
    }

    @Test
    void tasksOfARemovedNodeRunElsewhere() {
        var scene = cluster().nodes(2).service("web", 2).settled().nodeRemoved("n1").settled().runsWhole("web");
        assertThat(scene.where("web")).containsExactly("n2", "n2");
    }

    @Test
    void aPausedNodeKeepsItsTasksAndTakesNoNewOnes() {
        var scene = cluster().nodes(2).service("web", 2).settled().available("n1", Node.Availability.PAUSE).scaled("web", 4).settled();
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n2", "n2");
    }

    @Test
    void aSlotThatIsLeftAndWantedAgainWaitsForItsContainer() {
        var scene = cluster().nodes(2).service("web", 2).settled().scaled("web", 1).scaled("web", 2);
        assertThat(scene.newest("web", slot(2)).desired()).isEqualTo(DesiredState.READY);
        scene.settled().runsWhole("web");
    }

    @Test
    void ofTwoNodesBothMayBeDown() {
        var scene = cluster().nodes(2).service("web", 1).settled().silent("n1", "n2").after(Duration.ofSeconds(6));
        assertThat(scene.node("n1").liveness()).isEqualTo(Node.Liveness.DOWN);
        assertThat(scene.newest("web", slot(1)).status().err()).isEqualTo("no suitable node (3 nodes not available for new tasks)");
        scene.heard("n2").settled().runsWhole("web");
    }
}
