package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HealingTest {
    private static final String WHY = "unhealthy container: http://:80/: 500";

    @Test
    void oneThatHangsIsGivenUpAtOnceWhetherAloneOrNot() {
        var scene = cluster().nodes(3).service("one", 1).service("web", 3).settled();

        ails(scene, "one", 1);
        ails(scene, "web", 2);

        assertThat(condemned(scene, "one")).containsExactly(1);
        assertThat(condemned(scene, "web")).containsExactly(2);
    }

    @Test
    void whenACheckFailsEverywhereHalfOfThemIsKept() {
        var scene = cluster().nodes(3).service("web", 12).settled();

        ails(scene, "web", IntStream.rangeClosed(1, 12).toArray());

        assertThat(condemned(scene, "web")).hasSize(6);
        assertThat(scene.running("web")).isEqualTo(12);
    }

    @Test
    void thoseKeptFollowWhenTheOthersAreReplacedAndRun() {
        var scene = cluster().nodes(3).service("web", 2).settled();
        ails(scene, "web", 1, 2);
        assertThat(condemned(scene, "web")).hasSize(1);
        int first = condemned(scene, "web").getFirst();

        scene.failed("web", first, 143);
        assertThat(condemned(scene, "web")).isEmpty();
        scene.settled();

        assertThat(condemned(scene, "web")).containsExactly(3 - first);
    }

    @Test
    void aReplicaThatFindsNoNodeKeepsNoOtherOneThatHangs() {
        var scene = cluster().nodes(1).service("web", 2, Scene.maxReplicas(1)).settled();
        assertThat(scene.running("web")).isEqualTo(1);

        ails(scene, "web", 1, 2);

        assertThat(condemned(scene, "web")).hasSize(1);
    }

    @Test
    void successorsThatDoNotComeUpDoNotUseUpThoseThatAreKept() {
        var scene = cluster().nodes(3).service("web", 4).settled();
        ails(scene, "web", 1, 2, 3, 4);
        for (int round = 0; round < 8; round++) {
            for (int slot = 1; slot <= 4; slot++)
                if (!scene.newest("web", slot).isRunning() || scene.newest("web", slot).condemned()) scene.failed("web", slot, 1);
            scene.after(Duration.ofSeconds(20));
        }

        assertThat(scene.running("web")).isEqualTo(2);
        assertThat(condemned(scene, "web")).isEmpty();
    }

    @Test
    void theFloorIsAsTheLabelSays() {
        var scene = cluster().nodes(3).service("web", 4).labelled("web", Map.of("cardume.min-available", "75%")).settled();

        ails(scene, "web", 1, 2, 3, 4);

        assertThat(condemned(scene, "web")).hasSize(1);
    }

    @Test
    void whatServesNobodyMayAlwaysGoWhileEnoughOthersServe() {
        var scene = cluster().nodes(3).service("web", 3).labelled("web", Map.of("cardume.min-available", "2")).settled();
        says(scene, "web", 1, false, "");
        says(scene, "web", 2, false, WHY);

        assertThat(condemned(scene, "web")).containsExactly(2);
        says(scene, "web", 1, false, WHY);
        assertThat(condemned(scene, "web")).containsExactly(2);
    }

    @Test
    void whatIsWellAgainIsTakenBack() {
        var scene = cluster().nodes(1).service("web", 1).settled();
        ails(scene, "web", 1);

        says(scene, "web", 1, true, "");

        assertThat(condemned(scene, "web")).isEmpty();
    }

    @Test
    void whereNoneCanBeSparedASuccessorIsStartedFirstAndOneAtATime() {
        var scene = cluster().nodes(3).service("web", 2).labelled("web", Map.of("cardume.min-available", "100%")).settled();
        ails(scene, "web", 1, 2);
        assertThat(condemned(scene, "web")).isEmpty();
        var successors = scene.state().tasksOf(scene.found("web").id()).stream().filter(task -> task.takesOverFor(Takeover.Reason.HEALING)).toList();
        assertThat(successors).hasSize(1);
        int healed = successors.getFirst().slot();

        scene.seen("web", healed, TaskState.RUNNING);

        assertThat(scene.newest("web", healed).isServing()).isTrue();
        scene.settled();
        assertThat(scene.live("web")).noneMatch(task -> task.slot() == healed && task.isAiling());
    }

    @Test
    void aSuccessorIsTakenBackWhenTheOldOneIsWellAgain() {
        var scene = cluster().nodes(3).service("web", 1).labelled("web", Map.of("cardume.min-available", "1")).settled();
        var old = scene.newest("web", slot(1));
        ails(scene, "web", 1);
        assertThat(scene.tasks("web", 1)).hasSize(2);

        scene.turn(draft -> draft.put(draft.state().tasks().get(old.id()).observed(TaskStatus.of(scene.now(), TaskState.RUNNING, "well", ""))));
        scene.settled();

        assertThat(scene.live("web")).extracting(Task::id).containsExactly(old.id());
    }

    @Test
    void successorsThatFailComeWithGrowingPauses() {
        var scene = cluster().nodes(3).service("web", 1).labelled("web", Map.of("cardume.min-available", "1")).settled();
        ails(scene, "web", 1);
        for (int run = 0; run < 4; run++) {
            scene.failed("web", 1, 1);
            scene.after(Duration.ofSeconds(1));
        }

        assertThat(scene.newest("web", 1).notBefore()).isPresent();
        assertThat(scene.tasks("web", 1)).filteredOn(Task::isRunning).hasSize(1);
    }

    private static void ails(Scene scene, String service, int... slots) {
        scene.turn(draft -> {
            for (int slot : slots) {
                var task = draft.state().tasks().get(scene.newest(service, slot).id());
                if (!task.isRunning()) continue;
                draft.put(task.observed(TaskStatus.of(scene.now(), TaskState.RUNNING, "started", "").checked(true, WHY, WHY)));
            }
        });
    }

    private static void says(Scene scene, String service, int slot, boolean ready, String ailing) {
        scene.turn(draft -> draft.put(draft.state().tasks().get(scene.newest(service, slot).id())
                .observed(TaskStatus.of(scene.now(), TaskState.RUNNING, "started", "").checked(ready, ailing, ailing))));
    }

    private static List<Integer> condemned(Scene scene, String service) {
        return scene.state().tasksOf(scene.found(service).id()).stream()
                .filter(task -> task.condemned() && !task.isDead()).map(Task::slot).sorted().toList();
    }
}
