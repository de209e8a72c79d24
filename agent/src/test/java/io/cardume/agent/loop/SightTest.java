package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.EngineTrouble;
import io.cardume.api.TaskState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the loop sees, and what it does when it sees nothing. */
class SightTest extends LoopScene {
    @Test
    void aClockThatWasSetBackKeepsNoNewsBack() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        clock.ahead = Duration.ofHours(-1);
        fake.exits(id("a"), 1);
        manager.awaits("a", TaskState.FAILED);
    }

    @Test
    void aContainerThatCouldNotBeUnderstoodIsLookedAtAgain() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        engine.oddLooks.set(1);
        fake.exits(id("a"), 1);
        manager.awaits("a", TaskState.FAILED);
    }

    @Test
    void anEngineThatWasAwayIsAskedAgainAndNothingIsSaidOfItsTasks() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        fake.unreachable();
        manager.changes(task("b", DesiredState.RUNNING));
        await("trouble is told", () -> manager.last("b").filter(s -> s.err().contains("Connection refused")).isPresent());
        assertThat(manager.last("b").orElseThrow().state()).isEqualTo(TaskState.PREPARING);

        await("the engine's trouble is told", () -> loop.sign().trouble().isPresent());
        muchTimePasses();
        await("the engine is as good as lost", () -> loop.sign().trouble().filter(EngineTrouble::lost).isPresent());

        fake.reachable();

        manager.awaits("b", TaskState.RUNNING);
        await("the engine is well", () -> loop.sign().trouble().isEmpty());
        assertThat(manager.last("a").orElseThrow().state()).isEqualTo(TaskState.RUNNING);
    }

    @Test
    void aRestartedHostsDeadContainersAreReported() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        fake.restarted();

        manager.awaits("a", TaskState.FAILED);
    }

    @Test
    void lostNewsIsMadeUpForByLookingNowAndThen() throws Exception {
        agent(LOOKING);
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        engine.deaf = true;
        fake.exits(id("a"), 1);

        manager.awaits("a", TaskState.FAILED);
    }
}
