package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.image;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceMode;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Leaving;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.ManagerLoop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** No task that requests are led to is stopped before nobody leads any to it. */
class BarrierTest {
    @Test
    void theAgentIsToldWhenEveryNodeOnTheNetworkHasSaidSo() {
        var scene = two();
        var nodes = scene.where("web");
        var task = leaving(scene.scaled("web", 1));
        assertThat(task.desired()).isEqualTo(DesiredState.REMOVE);
        assertThat(task.isBackend()).isFalse();
        assertThat(task.told()).isEqualTo(DesiredState.RUNNING);
        scene.balanced(nodes.getFirst());
        assertThat(leaving(scene).told()).isEqualTo(DesiredState.RUNNING);
        scene.balanced(nodes.getLast());
        assertThat(scene.leaving()).isEmpty();
        assertThat(scene.state().task(task.id()).orElseThrow().told()).isEqualTo(DesiredState.REMOVE);
        scene.settled().runsWhole("web");
    }

    @Test
    void whatWasSaidOfAnOlderVersionDoesNotCount() {
        var scene = two();
        var before = scene.state().version();
        scene.scaled("web", 1).turn(draft -> {
            for (String node : List.of("n1", "n2", "n3"))
                draft.add(new Change.NodeBalanced(new NodeId(node), before));
        });
        assertThat(scene.leaving()).hasSize(1);
    }

    @Test
    void whatNobodyIsLedToEndsAtOnce() {
        var scene = cluster().nodes(3).network("a", "10.0.1.0/24").service("plain", 2).settled();
        scene.job("once", ServiceMode.job(2, 2), scene.on("a")).service("unready", 1, scene.on("a"));
        scene.seen("once", slot(1), TaskState.RUNNING).seen("once", slot(2), TaskState.RUNNING);
        scene.seen("unready", slot(1), TaskState.RUNNING).unready("unready", slot(1), "refused");
        scene.scaled("plain", 1).removed("once").removed("unready");
        assertThat(scene.leaving()).isEmpty();
        assertThat(scene.state().tasks().values()).filteredOn(task -> task.desired() == DesiredState.REMOVE)
                .hasSize(4).allMatch(task -> task.told() == DesiredState.REMOVE);
    }

    @Test
    void everyWayOutIsTheSameRoad() {
        assertThat(two().removed("web").leaving()).hasSize(2);
        var drained = two();
        drained.available(drained.where("web").getFirst(), Node.Availability.DRAIN).seen("web", slot(1), TaskState.RUNNING);
        drained.seen("web", slot(2), TaskState.RUNNING).after(Duration.ofSeconds(1));
        assertThat(drained.leaving()).hasSize(1);
        var updated = two().updated("web", spec -> image("web:2").apply(spec).with(spec.networks()));
        updated.seen("web", slot(1), TaskState.RUNNING).after(Duration.ofSeconds(1));
        assertThat(updated.leaving()).hasSize(1);
        var barred = two();
        barred.labelled(barred.where("web").getFirst(), "zone", "b").updated("web", spec -> Scene.constraint("node.labels.zone != b").apply(spec));
        barred.settled().labelled(barred.where("web").getFirst(), "zone", "b");
        assertThat(barred.leaving()).hasSize(1);
        var ailing = two();
        ailing.turn(draft -> draft.put(draft.state().tasks().get(ailing.newest("web", slot(1)).id())
                .observed(TaskStatus.of(draft.now(), TaskState.RUNNING, "running", "").checked(true, "", "hangs"))));
        assertThat(leaving(ailing).condemned()).isTrue();
    }

    @Test
    void oneThatIsWellAgainIsLedToAgain() {
        var scene = two();
        var id = scene.newest("web", slot(1)).id();
        scene.turn(draft -> draft.put(draft.state().tasks().get(id)
                .observed(TaskStatus.of(draft.now(), TaskState.RUNNING, "running", "").checked(true, "", "hangs"))));
        assertThat(scene.leaving()).extracting(Task::id).containsExactly(id);
        scene.turn(draft -> draft.put(draft.state().tasks().get(id)
                .observed(TaskStatus.of(draft.now(), TaskState.RUNNING, "running", "").checked(true, "", ""))));
        assertThat(scene.leaving()).isEmpty();
        assertThat(scene.state().task(id).orElseThrow().isBackend()).isTrue();
    }

