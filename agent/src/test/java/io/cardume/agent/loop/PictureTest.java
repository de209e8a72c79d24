package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.task.Container;
import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.api.TaskState;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the loop knows of its cluster, while managers and the agent itself come and go. */
class PictureTest extends LoopScene {
    @Test
    void aRestartedAgentAdoptsWhatRunsAndReportsWhatIsDead() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING), task("c", DesiredState.RUNNING));
        for (String name : List.of("a", "b", "c")) manager.awaits(name, TaskState.RUNNING);
        var before = fake.container(id("a"));
        loop.close();
        fake.exits(id("b"), 0);
        fake.exits(id("c"), 9);
        manager.statuses.clear();

        agent(PATIENT);
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING), task("c", DesiredState.SHUTDOWN));

        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.COMPLETE);
        manager.awaits("c", TaskState.SHUTDOWN);
        assertThat(fake.container(id("a"))).isEqualTo(before);
    }

    @Test
    void whatIsHeardWhileAllContainersAreLookedAtIsNewerThanThat() {
        var picture = new Picture(Optional.of(CLUSTER), clock.instant(), new Deliveries(), manager);
        var running = new Container.Running("c", 1, clock.instant(), Container.Health.NONE, List.of(), List.of());
        var exited = new Container.Exited("c", 1, false, clock.instant(), "");
        var kept = new Kept(id("a"), CLUSTER);
        picture.tasks.put(id("a"), kept);
        picture.turn = 7;
        kept.sees(running, picture.turn);
        picture.turn = 8;
        long began = picture.turn;
        kept.sees(exited, picture.turn);
        picture.found(began, CLUSTER, new TreeMap<>(Map.of(id("a"), running)));
        assertThat(kept.observed).as("it was looked at after the look at all had begun").isEqualTo(exited);
        picture.turn = 9;
        picture.found(9, CLUSTER, new TreeMap<>());
        assertThat(kept.observed).isEqualTo(new Container.Absent());
    }

    @Test
    void nothingUnknownIsRemovedBeforeTheWholeAssignmentCame() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.RUNNING);

        int looks = engine.surveys.get();
        agent(PATIENT);
        manager.joins();
        loop.told(new ToAgent.Assignment(5, Optional.of(4L), List.of(task("a", DesiredState.RUNNING)), List.of()));
        await("looked at all containers", () -> engine.surveys.get() > looks);
        await("asked for everything", () -> manager.said(FromAgent.Resync.class) > 0);
        assertThat(fake.container(id("b"))).isInstanceOf(Container.Running.class);

        manager.assigns(task("a", DesiredState.RUNNING));
        await("b removed", () -> shown("b") instanceof Container.Absent);
        assertThat(fake.container(id("a"))).isInstanceOf(Container.Running.class);
    }

    @Test
    void containersOfOthersAreLeftAlone() throws Exception {
        var other = new ClusterId("another");
        fake.present("nginx");
        fake.create(task("x", DesiredState.RUNNING), other, new NodeId("node"));
        fake.start(id("x"));

        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        assertThat(fake.container(id("x"))).isInstanceOf(Container.Running.class);
    }

    @Test
    void anOlderAssignmentIsIgnored() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        loop.told(new ToAgent.Assignment(0, Optional.empty(), List.of(), List.of()));
        manager.changes(task("b", DesiredState.RUNNING));

        manager.awaits("b", TaskState.RUNNING);
        assertThat(shown("a")).isInstanceOf(Container.Running.class);
    }

    @Test
    void offlineADeadContainerIsStartedAgainInPlaceAndToldOfLater() throws Exception {
        agent(ALONE);
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        manager.parts();

        fake.exits(id("a"), 1);
        await("runs again", () -> shown("a") instanceof Container.Running);
        manager.statuses.clear();

        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        assertThat(manager.awaits("a", TaskState.RUNNING).restarts()).isEqualTo(1);
    }

    @Test
    void anAgentThatIsStartedAloneGoesOnFromTheManagersLastWord() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING), task("d", DesiredState.RUNNING));
        for (String name : List.of("a", "b", "d")) manager.awaits(name, TaskState.RUNNING);
        var before = fake.container(id("b"));
        loop.close();
        fake.exits(id("a"), 1);
        fake.remove(id("d"));

        agent(ALONE);
        await("a runs again", () -> shown("a") instanceof Container.Running);
        assertThat(fake.container(id("b"))).isEqualTo(before);
        assertThat(shown("d")).as("nobody knows whether it is still wanted here").isInstanceOf(Container.Absent.class);
        manager.statuses.clear();

        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("d", DesiredState.RUNNING));
        assertThat(manager.awaits("a", TaskState.RUNNING).restarts()).isEqualTo(1);
        manager.awaits("d", TaskState.RUNNING);
        await("b goes", () -> shown("b") instanceof Container.Absent);
    }

    @Test
    void anEndedClusterLeavesNothingAndANewOneMayBegin() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        loop.told(new ToAgent.ClusterEnded(CLUSTER));
        assertThat(membership.cluster()).isEmpty();
        manager.parts();
        manager.statuses.clear();
        var next = new ClusterId("next");
        loop.joined(next);
        manager.assigns(task("n", DesiredState.RUNNING));

        manager.awaits("n", TaskState.RUNNING);
        await("old containers removed", () -> shown("a") instanceof Container.Absent);
        assertThat(manager.last("a")).isEmpty();
        assertThat(shown("n")).isInstanceOf(Container.Running.class);
    }

    @Test
    void anAgentThatWasAwayWhenItsClusterEndedRemovesWhatIsLeft() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        loop.close();

        agent(LOOKING);
        loop.told(new ToAgent.ClusterEnded(CLUSTER));
        loop.close(); // and dies before it could do anything
        agent(LOOKING);

        await("old containers removed", () -> shown("a") instanceof Container.Absent);
        await("the end is forgotten", () -> membership.ended().isEmpty());
    }

    @Test
    void afterEveryJoinEverythingIsToldOnce() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        manager.parts();
        manager.statuses.clear();
        manager.said.clear();

        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));

        manager.awaits("a", TaskState.RUNNING);
        assertThat(manager.said.stream()
                        .filter(m -> m instanceof FromAgent.Statuses statuses && statuses.complete()))
                .isNotEmpty();
    }
}
