package io.cardume.manager.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.NodeId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.PortTrouble;
import io.cardume.api.link.TaskReport;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a node may say, and of whom. */
class HearNodeTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:06Z");

    private static ClusterState after(Command<?> command) {
        return Turn.decide(Sound.state(), List.of(command), new Planner(PlannerSettings.DEFAULTS), NOW, "seed").after();
    }

    private static Task taskOn(String node) {
        return Sound.state().tasksOn(new NodeId(node)).getFirst();
    }

    @Test
    void whatANodeSaysOfOthersTasksChangesNothing() {
        var failed = TaskStatus.of(NOW, TaskState.FAILED, "failed", "so it says");
        var task = taskOn("b");

        assertThat(after(new HearNode(new NodeId("a"), List.of(new TaskReport(task.id(), failed)))).tasks()).isEqualTo(Sound.state().tasks());
        assertThat(after(new HearNode(new NodeId("b"), List.of(new TaskReport(task.id(), failed)))).task(task.id()).orElseThrow().status().state())
                .as("its own node's word").isEqualTo(TaskState.FAILED);
    }

    @Test
    void whatANodeSaysInExplanationIsCut() {
        var task = taskOn("a");
        var lengthy = TaskStatus.of(NOW, TaskState.PREPARING, "x".repeat(100_000), "y".repeat(4_095) + "\ud83d\udc1f" + "z".repeat(100));

        var said = after(new HearNode(new NodeId("a"), List.of(new TaskReport(task.id(), lengthy)))).task(task.id()).orElseThrow().status();

        assertThat(said.message()).hasSize(4_096).endsWith("x…");
        assertThat(said.err()).hasSize(4_096).endsWith("y…");
    }

    @Test
    void troublesOfPortsThatNobodyCanHaveAreNotKept() {
        var troubles = Collections.nCopies(5_000, new PortTrouble(PortTrouble.Kind.PUBLISHED, "80/tcp", "x".repeat(100_000)));
        assertThat(new HearBalanced(new NodeId("a"), 1, troubles).troubles()).hasSize(1_000).allMatch(trouble -> trouble.words().length() == 4_096);
        assertThat(new HearBalanced(new NodeId("a"), 1, List.of(new PortTrouble(PortTrouble.Kind.PUBLISHED, "x".repeat(1_000), ""))).troubles()).isEmpty();
    }
}
