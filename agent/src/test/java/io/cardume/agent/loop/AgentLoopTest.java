package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.engine.FakeImages;
import io.cardume.agent.task.Container;
import io.cardume.api.BlobId;
import io.cardume.api.ConfigReference;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.FileTarget;
import io.cardume.api.Payload;
import io.cardume.api.PortConfig;
import io.cardume.api.TaskState;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Delivered;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** From an assignment to a container, and to its end. */
class AgentLoopTest extends LoopScene {
    @Test
    void anAssignedTaskRuns() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));

        manager.awaits("a", TaskState.RUNNING);
        assertThat(manager.statesOf("a")).isSubsetOf(
                TaskState.PREPARING, TaskState.STARTING, TaskState.RUNNING);
    }

    @Test
    void aReadyTaskIsMadeAheadAndStartedWhenWanted() {
        manager.joins();
        manager.assigns(task("a", DesiredState.READY));
        manager.awaits("a", TaskState.READY);

        manager.changes(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
    }

    @Test
    void aTaskThatIsToEndIsStoppedAndItsContainerKept() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        manager.changes(task("a", DesiredState.SHUTDOWN));
        manager.awaits("a", TaskState.SHUTDOWN);
        assertThat(fake.container(id("a"))).isInstanceOf(Container.Exited.class);

        manager.forgets("a");
        await("container removed", () -> shown("a") instanceof Container.Absent);
    }

    @Test
    void whoIsConnectedToATaskComesToAnEndBeforeItIsStopped() throws Exception {
        var reached = task("a", DesiredState.RUNNING).known(new AssignedTask.Known(false, false, false, true));
        manager.joins();
        manager.assigns(reached, task("b", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.RUNNING);

        connected = HealthChecks.Connected.SOMEBODY;
        manager.changes(task("a", DesiredState.SHUTDOWN).known(reached.known()), task("b", DesiredState.SHUTDOWN));
        manager.awaits("b", TaskState.SHUTDOWN);
        assertThat(fake.container(id("a"))).isInstanceOf(Container.Running.class);

        connected = HealthChecks.Connected.NOBODY;
        manager.awaits("a", TaskState.SHUTDOWN);
    }

    @Test
    void whereNobodyCanTellWhoIsConnectedTheWholeTimeIsGiven() throws Exception {
        var reached = new AssignedTask.Known(false, false, false, true);
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING).known(reached), task("b", DesiredState.RUNNING).known(reached));
        for (String name : List.of("a", "b")) manager.awaits(name, TaskState.RUNNING);

        connected = HealthChecks.Connected.UNSEEN;
        manager.changes(task("a", DesiredState.SHUTDOWN).known(reached), task("b", DesiredState.SHUTDOWN).known(reached));
        fake.exits(id("b"), 0);
        manager.awaits("b", TaskState.SHUTDOWN);
        assertThat(fake.container(id("a"))).isInstanceOf(Container.Running.class);

        connected = HealthChecks.Connected.NOBODY;
        manager.awaits("a", TaskState.SHUTDOWN);
    }

    @Test
    void aContainerThatEndsIsToldOfOnce() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        fake.exits(id("a"), 3);

        assertThat(manager.awaits("a", TaskState.FAILED).err()).isEqualTo("task: non-zero exit (3)");
    }

    @Test
    void aContainerThatSomebodyRemovesFails() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        fake.vanishes(id("a"));

        assertThat(manager.awaits("a", TaskState.FAILED).err()).isEqualTo("container was removed");
    }

    @Test
    void whatIsMissingInRegistriesIsRejectedInTheEnginesWords() {
        fake.unknown("nginx");
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));

        assertThat(manager.awaits("a", TaskState.REJECTED).err()).startsWith("pull access denied for nginx").endsWith(", and no node has it");
    }

    @Test
    void aTaskWhoseImageComesFromAnotherNodeSaysSoAndRuns() {
        fake.unknown("nginx");
        manager.images = ToAgent.ImageNews.Course.COMING;
        manager.imageWords = "getting image nginx from node h1";
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING));
        await("said", () -> List.of("a", "b").stream().allMatch(name -> manager.last(name).filter(s -> s.message().equals("getting image nginx from node h1")).isPresent()));
        assertThat(manager.lastOf("a").state()).isEqualTo(TaskState.PREPARING);

        loop.told(new ToAgent.Open("load", new Errand.LoadImage("nginx", "sha256:77"), 4));
        loop.told(new ToAgent.Send("load", FakeImages.archive("nginx", "sha256:77")));
        loop.told(new ToAgent.Send("load", new byte[0]));

        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.RUNNING);
        assertThat(fake.imageId("nginx")).contains("sha256:77");
    }

    @Test
    void startsAreFewAtATimeAndWhatIsMadeIsStartedFirst() {
        engine.holdStarts();
        manager.joins();
        manager.assigns(IntStream.range(0, 30)
                .mapToObj(i -> task("t%02d".formatted(i), DesiredState.RUNNING))
                .toArray(AssignedTask[]::new));
        await("4 underway", () -> engine.waiting.get() == PATIENT.starts());

        engine.open();

        IntStream.range(0, 30).forEach(i -> manager.awaits("t%02d".formatted(i), TaskState.RUNNING));
        assertThat(engine.most.get()).isLessThanOrEqualTo(PATIENT.starts());
        assertThat(engine.order.indexOf("start")).isLessThan(engine.order.lastIndexOf("create"));
    }

    @Test
    void aTaskWaitsForTheHostPortOfAContainerThatIsToGo() {
        var port = List.of(new PortConfig(Optional.empty(), "tcp", 80, 8080, "host"));
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING, port, Map.of()));
        manager.awaits("a", TaskState.RUNNING);
        engine.holdStops();

        manager.assigns(task("b", DesiredState.RUNNING, port, Map.of()));
        await("b waits", () -> manager.last("b").filter(s -> s.message().contains("host port")).isPresent());

        engine.open();
        manager.awaits("b", TaskState.RUNNING);
    }

    @Test
    void aContainerHasItsFilesUntilItIsRemoved() throws Exception {
        agent(ALONE);
        var given = new FileTarget("app.conf", owner("uid"), owner("gid"), Optional.empty());
        var container = ContainerSpec.of("nginx").with(List.of(), List.of(new ConfigReference(Optional.of(given), "b1", "app")));
        var task = task("a", DesiredState.RUNNING, List.of(), Map.of(), container);
        manager.joins();
        loop.told(new ToAgent.Delivery(List.of(new Delivered(new BlobId("b1"), Optional.empty(), Payload.of(new byte[] {1, 2})))));
        loop.told(new ToAgent.Assignment(1, Optional.empty(), List.of(task), List.of()));
        manager.awaits("a", TaskState.RUNNING);
        var mount = fake.madeOf(id("a")).spec().containerSpec().mounts().getFirst();
        var file = Path.of(mount.source().orElseThrow());
        assertThat(mount.target()).isEqualTo("/app.conf");
        assertThat(file).hasBinaryContent(new byte[] {1, 2});

        manager.parts();
        Files.delete(file);
        fake.exits(id("a"), 1);
        await("runs again", () -> shown("a") instanceof Container.Running);
        assertThat(file).as("made again before the restart").hasBinaryContent(new byte[] {1, 2});

        manager.joins();
        manager.assigns();
        await("it is removed", () -> shown("a") instanceof Container.Absent && !Files.exists(file));
    }

    private String owner(String what) throws IOException {
        return Files.getAttribute(dir, "unix:" + what).toString();
    }

    @Test
    void aDrainedAgentStopsAllAndSaysSo() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.RUNNING);

        loop.drain().get(60, TimeUnit.SECONDS);

        assertThat(manager.last("a").orElseThrow().state()).isEqualTo(TaskState.SHUTDOWN);
        assertThat(fake.container(id("b"))).isInstanceOf(Container.Exited.class);
    }
}
