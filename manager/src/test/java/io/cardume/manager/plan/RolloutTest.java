package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.RestartPolicy;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.UpdateConfig;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.UpdateStatus;
import io.cardume.manager.cluster.UpdateStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Updates and rollbacks, from their begin to every end. */
class RolloutTest {
    private static final Optional<Duration> UNSAID = Optional.empty();

    @Test
    void withoutAWordNewComesBeforeOldSlotBySlot() {
        var scene = cluster().nodes(3).service("web", 3).settled().updated("web", Scene.image("web:2"));
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        assertThat(status(scene).message()).isEqualTo("update in progress");
        for (int slot = 1; slot <= 3; slot++) {
            assertThat(scene.live("web")).as("before slot %d", slot).hasSize(4);
            assertThat(scene.running("web")).isEqualTo(3);
            scene.seen("web", slot(slot), TaskState.READY);
            assertThat(scene.running("web")).isEqualTo(3);
            scene.seen("web", slot(slot), TaskState.RUNNING);
            assertThat(scene.live("web")).as("one settles, one is prepared").hasSize(Math.min(5, 7 - slot));
            assertThat(scene.running("web")).isEqualTo(4);
            scene.after(Stage.SETTLING);
            assertThat(scene.running("web")).isEqualTo(3);
        }
        scene.settled().runsWhole("web");
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 2);
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        scene.after(Duration.ofSeconds(5));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
        assertThat(status(scene).message()).isEqualTo("update completed");
        assertThat(scene.found("web").current().proven()).isTrue();
        assertThat(scene.where("web")).containsExactly("n1", "n2", "n3");
    }

    @Test
    void stopFirstEmptiesAsManySlotsAsThereArePlaces() {
        var scene = cluster().nodes(3).service("web", 6).settled()
                .updating("web", config(2L, UNSAID, "pause", UNSAID, 0, "stop-first")).updated("web", Scene.image("web:2"));
        assertThat(scene.live("web")).hasSize(8);
        assertThat(scene.running("web")).isEqualTo(6);
        scene.seen("web", slot(1), TaskState.READY).seen("web", slot(2), TaskState.READY);
        assertThat(scene.running("web")).isEqualTo(4);
        assertThat(scene.live("web")).hasSize(6);
        scene.settled().runsWhole("web").after(Duration.ofSeconds(6));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void zeroPlacesAreAllAtOnce() {
        var scene = cluster().nodes(3).service("web", 5).settled()
                .updating("web", config(0L, UNSAID, "pause", UNSAID, 0, "start-first")).updated("web", Scene.image("web:2"));
        assertThat(scene.live("web")).hasSize(10);
        scene.settled().runsWhole("web");
    }

    @Test
    void aSlotThatIsDoneRestsBeforeTheNextOne() {
        var scene = cluster().nodes(3).service("web", 3).settled()
                .updating("web", config(1L, Optional.of(Duration.ofSeconds(10)), "pause", UNSAID, 0, "start-first"))
                .updated("web", Scene.image("web:2")).settled();
        assertThat(ofRevision(scene, 2)).isEqualTo(1);
        // The second in which it settles counts.
        scene.after(Duration.ofMillis(8_999));
        assertThat(scene.live("web")).hasSize(3);
        scene.after(Duration.ofMillis(1)).settled();
        assertThat(ofRevision(scene, 2)).isEqualTo(2);
        scene.after(Duration.ofSeconds(9)).settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isEqualTo(3);
        // It rests once more, and is watched a second longer than that.
        scene.after(Duration.ofSeconds(9));
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        scene.after(Duration.ofSeconds(1));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void aFailurePausesWhereTheCallerSaysSoAndTheSameSpecTakesItUpAgain() {
        var scene = cluster().nodes(3).service("web", 3).settled()
                .updating("web", config(1L, UNSAID, "pause", UNSAID, 0, "stop-first"))
                .updated("web", Scene.image("broken")).seen("web", slot(1), TaskState.REJECTED);
        assertThat(status(scene).state()).isEqualTo(State.PAUSED);
        assertThat(status(scene).message()).startsWith("update paused due to failure or early termination of task ");
        scene.settled().runsWhole("web");
        assertThat(ofRevision(scene, 1)).isEqualTo(3);
        scene.after(Duration.ofSeconds(1)).scaled("web", 3).settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isEqualTo(3);
        scene.updated("web", Scene.image("web:3")).settled().runsWhole("web");
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 3);
    }

    @Test
    void withoutAWordAFailureGoesBackAndItsCauseIsKept() {
        var scene = cluster().nodes(3).service("web", 3).settled();
        var before = scene.live("web").stream().map(Task::id).toList();
        scene.updated("web", Scene.image("web:2")).scaled("web", 4).settles("web", slot(1)).failed("web", slot(1), 3);
        var failed = scene.tasks("web", slot(1)).stream().filter(task -> task.revision() == 2).findFirst().orElseThrow();
        var words = "update rolled back due to failure or early termination of task " + failed.id() + " on "
                + failed.node().orElseThrow() + ": task: non-zero exit (3)";
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_STARTED);
        assertThat(status(scene).message()).isEqualTo(words);
        scene.settled().after(Duration.ofSeconds(6)).runsWhole("web");
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_COMPLETED);
        assertThat(status(scene).message()).isEqualTo("rollback completed; " + words);
        assertThat(scene.live("web")).hasSize(4).extracting(Task::id).contains(before.get(1), before.get(2));
        var service = scene.found("web");
        assertThat(service.spec().taskTemplate().containerSpec().image()).isEqualTo("web:1");
        assertThat(service.spec().replicas()).as("what failed is the version").isEqualTo(4);
        assertThat(service.previousSpec()).isEmpty();
        assertThat(service.revisions().get(2L).failure().orElseThrow().task()).isEqualTo(failed.id());
        assertThat(service.revisions().get(2L).proven()).isFalse();
        assertThat(service.current().restored()).hasValue(1L);
    }

    @Test
    void aFailureWhileTheOldStillRunsCostsNothing() {
        var scene = cluster().nodes(3).service("web", 3).settled();
        var before = scene.live("web").stream().map(Task::id).toList();
        scene.updated("web", Scene.image("broken")).seen("web", slot(1), TaskState.REJECTED);
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_COMPLETED);
        assertThat(scene.live("web")).extracting(Task::id).isEqualTo(before);
    }

    @Test
    void aVersionThatEndsAtOnceCostsNothingEither() {
        var scene = cluster().nodes(3).service("web", 3).settled();
        var before = scene.live("web").stream().map(Task::id).toList();
        scene.updated("web", Scene.image("web:2")).seen("web", slot(1), TaskState.RUNNING);
        assertThat(scene.live("web")).extracting(Task::id).containsAll(before);
        scene.failed("web", slot(1), 3);
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_COMPLETED);
        assertThat(scene.live("web")).extracting(Task::id).isEqualTo(before);
    }

    @Test
    void whatIsAboutToEndMakesRoomAndNothingElseIsStoppedForIt() {
        var scene = cluster().nodes(1).service("web", 3, Scene.cpus(1)).settled()
                .updated("web", Scene.both(Scene.image("web:2"), Scene.cpus(1)));
        scene.seen("web", slot(1), TaskState.RUNNING);
        assertThat(scene.newest("web", slot(2)).status().err()).contains("insufficient resources on 1 node");
        assertThat(scene.running("web")).isEqualTo(4);
        scene.after(Stage.SETTLING);
        assertThat(scene.running("web")).as("the first one ends").isEqualTo(3);
        scene.settled().runsWhole("web").after(Duration.ofSeconds(5));
        assertThat(status(scene).message()).isEqualTo("update completed");
    }

    @Test
    void failuresAreToleratedUpToTheRatio() {
        var scene = cluster().nodes(3).service("web", 4).settled()
                .updating("web", config(1L, UNSAID, "rollback", UNSAID, 0.25, "start-first"))
                .updated("web", Scene.image("web:2")).failed("web", slot(1), 1);
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        assertThat(scene.found("web").current().failure()).isPresent();
        scene.settles("web", slot(2)).failed("web", slot(2), 1);
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_STARTED);
        scene.settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isZero();
    }

    @Test
    void aSuccessorRestsIfTheOneBeforeItWasRejected() {
        for (var order : List.of("start-first", "stop-first")) {
            var scene = cluster().nodes(3).service("web", 1).settled()
                    .updating("web", config(1L, UNSAID, "continue", UNSAID, 0, order)).updated("web", Scene.image("web:2"))
                    .seen("web", slot(1), TaskState.REJECTED).seen("web", slot(1), TaskState.REJECTED);
            assertThat(scene.newest("web", slot(1)).node()).as(order).isEmpty();
            assertThat(scene.newest("web", slot(1)).status().err()).contains("was rejected");
            scene.after(Duration.ofSeconds(2)).settled().runsWhole("web");
            assertThat(ofRevision(scene, 2)).as(order).isEqualTo(1);
        }
    }

    @Test
    void whoGoesOnWhateverHappensGetsToTheEnd() {
        var scene = cluster().nodes(3).service("web", 3).settled()
                .updating("web", config(1L, UNSAID, "continue", UNSAID, 0, "start-first")).updated("web", Scene.image("web:2"));
        scene.failed("web", slot(1), 1).failed("web", slot(1), 1);
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        assertThat(scene.running("web")).isEqualTo(3);
        scene.seen("web", slot(2), TaskState.RUNNING).seen("web", slot(3), TaskState.RUNNING).after(Duration.ofSeconds(5));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
        assertThat(status(scene).message()).startsWith("update completed, with failures; the first: task ").endsWith("non-zero exit (1)");
        scene.settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isEqualTo(3);
    }

    @Test
    void aTaskThatServedForLongIsNoFailureOfTheUpdate() {
        var scene = cluster().nodes(3).service("web", 2).settled()
                .updating("web", config(1L, Optional.of(Duration.ofSeconds(20)), "rollback", Optional.of(Duration.ofSeconds(3)), 0, "start-first"))
                .updated("web", Scene.image("web:2")).settled().after(Duration.ofSeconds(22)).seen("web", slot(1), TaskState.FAILED);
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        scene.settled().runsWhole("web");
    }

    @Test
    void aTaskThatRunsAndNeverServesFailsInTheEnd() {
        var scene = cluster().nodes(3).service("web", 2).settled().updated("web", Scene.image("web:2"))
                .unready("web", slot(1), "connection refused").after(Duration.ofMinutes(9));
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        assertThat(scene.running("web")).isEqualTo(3);
        scene.after(Duration.ofMinutes(1));
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_COMPLETED);
        assertThat(status(scene).message()).endsWith("it runs, and does not take requests after 10 minutes: connection refused");
        assertThat(ofRevision(scene, 1)).isEqualTo(2);
    }

    @Test
    void soDoesOneThatReplacedNothingThatRan() {
        var scene = cluster().nodes(2).service("web", 2).failed("web", slot(1), 1).failed("web", slot(2), 1).updated("web", Scene.image("web:2"))
                .unready("web", slot(1), "connection refused").unready("web", slot(2), "connection refused").after(Duration.ofMinutes(10));
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_STARTED);
        assertThat(status(scene).message()).endsWith("it runs, and does not take requests after 10 minutes: connection refused");
    }

    @Test
    void soDoesOneWhoseSuccessorFindsNoNode() {
        var scene = cluster().nodes(1).serviceLabelled("web", 1, Scene.cpus(3), "cardume.min-available=100%").settled()
                .updating("web", config(1L, UNSAID, "rollback", UNSAID, 0, "stop-first")).updated("web", Scene.image("web:2"));
        scene.turn(draft -> draft.put(scene.tasks("web", slot(1)).getFirst().observed(TaskStatus.of(scene.now(), TaskState.SHUTDOWN, "", ""))));
        var tried = scene.newest("web", slot(1));
        scene.turn(draft -> draft.put(tried.observed(
                TaskStatus.of(scene.now(), TaskState.RUNNING, "started", "").checked(false, "connection refused", "unhealthy"))));
        scene.after(Duration.ofMinutes(9));
        assertThat(scene.newest("web", slot(1)).isPending()).as("what is to heal it finds no room").isTrue();
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        scene.after(Duration.ofMinutes(1));
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_STARTED);
        assertThat(status(scene).message()).contains(tried.id().value());
    }

    @Test
    void whatRunsBesideTheOldAndDoesNotServeMakesWayForTheNextRevision() {
        var scene = cluster().nodes(3).service("web", 1).settled().updated("web", Scene.image("web:2"))
                .unready("web", slot(1), "connection refused").after(Duration.ofMinutes(1)).updated("web", Scene.image("web:3"))
                .after(Duration.ofMinutes(1));
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        assertThat(scene.live("web")).extracting(Task::revision).containsExactly(1L, 3L);
        scene.unready("web", slot(1), "connection refused").after(Duration.ofMinutes(1));
        assertThat(status(scene).state()).as("as long as the old one serves").isEqualTo(State.UPDATING);
        scene.settles("web", slot(1)).settled().after(Duration.ofSeconds(6));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
        assertThat(scene.runsWhole("web").live("web")).allMatch(task -> task.revision() == 3);
    }

    @Test
    void anUpdateOfTasksThatComeAndGoEnds() {
        var often = new RestartPolicy(Optional.empty(), Optional.of(Duration.ZERO), Optional.empty(), Optional.empty());
        var scene = cluster().nodes(2).service("web", 3, Scene.restart(often)).settled()
                .updating("web", config(1L, UNSAID, "pause", UNSAID, 0, "start-first"))
                .updated("web", spec -> Scene.restart(often).apply(Scene.image("web:2").apply(spec)));
        // Each of them runs for six seconds, longer than it is watched, and one of the three has always just started.
        for (int slot = 1; slot <= 3; slot++) scene.settles("web", slot(slot)).after(Duration.ofSeconds(1));
        for (int turn = 0; turn < 12; turn++) scene.failed("web", slot(1 + turn % 3), 0).seen("web", slot(1 + turn % 3), TaskState.RUNNING).after(Duration.ofSeconds(2));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void aFixedPortIsStopFirstAndSaysSo() {
        var scene = cluster().nodes(3).serviceAtPort("web", 2, 80).settled().updated("web", Scene.image("web:2"));
        assertThat(status(scene).message()).isEqualTo("update in progress; stop-first, because port 80/tcp of a host serves one task only");
        scene.settled().runsWhole("web").after(Duration.ofSeconds(5));
        assertThat(status(scene).message()).isEqualTo("update completed; stop-first, because port 80/tcp of a host serves one task only");
    }

    @Test
    void startFirstThatTheCallerAskedForNeverWaitsForAPortItHoldsItself() {
        var scene = cluster().nodes(2).serviceAtPort("web", 2, 80).settled()
                .updating("web", config(1L, UNSAID, "pause", UNSAID, 0, "start-first")).updated("web", Scene.image("web:2"));
        assertThat(status(scene).message()).isEqualTo("update in progress; a task is stopped first where there is no room beside it");
        scene.settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isEqualTo(2);
    }

    @Test
    void startFirstThatTheCallerAskedForWaitsForCapacity() {
        var scene = cluster().nodes(1).service("web", 4, Scene.cpus(1)).settled()
                .updating("web", config(1L, UNSAID, "pause", UNSAID, 0, "start-first"))
                .updated("web", Scene.both(Scene.image("web:2"), Scene.cpus(1))).settled();
        assertThat(scene.running("web")).isEqualTo(4);
        assertThat(ofRevision(scene, 1)).isEqualTo(4);
        assertThat(scene.newest("web", slot(1)).status().err()).contains("insufficient resources on 1 node");
    }

    @Test
    void withoutAWordAFullClusterIsUpdatedAllTheSame() {
        var scene = cluster().nodes(1).service("web", 4, Scene.cpus(1)).settled()
                .updated("web", Scene.both(Scene.image("web:2"), Scene.cpus(1)));
        assertThat(scene.running("web")).isEqualTo(3);
        assertThat(status(scene).message()).endsWith("a task is stopped first where there is no room beside it");
        scene.settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isEqualTo(4);
    }

    @Test
    void anUpdateDuringAnUpdateWins() {
        var scene = cluster().nodes(3).service("web", 4).settled().updated("web", Scene.image("web:2")).settles("web", slot(1));
        scene.updated("web", Scene.image("web:3"));
        assertThat(scene.tasks("web", slot(2)).getLast().desired()).isEqualTo(DesiredState.SHUTDOWN);
        assertThat(scene.running("web")).isEqualTo(4);
        scene.settled().runsWhole("web").after(Duration.ofSeconds(5));
        assertThat(ofRevision(scene, 3)).isEqualTo(4);
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
        assertThat(scene.found("web").lastProven()).as("revision 2 never got to its end").hasValue(1L);
    }

    @Test
    void aRollbackInTheMiddleKeepsWhatStillRuns() {
        var scene = cluster().nodes(3).service("web", 3).settled();
        var before = scene.live("web").stream().map(Task::id).toList();
        scene.updated("web", Scene.image("web:2")).settles("web", slot(1));
        rolledBack(scene);
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_STARTED);
        assertThat(status(scene).message()).isEqualTo("manually requested rollback");
        scene.settled().runsWhole("web").after(Duration.ofSeconds(5));
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_COMPLETED);
        assertThat(scene.live("web")).extracting(Task::id).contains(before.get(1), before.get(2));
        assertThat(scene.live("web")).allMatch(scene.found("web")::isCurrent);
    }

    @Test
    void aRollbackIsNeverRolledBack() {
        var scene = cluster().nodes(3).service("web", 2).settled().updated("web", Scene.image("web:2")).settled().after(Duration.ofSeconds(6));
        rolledBack(scene);
        scene.failed("web", slot(1), 1);
        assertThat(status(scene).state()).isEqualTo(State.ROLLBACK_PAUSED);
        assertThat(status(scene).message()).startsWith("rollback paused due to failure or early termination of task ");
        scene.settled().runsWhole("web");
    }

    @Test
    void aRollbackHasAPaceOfItsOwn() {
        var scene = cluster().nodes(3).service("web", 4).settled()
                .rollingBack("web", config(0L, UNSAID, "pause", UNSAID, 0, "start-first"))
                .updated("web", Scene.image("web:2")).settled().after(Duration.ofSeconds(6));
        rolledBack(scene);
        assertThat(scene.live("web")).hasSize(8);
    }

    @Test
    void anOrderToUpdateNothingButTheCounterReplacesAll() {
        var scene = cluster().nodes(2).service("web", 2).settled().updated("web", forced()).settled().runsWhole("web");
        assertThat(ofRevision(scene, 2)).isEqualTo(2);
    }

    @Test
    void aScaleInTheMiddleGoesOnWithTheUpdateAndOneAfterItForgetsIt() {
        var scene = cluster().nodes(3).service("web", 3).settled().updated("web", Scene.image("web:2")).scaled("web", 5);
        assertThat(status(scene).state()).isEqualTo(State.UPDATING);
        scene.settled().runsWhole("web").after(Duration.ofSeconds(5));
        assertThat(status(scene).state()).isEqualTo(State.COMPLETED);
        assertThat(scene.scaled("web", 4).found("web").update()).isEmpty();
    }

    @Test
    void theLastTenRevisionsAreKept() {
        var scene = cluster().nodes(1).service("web", 1).settled();
        for (int i = 2; i <= 14; i++) scene.updated("web", Scene.image("web:" + i)).settled().after(Duration.ofSeconds(6)).settled();
        assertThat(scene.found("web").revisions()).hasSize(Service.REVISIONS_KEPT).containsKeys(5L, 14L);
        var back = scene.found("web").revisions().get(7L).spec();
        assertThat(back.taskTemplate().containerSpec().image()).isEqualTo("web:7");
        scene.turn(draft -> draft.put(scene.found("web").rolledBack(back, Optional.empty(), Optional.of(7L), "to 7", draft.now())))
                .settled().after(Duration.ofSeconds(6));
        assertThat(scene.newest("web", slot(1)).revision()).isEqualTo(15);
        assertThat(scene.found("web").current().restored()).hasValue(7L);
    }

    @Test
    void aServiceWithoutReplicasIsUpdatedAtOnce() {
        var scene = cluster().nodes(1).service("web", 0).updated("web", Scene.image("web:2"));
        assertThat(scene.found("web").update()).isEmpty();
        assertThat(scene.found("web").current().proven()).isTrue();
    }

    private static void rolledBack(Scene scene) {
        scene.turn(draft -> {
            var service = scene.found("web");
            draft.put(service.rolledBack(service.previousSpec().orElseThrow(), Optional.of(service.spec()), Optional.empty(),
                    "manually requested rollback", draft.now()));
        });
    }

    private static UpdateStatus status(Scene scene) {
        return scene.found("web").update().orElseThrow();
    }

    private static long ofRevision(Scene scene, long revision) {
        return scene.live("web").stream().filter(task -> task.revision() == revision && task.isRunning()).count();
    }

    private static UnaryOperator<TaskSpec> forced() {
        return spec -> new TaskSpec(spec.containerSpec(), spec.resources(), spec.restartPolicy(), spec.placement(),
                spec.logDriver(), spec.forceUpdate() + 1, spec.runtime(), spec.networks());
    }

    private static UpdateConfig config(
            long parallelism, Optional<Duration> delay, String action, Optional<Duration> monitor, double ratio, String order) {
        return new UpdateConfig(Optional.of(parallelism), delay, Optional.of(action), monitor, Optional.of(ratio), Optional.of(order));
    }
}