    @Test
    void aNodeThatIsDownNeedNotSaySo() {
        var scene = two().scaled("web", 1);
        var stays = scene.where("web").getFirst();
        scene.silent(stays).after(Duration.ofSeconds(4));
        List.of("n1", "n2", "n3").stream().filter(node -> !node.equals(stays)).forEach(scene::balanced);
        assertThat(scene.leaving()).hasSize(1);
        scene.after(Duration.ofSeconds(1));
        List.of("n1", "n2", "n3").stream().filter(node -> !node.equals(stays)).forEach(scene::balanced);
        assertThat(scene.leaving()).isEmpty();
    }

    @Test
    void aTaskThatDiesMeanwhileWaitsForNobody() {
        var scene = two().scaled("web", 1);
        var task = leaving(scene);
        scene.turn(draft -> draft.put(draft.state().tasks().get(task.id()).observed(TaskStatus.of(draft.now(), TaskState.FAILED, "", "exit"))));
        assertThat(scene.leaving()).isEmpty();
        assertThat(scene.state().task(task.id())).isEmpty();
    }

    @Test
    void aNodeThatSaysNothingIsFencedOutAndHoldsUpOnlyOnce() {
        var scene = two().deaf("n1", "n2", "n3").scaled("web", 1);
        assertThat(scene.wakeAt()).hasValueSatisfying(at -> assertThat(at).isBeforeOrEqualTo(scene.now().plusSeconds(10)));
        scene.after(Duration.ofSeconds(9));
        assertThat(scene.leaving()).hasSize(1);
        scene.after(Duration.ofSeconds(1));
        assertThat(scene.leaving()).isEmpty();
        assertThat(scene.state().fenced(new NodeId(scene.where("web").getFirst()))).isPresent();
        scene.settled().removed("web");
        assertThat(scene.leaving()).isEmpty();
    }

    @Test
    void aFencedNodeIsWaitedForAgainWhenItHasSaidSo() {
        var scene = two().deaf("n1", "n2", "n3").scaled("web", 1).after(Duration.ofSeconds(10)).settled();
        var node = scene.where("web").getFirst();
        scene.balanced(node);
        assertThat(scene.state().fenced(new NodeId(node))).isEmpty();
        scene.removed("web");
        assertThat(scene.leaving()).hasSize(1);
    }

    @Test
    void aNodeOfWhichNothingIsKnownIsWaitedFor() {
        var scene = two();
        scene.joins("n4").scaled("web", 1).balanced("n1").balanced("n2").balanced("n3");
        assertThat(scene.leaving()).hasSize(1);
        scene.balanced("n4");
        assertThat(scene.leaving()).isEmpty();
    }

    @Test
    void aNodeThatComesBackMustSaySoBeforeItsOldTablesAreForgotten() {
        var scene = two();
        var nodes = scene.where("web");
        var spare = List.of("n1", "n2", "n3").stream().filter(node -> !nodes.contains(node)).findFirst().orElseThrow();
        scene.silent(spare).after(Duration.ofSeconds(8)).heard(spare);
        assertThat(scene.state().acknowledged(new NodeId(spare))).isEmpty();
        scene.scaled("web", 1).balanced(nodes.getFirst()).balanced(nodes.getLast());
        assertThat(scene.leaving()).hasSize(1);
        scene.balanced(spare);
        assertThat(scene.leaving()).isEmpty();
    }

    @Test
    void theLimitBeginsAnewWithTheManager() throws Exception {
        var scene = two().scaled("web", 1);
        var leaving = leaving(scene).leaving().orElseThrow();
        var slept = scene.now().plusSeconds(60);
        var draft = new Draft(scene.state(), slept, "again");
        ManagerLoop.leasesBeginAnew().apply(draft);
        assertThat(draft.state().tasks().get(leaving(scene).id()).leaving()).isEqualTo(Optional.of(new Leaving(leaving.version(), slept)));
    }

    /** Two replicas on a network that two of three nodes are on; every node has said that all is as it was told. */
    private static Scene two() {
        var scene = cluster().nodes(3).network("a", "10.0.1.0/24");
        return scene.service("web", 2, scene.on("a")).settled().runsWhole("web");
    }

    private static Task leaving(Scene scene) {
        assertThat(scene.leaving()).hasSize(1);
        return scene.leaving().getFirst();
    }
}
