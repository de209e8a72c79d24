package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.UpdateConfig;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a planner keeps from plan to plan never makes another plan of the next one. */
class PlannerMemoryTest {
    private final Planner planner = new Planner(PlannerSettings.DEFAULTS);

    /** Plans, asserts that one that knows nothing decides the same, and gives what was left. */
    private ClusterState planned(ClusterState state, Instant now, Consumer<Draft> changes) {
        var draft = new Draft(state, now, "memory");
        var fresh = new Draft(state, now, "memory");
        changes.accept(draft);
        changes.accept(fresh);
        var wakeAt = planner.plan(draft);
        assertThat(wakeAt).isEqualTo(new Planner(PlannerSettings.DEFAULTS).plan(fresh));
        assertThat(draft.stored()).isEqualTo(fresh.stored());
        return draft.state().at(draft.version()).settled();
    }

    private static Scene resting(int replicas, int seconds) {
        var config = new UpdateConfig(Optional.of(1L), Optional.of(Duration.ofSeconds(10)), Optional.of("pause"), Optional.empty(), Optional.of(0.0),
                Optional.of("start-first"));
        return cluster().nodes(20).service("web", replicas).settled().updating("web", config).updated("web", Scene.image("web:2"))
                .settles("web", slot(1)).after(Duration.ofSeconds(seconds));
    }

    @Test
    void whenTheClockIsSetBackTimesThatHadPassedComeAgain() {
        var scene = resting(2, 12);
        assertThat(scene.tasks("web", slot(2))).hasSize(2);
        scene.earlier(Duration.ofSeconds(4));
        assertThat(scene.wakeAt()).as("the rest of the first slot ends").hasValue(scene.now().plusSeconds(1));
    }

    @Test
    void whatAPlanThatFailedMadeOfItIsForgotten() {
        var scene = cluster().nodes(20);
        var state = planned(scene.state(), scene.now(), _ -> {});
        var web = Service.of(new ServiceId("a"), Scene.inStack("s", "web", "").replicas(5), scene.now());
        var wrong = Service.of(new ServiceId("b"), Scene.inStack("s", "wrong", "").replicas(1).template(Scene.constraint("wrong").apply(Scene.plain("web:1"))), scene.now());
        var draft = new Draft(state, scene.now(), "memory");
        draft.put(web);
        draft.put(wrong);
        assertThatThrownBy(() -> planner.plan(draft)).isInstanceOf(RuntimeException.class);
        assertThat(draft.state().pending()).as("it had placed the tasks of the first service").hasSize(1);
        planned(state, scene.now(), again -> again.put(web));
    }

    @Test
    void statesOfWhichNoneFollowsFromTheOtherMayBeShownInTurn() {
        var states = new ArrayList<ClusterState>(List.of(resting(2, 3).state(), resting(3, 8).state(), cluster().nodes(7).service("db", 9).state()));
        var now = Scene.START.plusSeconds(60);
        var chance = new Random(5);
        for (int i = 0; i < 60; i++) {
            int which = chance.nextInt(states.size());
            var state = states.get(which);
            var task = state.tasks().values().stream().skip(chance.nextInt(state.tasks().size())).findFirst().orElseThrow();
            now = now.plusMillis(chance.nextInt(2_000));
            var at = now;
            states.set(which, planned(state, now, draft -> {
                state.nodes().keySet().forEach(node -> draft.add(new Change.NodeHeard(node, at)));
                if (!task.isDead()) draft.put(task.observed(TaskStatus.of(at, TaskState.RUNNING, "", "")));
            }));
        }
    }
}
