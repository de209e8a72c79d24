package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.RestartCondition;
import io.cardume.api.TaskState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StartOrderTest {
    @Test
    void aTaskIsNotPlacedBeforeWhatItStartsAfterRunsWhole() {
        var scene = cluster().nodes(2).service("db", 2).serviceAfter("web", 2, "db");
        assertThat(scene.live("web")).allSatisfy(task -> {
            assertThat(task.node()).isEmpty();
            assertThat(task.status().state()).isEqualTo(TaskState.PENDING);
            assertThat(task.status().err()).isEqualTo("waits for db to be started: 0 of 2 tasks run");
        });
        scene.seen("db", slot(1), TaskState.RUNNING);
        assertThat(scene.newest("web", slot(1)).status().err()).isEqualTo("waits for db to be started: 1 of 2 tasks run");
        scene.seen("db", slot(2), TaskState.RUNNING);
        assertThat(scene.where("web")).containsExactly("n1", "n2");
        scene.settled().runsWhole("web");
    }

    @Test
    void everythingThatIsMissingIsSaid() {
        var scene = cluster().nodes(1).service("db", 1).serviceAfter("web", 1, "db:healthy,cache,migrate:completed");
        assertThat(scene.newest("web", slot(1)).status().err())
                .isEqualTo("waits for db to be healthy: 0 of 1 task is; and for cache, which does not exist; and for migrate, which does not exist");
    }

    @Test
    void aJobIsWaitedForToItsEnd() {
        var scene = cluster().nodes(1).service("migrate", 1, Scene.restart(RestartCondition.ON_FAILURE))
                .serviceAfter("web", 1, "migrate:completed").settled();
        assertThat(scene.newest("web", slot(1)).status().err()).isEqualTo("waits for migrate to be completed: 0 of 1 task has ended well");
        scene.failed("migrate", slot(1), 1).after(Duration.ofSeconds(20)).settled();
        assertThat(scene.where("web")).containsExactly("-");
        scene.failed("migrate", slot(1), 0).settled().runsWhole("web");
    }

    @Test
    void whatHasStartedIsNeitherStoppedNorHeldBackWhenWhatItStartedAfterIsGone() {
        var scene = cluster().nodes(2).service("db", 1).serviceAfter("web", 1, "db:healthy").settled().runsWhole("web");
        scene.removed("db").settled().runsWhole("web").failed("web", slot(1), 1).settled().runsWhole("web");
        var node = scene.newest("web", slot(1)).node().orElseThrow().value();
        scene.silent(node).after(Duration.ofSeconds(7)).settled().runsWhole("web");
    }

    @Test
    void aReplicaMoreStartsInOrderToo() {
        var scene = cluster().nodes(1).service("db", 1).serviceAfter("web", 1, "db").settled().removed("db").settled().scaled("web", 2).settled();
        assertThat(scene.running("web")).isEqualTo(1);
        assertThat(scene.newest("web", slot(2)).status().err()).isEqualTo("waits for db, which does not exist");
        scene.service("db", 1).settled().runsWhole("web");
    }

    @Test
    void anUpdateWaitsForTheUpdateOfWhatItStartsAfterAndTheOldOnesServeMeanwhile() {
        var scene = cluster().nodes(1).service("db", 1).serviceAfter("web", 2, "db:healthy").settled();
        scene.turn(draft -> {
            for (String name : new String[] {"db", "web"}) {
                var service = draft.state().serviceNamed(name).orElseThrow();
                var spec = service.spec();
                draft.put(service.updated(new io.cardume.api.ServiceSpec(name, spec.labels(), Scene.image("web:2").apply(spec.taskTemplate()),
                        spec.mode(), spec.updateConfig(), spec.rollbackConfig(), spec.endpointSpec()), draft.now()));
            }
        });
        assertThat(scene.running("web")).isEqualTo(2);
        assertThat(scene.live("web")).filteredOn(task -> task.revision() == 2).allMatch(task -> task.node().isEmpty());
        scene.settled().runsWhole("db").runsWhole("web");
        assertThat(scene.live("web")).allMatch(task -> task.revision() == 2);
    }

    @Test
    void aNameIsThatOfTheSameStackAlone() {
        var scene = cluster().nodes(1).service("db", 1).settled();
        scene.turn(draft -> draft.put(io.cardume.manager.cluster.Service.of(draft.newServiceId(), Scene.inStack("shop", "web", "db"), draft.now())));
        assertThat(scene.settled().newest("shop_web", slot(1)).status().err()).startsWith("waits for db, which does not exist in stack shop");
        scene.turn(draft -> draft.put(io.cardume.manager.cluster.Service.of(draft.newServiceId(), Scene.inStack("shop", "db", ""), draft.now())));
        assertThat(scene.newest("shop_web", slot(1)).status().err()).startsWith("waits for shop_db to be started");
        scene.settled().runsWhole("shop_web");
        scene.serviceAfter("lone", 1, "shop_web").settled().runsWhole("lone");
    }

    @Test
    void aRingIsSeenWithEveryNameInIt() {
        var scene = cluster().nodes(1).serviceAfter("a", 1, "b").serviceAfter("b", 1, "x,c").service("c", 1);
        assertThat(StartOrder.ring(scene.state(), scene.found("c"))).isEmpty();
        scene.starts("c", "a");
        assertThat(StartOrder.ring(scene.state(), scene.found("c"))).hasValueSatisfying(ring -> assertThat(ring).containsExactly("c", "a", "b", "c"));
    }
}
