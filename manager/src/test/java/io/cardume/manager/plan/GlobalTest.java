package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.api.RestartCondition;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.UpdateStatus;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Services with one task on every node that may take it. */
class GlobalTest {
    private static final UnaryOperator<io.cardume.api.TaskSpec> PLAIN = UnaryOperator.identity();

    @Test
    void everyNodeGetsATaskAndANewOneToo() {
        var scene = cluster().nodes(3).global("agent", PLAIN).settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2", "n3");
        assertThat(scene.running("agent")).isEqualTo(3);
        scene.nodes(5).settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2", "n3", "n4", "n5");
    }

    @Test
    void nodesOfTheWrongKindGetNone() {
        var scene = cluster().nodes(2).labelled("n1", "disk", "ssd").global("agent", Scene.constraint("node.labels.disk==ssd")).settled();
        assertThat(scene.where("agent")).containsExactly("n1");
        scene.labelled("n2", "disk", "ssd").settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2");
        scene.labelled("n1", "disk", "hdd").settled();
        assertThat(scene.where("agent")).containsExactly("n2");
        assertThat(cluster().nodes(2).global("arm", Scene.platform("aarch64")).live("arm")).isEmpty();
    }

    @Test
    void drainStopsItThereAndPauseKeepsWhatRuns() {
        var scene = cluster().nodes(2).global("agent", PLAIN).settled().available("n1", Node.Availability.DRAIN).settled();
        assertThat(scene.where("agent")).containsExactly("n2");
        scene.available("n1", Node.Availability.ACTIVE).settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2");
        scene.available("n1", Node.Availability.PAUSE).settled();
        assertThat(scene.running("agent")).isEqualTo(2);
        scene.failed("agent", slotOf(scene, "n1"), 1).after(Duration.ofSeconds(10)).settled();
        assertThat(scene.where("agent")).as("what ends on a paused node is not begun again").containsExactly("n2");
        scene.available("n1", Node.Availability.ACTIVE).after(Duration.ofSeconds(10)).settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2");
    }

    @Test
    void aLostNodeGetsItsTaskAgainWhenItIsBack() {
        var scene = cluster().nodes(3).global("agent", PLAIN).settled().silent("n1").after(Duration.ofSeconds(6)).settled();
        assertThat(scene.where("agent")).containsExactly("n2", "n3");
        scene.heard("n1").settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2", "n3");
        assertThat(scene.found("agent").shownSlot(scene.live("agent").getFirst())).isZero();
        assertThat(scene.found("agent").slotName(on(scene, "n1"))).isEqualTo("n1");
    }

    @Test
    void aRemovedNodesSlotIsForgotten() {
        var scene = cluster().nodes(3).global("agent", PLAIN).settled().nodeRemoved("n1").settled();
        assertThat(scene.where("agent")).containsExactly("n2", "n3");
        assertThat(scene.state().slots(scene.found("agent").id())).hasSize(2);
    }

    @Test
    void oneThatFindsNoRoomOnItsNodeWaitsThereAndSaysWhy() {
        var scene = cluster().nodes(2).service("big", 1, Scene.cpus(3)).settled();
        var full = scene.where("big").getFirst();
        scene.global("agent", Scene.cpus(2)).settled();
        var waits = scene.live("agent").stream().filter(Task::isPending).toList();
        assertThat(waits).hasSize(1);
        assertThat(waits.getFirst().home()).hasValue(new NodeId(full));
        assertThat(waits.getFirst().status().err()).isEqualTo("no suitable node (insufficient resources on 1 node)");
        scene.removed("big").settled();
        assertThat(scene.running("agent")).isEqualTo(2);
    }

    @Test
    void anUpdateReplacesEachWhereItIs() {
        var scene = cluster().nodes(3).global("agent", PLAIN).settled().updated("agent", Scene.image("web:2")).settled()
                .after(Duration.ofSeconds(30)).settled();
        assertThat(scene.where("agent")).containsExactly("n1", "n2", "n3");
        assertThat(scene.live("agent")).allMatch(task -> task.revision() == 2);
        assertThat(scene.found("agent").update()).hasValueSatisfying(
                update -> assertThat(update.state()).isEqualTo(UpdateStatus.State.COMPLETED));
    }

    @Test
    void anUpdateLeavesPausedNodesForLater() {
        var scene = cluster().nodes(3).global("agent", PLAIN).settled().available("n2", Node.Availability.PAUSE)
                .updated("agent", Scene.image("web:2")).settled().after(Duration.ofSeconds(30)).settled();
        assertThat(scene.live("agent")).filteredOn(task -> task.revision() == 1).extracting(Task::node)
                .containsExactly(java.util.Optional.of(new NodeId("n2")));
        scene.available("n2", Node.Availability.ACTIVE).settled().after(Duration.ofSeconds(30)).settled();
        assertThat(scene.live("agent")).hasSize(3).allMatch(task -> task.revision() == 2);
    }

    @Test
    void aPlacementThatNarrowsStopsWhatIsLeftOutAtOnce() {
        var scene = cluster().nodes(3).labelled("n1", "disk", "ssd").global("agent", PLAIN).settled()
                .updated("agent", Scene.constraint("node.labels.disk==ssd")).settled();
        assertThat(scene.where("agent")).containsExactly("n1");
    }

    @Test
    void theRestartPolicyHoldsForEachNode() {
        var scene = cluster().nodes(2).global("agent", Scene.restart(RestartCondition.NONE)).settled();
        scene.failed("agent", slotOf(scene, "n1"), 3).settled();
        assertThat(scene.where("agent")).containsExactly("n2");
        assertThat(scene.state().tasksOf(scene.found("agent").id())).anySatisfy(task -> {
            assertThat(task.status().state()).isEqualTo(TaskState.FAILED);
            assertThat(task.desired()).isEqualTo(DesiredState.SHUTDOWN);
            assertThat(task.status().message()).startsWith("not restarted: ");
        });
    }

    @Test
    void aRemovedServiceLeavesNothing() {
        var scene = cluster().nodes(3).global("agent", PLAIN).settled().removed("agent").settled();
        assertThat(scene.state().services()).isEmpty();
        assertThat(scene.state().tasks()).isEmpty();
    }

    private static Task on(Scene scene, String node) {
        return scene.live("agent").stream().filter(task -> task.home().orElseThrow().value().equals(node)).findFirst().orElseThrow();
    }

    private static int slotOf(Scene scene, String node) {
        return on(scene, node).slot();
    }
}
