package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.CronLabels;
import io.cardume.api.DesiredState;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceMode;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Job;
import io.cardume.manager.cluster.JobRun;
import io.cardume.manager.cluster.JobRun.Outcome;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Jobs, their runs and their schedules. */
class JobsTest {
    private static final UnaryOperator<TaskSpec> PLAIN = UnaryOperator.identity();

    @Test
    void soManyAtOnceUntilSoManyHaveCompleted() {
        var scene = cluster().nodes(2).job("batch", ServiceMode.job(2, 5), PLAIN).settled();
        assertThat(slots(scene)).containsExactly(1, 2);
        scene.failed("batch", 2, 0).settled();
        assertThat(slots(scene)).containsExactly(1, 3);
        scene.failed("batch", 1, 0).settled().failed("batch", 3, 0).settled().failed("batch", 4, 0).settled();
        assertThat(slots(scene)).containsExactly(5);
        assertThat(job(scene).running()).hasSize(1);
        scene.failed("batch", 5, 0).settled();
        assertThat(scene.live("batch")).isEmpty();
        assertThat(last(scene).outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(last(scene).completed()).isEqualTo(5);
        assertThat(scene.state().tasksOf(scene.found("batch").id())).hasSize(5)
                .allMatch(task -> task.status().state() == TaskState.COMPLETE && task.desired() == DesiredState.SHUTDOWN);
        assertThat(scene.found("batch").shownSlot(scene.newest("batch", 1))).isZero();
    }

    @Test
    void whatFailsIsRunAgainAndWhatCompletesIsNot() {
        for (var condition : List.of(RestartCondition.ANY, RestartCondition.ON_FAILURE)) {
            var scene = cluster().nodes(2).job("batch", ServiceMode.job(1, 1), Scene.restart(condition)).settled();
            scene.failed("batch", 1, 3).after(Duration.ofSeconds(10)).settled();
            assertThat(scene.live("batch")).hasSize(1);
            scene.failed("batch", 1, 0).settled().after(Duration.ofMinutes(10));
            assertThat(last(scene).outcome()).isEqualTo(Outcome.SUCCEEDED);
            assertThat(scene.tasks("batch", 1)).hasSize(2);
        }
    }

    @Test
    void aJobThatIsGivenUpHasFailedAndSaysWhy() {
        var scene = cluster().nodes(2).job("batch", ServiceMode.job(2, 2), Scene.restart(RestartCondition.NONE)).settled();
        scene.failed("batch", 1, 7).settled();
        assertThat(job(scene).running()).as("the other goes on").hasSize(1);
        scene.failed("batch", 2, 0).settled();
        assertThat(last(scene).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(last(scene).message()).contains("1 task failed, 1 completed").contains("non-zero exit (7)").contains("not restarted");
    }

    @Test
    void attemptsAreCountedForEachSlotAndRun() {
        var policy = new RestartPolicy(Optional.of(RestartCondition.ON_FAILURE), Optional.of(Duration.ZERO), Optional.of(1L), Optional.empty());
        var scene = cluster().nodes(1).job("batch", ServiceMode.job(1, 1), Scene.restart(policy)).settled();
        scene.failed("batch", 1, 1).settled().failed("batch", 1, 1).settled();
        assertThat(last(scene).outcome()).isEqualTo(Outcome.FAILED);
        scene.updated("batch", JobsTest::forced).settled();
        assertThat(scene.live("batch")).hasSize(1);
        scene.failed("batch", 1, 1).settled();
        assertThat(scene.live("batch")).hasSize(1);
    }

    @Test
    void anyChangeRunsItAgainAndWhatRunsIsStoppedFirst() {
        var scene = cluster().nodes(2).job("batch", ServiceMode.job(1, 1), PLAIN).settled();
        var first = scene.newest("batch", 1);
        scene.updated("batch", Scene.image("web:2"));
        assertThat(scene.newest("batch", 1).desired()).isEqualTo(DesiredState.READY);
        scene.settled();
        assertThat(job(scene).iteration()).isEqualTo(1);
        assertThat(job(scene).runs()).extracting(JobRun::outcome).containsExactly(Outcome.REPLACED, Outcome.RUNNING);
        assertThat(scene.state().task(first.id()).orElseThrow().status().state()).isEqualTo(TaskState.SHUTDOWN);
        assertThat(scene.live("batch")).hasSize(1).allMatch(task -> task.iteration() == 1 && task.revision() == 2);
        assertThat(scene.found("batch").update()).isEmpty();
    }

    @Test
    void aLostTaskIsRunElsewhere() {
        var scene = cluster().nodes(3).job("batch", ServiceMode.job(1, 1), PLAIN).settled();
        var where = scene.where("batch").getFirst();
        scene.silent(where).after(Duration.ofSeconds(6)).settled();
        assertThat(scene.where("batch")).hasSize(1).doesNotContain(where);
    }

    @Test
    void aDrainedNodeIsLeftAndTheTaskRunElsewhereOnceItHasStopped() {
        var scene = cluster().nodes(2).job("batch", ServiceMode.job(1, 1), PLAIN).settled();
        var where = scene.where("batch").getFirst();
        scene.available(where, Node.Availability.DRAIN).settled();
        assertThat(scene.where("batch")).hasSize(1).doesNotContain(where);
        assertThat(scene.running("batch")).isEqualTo(1);
    }

    /** Seed 254: the successor, prepared meanwhile, stayed beside the next slot's task. */
    @Test
    void aTaskThatCompletesWhileItIsToldToLeaveNeedsNoSuccessor() {
        var scene = cluster().nodes(2).job("batch", ServiceMode.job(1, 2), PLAIN).settled();
        var first = scene.newest("batch", 1);
        scene.available(scene.where("batch").getFirst(), Node.Availability.DRAIN);
        scene.turn(draft -> draft.put(draft.state().tasks().get(first.id())
                .observed(io.cardume.api.TaskStatus.of(draft.now(), TaskState.COMPLETE, "finished", ""))));
        assertThat(scene.live("batch")).extracting(Task::slot).containsExactly(2);
    }

    @Test
    void onEveryNodeThatWasThereWhenItBegan() {
        var scene = cluster().nodes(2).after(Duration.ofSeconds(1)).job("all", ServiceMode.EVERY_NODE_ONCE, PLAIN).settled();
        assertThat(scene.where("all")).containsExactly("n1", "n2");
        scene.after(Duration.ofSeconds(1)).nodes(3).settled();
        for (Task task : scene.live("all")) scene.failed("all", task.slot(), 0).settled();
        assertThat(lastOf(scene, "all").outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(lastOf(scene, "all").completed()).isEqualTo(lastOf(scene, "all").exits().size());
    }

    @Test
    void aJobForNoNodeHasFailed() {
        var scene = cluster().nodes(2).job("all", ServiceMode.EVERY_NODE_ONCE, Scene.constraint("node.labels.disk==ssd")).settled();
        assertThat(lastOf(scene, "all").outcome()).isEqualTo(Outcome.FAILED);
        assertThat(lastOf(scene, "all").message()).isEqualTo("no node may take it");
    }

    @Test
    void aNodeThatIsDrainedTakesNoPartAnyMore() {
        var scene = cluster().nodes(2).after(Duration.ofSeconds(1)).job("all", ServiceMode.EVERY_NODE_ONCE, PLAIN).settled()
                .available("n1", Node.Availability.DRAIN).settled();
        assertThat(scene.where("all")).containsExactly("n2");
        scene.failed("all", scene.live("all").getFirst().slot(), 0).settled();
        assertThat(lastOf(scene, "all").outcome()).isEqualTo(Outcome.SUCCEEDED);
    }

    @Test
    void aLostNodeIsWaitedForWithoutASchedule() {
        var scene = cluster().nodes(3).after(Duration.ofSeconds(1)).job("all", ServiceMode.EVERY_NODE_ONCE, PLAIN).settled()
                .silent("n1").after(Duration.ofSeconds(6)).settled();
        for (Task task : scene.live("all")) scene.failed("all", task.slot(), 0).settled();
        assertThat(job(scene, "all").running()).hasSize(1);
        scene.heard("n1").settled();
        scene.failed("all", scene.live("all").getFirst().slot(), 0).settled();
        assertThat(lastOf(scene, "all").completed()).isEqualTo(3);
    }

    @Test
    void aScheduleBeginsRunsAtItsTimes() {
        var scene = cluster().nodes(1).job("batch", ServiceMode.job(1, 1), PLAIN, CronLabels.CRON, "@every 1m").settled();
        assertThat(scene.live("batch")).isEmpty();
        assertThat(job(scene).due()).hasValue(Scene.START.plusSeconds(60));
        scene.after(Duration.ofSeconds(60)).settled();
        assertThat(scene.live("batch")).hasSize(1);
        assertThat(last(scene).scheduledFor()).hasValue(Scene.START.plusSeconds(60));
        scene.failed("batch", 1, 0).settled().after(Duration.ofSeconds(60)).settled();
        assertThat(job(scene).runs()).extracting(JobRun::outcome).containsExactly(Outcome.SUCCEEDED, Outcome.RUNNING);
    }

    @Test
    void aRunThatGoesOnForbidsTheNext() {
        var scene = scheduled("forbid").after(Duration.ofMinutes(4)).settled();
        assertThat(job(scene).runs()).hasSize(1);
        assertThat(last(scene).skipped()).isEqualTo(3);
    }

    @Test
    void orIsReplacedByIt() {
        var scene = scheduled("replace").after(Duration.ofMinutes(2)).settled();
        assertThat(job(scene).runs()).extracting(JobRun::outcome).containsExactly(Outcome.REPLACED, Outcome.RUNNING);
        assertThat(scene.live("batch")).hasSize(1).allMatch(task -> task.iteration() == 1);
    }

    @Test
    void orGoesOnBesideIt() {
        var scene = scheduled("allow").after(Duration.ofMinutes(2)).settled();
        assertThat(scene.live("batch")).hasSize(2);
        scene.live("batch").forEach(task -> assertThat(scene.found("batch").shownSlot(task)).isZero());
        scene.failed("batch", 1, 0).settled().after(Duration.ofMinutes(1)).settled();
        assertThat(scene.live("batch")).extracting(Task::slot).as("slots of what is over are used again")
                .containsExactly(1, 1 + JobRun.SLOTS_PER_LANE);
    }

    @Test
    void missedTimesAreMadeUpForWithinTheWindow() {
        var scene = cluster().nodes(1).job("batch", ServiceMode.job(1, 1), PLAIN, CronLabels.CRON, "@every 10m", CronLabels.WINDOW, "5m").settled()
                .asleep(Duration.ofMinutes(34)).settled();
        assertThat(job(scene).missed()).isEqualTo(2);
        assertThat(last(scene).scheduledFor()).hasValue(Scene.START.plus(Duration.ofMinutes(30)));
        scene.failed("batch", 1, 0).settled().asleep(Duration.ofMinutes(13)).settled();
        assertThat(job(scene).runs()).as("eight minutes late is too late").hasSize(1);
        assertThat(job(scene).missed()).isEqualTo(3);
        assertThat(job(scene).due()).hasValue(Scene.START.plus(Duration.ofMinutes(50)));
    }

    @Test
    void aScheduledJobIsRunNowByForceAndNotByAnyOtherChange() {
        var scene = cluster().nodes(1).job("batch", ServiceMode.job(1, 1), PLAIN, CronLabels.CRON, "@daily").settled()
                .updated("batch", Scene.image("web:2")).settled();
        assertThat(job(scene).runs()).isEmpty();
        scene.updated("batch", JobsTest::forced).settled();
        assertThat(last(scene).cause()).isEqualTo(JobRun.Cause.UPDATED);
        assertThat(scene.live("batch")).hasSize(1);
    }

    @Test
    void historyIsBoundedAndTasksGoWithTheirRuns() {
        var scene = cluster().nodes(1).job("batch", ServiceMode.job(1, 1), PLAIN).settled();
        for (int i = 0; i < Job.REMEMBERED + 5; i++) scene.failed("batch", 1, 0).settled().updated("batch", JobsTest::forced).settled();
        assertThat(job(scene).runs()).hasSize(Job.REMEMBERED + 1);
        assertThat(scene.tasks("batch", 1)).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void aRemovedJobLeavesNothing() {
        var scene = scheduled("allow").after(Duration.ofMinutes(2)).settled().removed("batch").settled();
        assertThat(scene.state().services()).isEmpty();
        assertThat(scene.state().tasks()).isEmpty();
        assertThat(scene.state().scheduled()).isEmpty();
    }

    private static Scene scheduled(String overlap) {
        return cluster().nodes(1).job("batch", ServiceMode.job(1, 1), PLAIN, CronLabels.CRON, "@every 1m", CronLabels.OVERLAP, overlap).settled();
    }

    private static TaskSpec forced(TaskSpec spec) {
        return new TaskSpec(spec.containerSpec(), spec.resources(), spec.restartPolicy(), spec.placement(), spec.logDriver(),
                spec.forceUpdate() + 1, spec.runtime(), spec.networks());
    }

    private static List<Integer> slots(Scene scene) {
        return scene.live("batch").stream().map(Task::slot).toList();
    }

    private static Job job(Scene scene) {
        return job(scene, "batch");
    }

    private static Job job(Scene scene, String name) {
        return scene.found(name).job().orElseThrow();
    }

    private static JobRun last(Scene scene) {
        return lastOf(scene, "batch");
    }

    private static JobRun lastOf(Scene scene, String name) {
        return job(scene, name).last().orElseThrow();
    }
}
