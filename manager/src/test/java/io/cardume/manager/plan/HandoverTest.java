package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Takeover.Order;
import io.cardume.manager.cluster.Takeover.Reason;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** New before old, and stop first, for any reason to move. */
class HandoverTest {
    @Test
    void theOldServesUntilTheNewDoes() {
        var scene = moving(Order.START_FIRST);
        assertThat(scene.tasks("web", slot(1))).extracting(Task::desired).containsExactly(DesiredState.RUNNING, DesiredState.RUNNING);
        scene.seen("web", slot(1), TaskState.STARTING);
        assertThat(scene.running("web")).isEqualTo(1);
        scene.seen("web", slot(1), TaskState.RUNNING);
        assertThat(scene.newest("web", slot(1)).servingSince()).hasValue(scene.now());
        assertThat(scene.tasks("web", slot(1))).as("it may end at once").extracting(Task::desired).containsExactly(DesiredState.RUNNING, DesiredState.RUNNING);
        assertThat(scene.wakeAt()).hasValue(scene.now().plus(Stage.SETTLING));
        scene.after(Stage.SETTLING);
        assertThat(scene.tasks("web", slot(1))).extracting(Task::desired).containsExactly(DesiredState.SHUTDOWN, DesiredState.RUNNING);
        scene.settled().runsWhole("web");
    }

    @Test
    void whatEndsRightAfterItsStartIsNeverHandedOverTo() {
        var scene = moving(Order.START_FIRST).seen("web", slot(1), TaskState.RUNNING).after(Stage.SETTLING.minusMillis(1)).failed("web", slot(1), 1);
        assertThat(scene.tasks("web", slot(1)).getFirst().desired()).isEqualTo(DesiredState.RUNNING);
        scene.settled().after(Stage.SETTLING).runsWhole("web");
    }

    @Test
    void whatHasPassedACheckIsHandedOverToAtOnce() {
        var scene = cluster().nodes(2).serviceLabelled("web", 1, "cardume.startup=tcp://:80").settled();
        succeed(scene, Order.START_FIRST).seen("web", slot(1), TaskState.RUNNING);
        assertThat(scene.tasks("web", slot(1))).extracting(Task::desired).containsExactly(DesiredState.SHUTDOWN, DesiredState.RUNNING);
    }

    @Test
    void stopFirstWaitsOnlyUntilTheNewIsPrepared() {
        var scene = moving(Order.STOP_FIRST);
        assertThat(scene.tasks("web", slot(1))).extracting(Task::desired).containsExactly(DesiredState.RUNNING, DesiredState.READY);
        scene.seen("web", slot(1), TaskState.READY);
        assertThat(scene.tasks("web", slot(1))).extracting(Task::desired).containsExactly(DesiredState.SHUTDOWN, DesiredState.READY);
        scene.settled().runsWhole("web");
    }

    @Test
    void aNewTaskThatFailsLeavesTheOldAlone() {
        var scene = moving(Order.START_FIRST);
        var old = scene.tasks("web", slot(1)).getFirst();
        scene.failed("web", slot(1), 1).settled().runsWhole("web");
        assertThat(scene.live("web")).extracting(Task::id).containsExactly(old.id());
    }

    @Test
    void anOldTaskThatFailsLeavesTheSlotToTheNew() {
        var scene = moving(Order.START_FIRST);
        var next = scene.newest("web", slot(1));
        var old = scene.tasks("web", slot(1)).getFirst();
        scene.turn(draft -> draft.put(draft.state().tasks().get(old.id()).orphaned(draft.now(), "lost"))).settled().runsWhole("web");
        assertThat(scene.live("web")).extracting(Task::id).containsExactly(next.id());
    }

    @Test
    void aThirdWaitsUntilOnlyOneIsBesideIt() {
        var scene = moving(Order.START_FIRST);
        var given = scene.newest("web", slot(1));
        scene.turn(draft -> draft.put(given.ending(DesiredState.SHUTDOWN, draft.now())));
        scene.turn(draft -> Slot.of(draft.state(), scene.found("web")).getFirst()
                .succeed(draft, new Takeover(Reason.REBALANCE, Order.START_FIRST), draft.now(), "again", 0));
        assertThat(scene.newest("web", slot(1)).desired()).isEqualTo(DesiredState.READY);
        scene.settled().runsWhole("web");
        assertThat(scene.live("web")).hasSize(1);
    }

    @Test
    void aScaleDownTakesBoth() {
        var scene = moving(Order.START_FIRST).scaled("web", 0).settled();
        assertThat(scene.state().tasks()).isEmpty();
    }

    private static Scene moving(Order order) {
        var scene = cluster().nodes(2).service("web", 1).settled().after(Duration.ofSeconds(3));
        return succeed(scene, order);
    }

    private static Scene succeed(Scene scene, Order order) {
        return scene.turn(draft -> Slot.of(draft.state(), scene.found("web")).getFirst()
                .succeed(draft, new Takeover(Reason.REBALANCE, order), draft.now(), "its node is to be left", 0));
    }
}
