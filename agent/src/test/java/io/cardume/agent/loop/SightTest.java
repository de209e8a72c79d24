package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.engine.Changed;
import io.cardume.agent.task.Container;
import io.cardume.api.ContainerStatus;
import io.cardume.api.DesiredState;
import io.cardume.api.EngineTrouble;
import io.cardume.api.PortConfig;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
        fake.outOfMemory(id("a"));
        manager.awaits("a", TaskState.FAILED);
    }

    @Test
    void anEndIsToldOfWithoutALookWhereTheNewsSaysAllOfIt() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        var container = manager.lastOf("a").container().orElseThrow().containerId();
        int looks = engine.looks.get();

        fake.exits(id("a"), 3);

        var told = manager.awaits("a", TaskState.FAILED);
        assertThat(told.err()).isEqualTo("task: non-zero exit (3)");
        assertThat(told.container()).contains(new ContainerStatus(container, 0, Optional.of(3)));
        assertThat(engine.looks).hasValue(looks);
    }

    @Test
    void anEndThatTheNewsSaysTooLittleOfIsLookedAt() {
        var port = List.of(new PortConfig(Optional.empty(), "tcp", 80, 8080, "host"));
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING, port, Map.of()));
        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.RUNNING);
        int looks = engine.looks.get();

        fake.outOfMemory(id("a"));
        assertThat(manager.awaits("a", TaskState.FAILED).err()).contains("out of memory");
        fake.exits(id("b"), 1);
        manager.awaits("b", TaskState.FAILED);

        assertThat(engine.looks).as("one that had no memory, one whose port the engine has to free first").hasValue(looks + 2);
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
    void whatAnAnswerOfTheEngineShowsIsNotLookedAt() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        assertThat(engine.looks).hasValue(1);

        manager.assigns();
        loop.cleared().get(60, TimeUnit.SECONDS);

        // After its start; of its end there was news, and that it was made and that it is gone the engine has answered.
        assertThat(engine.looks).hasValue(1);
    }

    @Test
    void ofSeveralNewsNothingButTheLastEndIsKnown() {
        var end = new Changed(id("a"), Changed.How.ENDED, Optional.of(new Changed.End("1", 3, Instant.EPOCH)));
        var started = new Changed(id("a"), Changed.How.STARTED);

        assertThat(end.and(end)).isEqualTo(end);
        assertThat(end.and(started)).isEqualTo(new Changed(id("a"), Changed.How.SOMEHOW));
        assertThat(started.and(end)).isEqualTo(new Changed(id("a"), Changed.How.SOMEHOW));
        assertThat(started.and(end).and(end)).isEqualTo(new Changed(id("a"), Changed.How.SOMEHOW));
    }

    @Test
    void newsOfWhatIsSeenAlreadyNeedsNoLook() {
        assertThat(Changed.How.STARTED.isSeenIn(new Container.Created("1"))).isFalse();
        assertThat(Changed.How.ENDED.isSeenIn(new Container.Exited("1", 0, false, Instant.EPOCH, ""))).isTrue();
        assertThat(Changed.How.REMOVED.isSeenIn(new Container.Absent())).isTrue();
        assertThat(Changed.How.STARTED.and(Changed.How.STARTED)).isEqualTo(Changed.How.STARTED);
        assertThat(Changed.How.STARTED.and(Changed.How.ENDED)).isEqualTo(Changed.How.SOMEHOW);
        assertThat(Changed.How.SOMEHOW.isSeenIn(new Container.Absent())).isFalse();
    }

    @Test
    void whatIsOnlyOnItsWayIsToldWithWhatItLeadsTo() throws Exception {
        agent(RETICENT);
        manager.joins();
        manager.assigns();
        await("all is told", () -> !manager.said.isEmpty());

        manager.changes(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        assertThat(manager.statuses.get(id("a"))).extracting(TaskStatus::state).containsExactly(TaskState.RUNNING);
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
