package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.DesiredState;
import io.cardume.api.TaskState;
import io.cardume.api.link.AssignedTask;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Health checks, the agent's and the engine's own. */
class CheckingTest extends LoopScene {
    @Test
    void aProbedTaskRunsWhenTheFirstCheckPassedAndFailsWhenTheyFail() {
        var task = task("a", DesiredState.RUNNING, List.of(), Map.of("cardume.health", "tcp://:80"));
        manager.joins();
        manager.assigns(task);
        await("checked", () -> probes.containsKey(id("a")));
        assertThat(manager.statesOf("a")).doesNotContain(TaskState.RUNNING);

        var verdict = probes.get(id("a"));
        verdict.accept(ProbeVerdict.of(true, true));
        manager.awaits("a", TaskState.RUNNING);

        verdict.accept(ProbeVerdict.of(true, true).failed("tcp://:80: connection refused"));
        await("told", () -> manager.lastOf("a").ailing().equals("unhealthy container: tcp://:80: connection refused"));
        assertThat(manager.lastOf("a").state()).isEqualTo(TaskState.RUNNING);
        manager.changes(task.known(new AssignedTask.Known(true, true, true, false)));
        assertThat(manager.awaits("a", TaskState.FAILED).err())
                .isEqualTo("task: non-zero exit (143): unhealthy container: tcp://:80: connection refused");
        await("no more checks", probes::isEmpty);
    }

    @Test
    void readinessComesAndGoesWhileTheTaskRuns() {
        var task = task("a", DesiredState.RUNNING, List.of(), Map.of("cardume.ready", "tcp://:80"));
        manager.joins();
        manager.assigns(task);
        manager.awaits("a", TaskState.RUNNING);
        assertThat(manager.lastOf("a").ready()).isFalse();
        await("checked", () -> probes.containsKey(id("a")));

        probes.get(id("a")).accept(ProbeVerdict.of(true, true));
        await("ready", () -> manager.lastOf("a").ready());
        probes.get(id("a")).accept(new ProbeVerdict(true, false, Optional.empty(), "readiness check tcp://:80: connection refused"));
        await("not ready", () -> !manager.lastOf("a").ready());
        assertThat(manager.lastOf("a").state()).isEqualTo(TaskState.RUNNING);
        assertThat(manager.lastOf("a").probe()).isEqualTo("readiness check tcp://:80: connection refused");
    }

    @Test
    void aNewAgentDoesNotAskAgainWhetherATaskHasComeUp() throws Exception {
        var task = task("a", DesiredState.RUNNING, List.of(), Map.of("cardume.startup", "tcp://:80", "cardume.ready", "tcp://:80"));
        manager.joins();
        manager.assigns(task);
        await("checked", () -> probes.containsKey(id("a")));
        assertThat(presumed.get(id("a"))).isEqualTo(ProbeVerdict.of(false, false));
        probes.get(id("a")).accept(ProbeVerdict.of(true, true));
        manager.awaits("a", TaskState.RUNNING);

        agent(PATIENT);
        manager.joins();
        manager.assigns(task.known(new AssignedTask.Known(true, true, false, false)));

        await("running again", () -> manager.lastOf("a").state() == TaskState.RUNNING && manager.lastOf("a").ready());
        await("checked again", () -> presumed.get(id("a")).equals(ProbeVerdict.of(true, true)));
    }

    @Test
    void anEngineHealthCheckIsHonoured() {
        manager.joins();
        manager.assigns(checked("a"));
        manager.awaits("a", TaskState.STARTING);
        await("container runs", () -> shown("a") instanceof Container.Running);

        fake.healthy(id("a"));
        manager.awaits("a", TaskState.RUNNING);

        fake.unhealthy(id("a"));
        await("told", () -> manager.lastOf("a").ailing().contains("unhealthy container"));
        manager.changes(checked("a").known(new AssignedTask.Known(false, false, true, false)));
        assertThat(manager.awaits("a", TaskState.FAILED).err()).contains("unhealthy container");
    }
}
