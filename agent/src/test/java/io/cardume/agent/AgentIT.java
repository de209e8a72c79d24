package io.cardume.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.door.DoorSettings;
import io.cardume.agent.engine.RealEngine;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogOptions;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole agent, on a real engine, with a manager that decides nothing. */
class AgentIT {
    private static RealEngine engine;
    private static int names;

    @TempDir
    Path dir;

    private final FakeManager manager = new FakeManager();
    private final TaskId id = new TaskId("task" + ++names);
    private Agent agent;

    @BeforeAll
    static void startEngine() throws IOException {
        engine = new RealEngine();
    }

    @AfterAll
    static void stopEngine() {
        engine.close();
    }

    @BeforeEach
    void startAgent() throws Exception {
        agent = Agent.start(settings(FakeManager.token("t"), false));
        agent.awaitJoined(Duration.ofSeconds(60));
    }

    @AfterEach
    void closeAll() {
        agent.close();
        manager.close();
        engine.docker("ps", "-aq");
        var left = engine.output().lines().toList();
        if (!left.isEmpty()) {
            var remove = new ArrayList<>(List.of("rm", "-f"));
            remove.addAll(left);
            engine.docker(remove.toArray(String[]::new));
        }
    }

    @Test
    void aTaskRunsAndEndsWhenItIsTold() {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        assertThat(manager.awaits(id, TaskState.RUNNING).container().orElseThrow().pid()).isPositive();

        manager.assigns(task(DesiredState.SHUTDOWN, "/bin/task"));
        assertThat(manager.awaits(id, TaskState.SHUTDOWN).container().orElseThrow().exitCode()).contains(0);
        assertThat(containers()).hasSize(1);

        manager.forgets(id);
        manager.await("container removed", () -> containers().isEmpty());
    }

    @Test
    void anExitCodeIsToldAndTheLogIsStillThere() {
        manager.assigns(task(DesiredState.RUNNING, "sh", "-c", "echo last words; exit 7"));
        assertThat(manager.awaits(id, TaskState.FAILED).err()).isEqualTo("task: non-zero exit (7)");

        manager.says(new ToAgent.FollowLogs(
                "r", id, new LogOptions(true, true, false, Optional.empty(), Optional.empty()), 10));
        manager.await("the log", () -> manager.heard.contains(new FromAgent.LogEnd("r", Optional.empty())));
        var lines = manager.heard.stream()
                .filter(message -> message instanceof FromAgent.LogData)
                .flatMap(message -> ((FromAgent.LogData) message).lines().stream())
                .map(line -> new String(line.text(), StandardCharsets.UTF_8))
                .toList();
        assertThat(lines).containsExactly("last words\n");
    }

    @Test
    void whatCannotBeStartedFailsInTheEnginesWords() {
        manager.assigns(task(DesiredState.RUNNING, "/no/such/program"));

        assertThat(manager.awaits(id, TaskState.FAILED).err())
                .startsWith("starting container failed: ")
                .contains("/no/such/program");
    }

    @Test
    void aContainerThatSomebodyRemovesFails() {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        manager.awaits(id, TaskState.RUNNING);

        engine.docker("rm", "-f", containers().getFirst());

        assertThat(manager.awaits(id, TaskState.FAILED).err()).containsAnyOf("container was removed", "non-zero exit (137)");
    }

    @Test
    void containersOutliveTheirAgentAndAreAdopted() throws Exception {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        var before = manager.awaits(id, TaskState.RUNNING).container();

        agent.close();
        manager.clears();
        agent = Agent.start(settings(FakeManager.token("t"), false));

        assertThat(manager.awaits(id, TaskState.RUNNING).container()).isEqualTo(before);
        assertThat(agent.node()).isEqualTo(AgentSettings.nodeId(dir));
    }

    @Test
    void anEngineThatDiesAndComesBackIsUsedAgain() throws Exception {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        manager.awaits(id, TaskState.RUNNING);

        engine.kill();
        engine.start();

        manager.awaits(id, TaskState.FAILED);
        var next = new TaskId("next" + names);
        manager.assigns(AssignedTask.of(next, new ServiceId("service"), "web", "1", DesiredState.RUNNING,
                task(DesiredState.RUNNING, "/bin/task").spec(), List.of(), Collections.emptySortedMap()));
        manager.awaits(next, TaskState.RUNNING);
    }

    @Test
    void foreignContainersAreLeftAlone() {
        engine.docker("run", "-d", "--name", "foreign", RealEngine.IMAGE);
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        manager.awaits(id, TaskState.RUNNING);

        manager.ends();

        manager.await("ours is removed", () -> containers().size() == 1);
        engine.docker("inspect", "-f", "{{.State.Running}}", "foreign");
        assertThat(engine.output().strip()).isEqualTo("true");
    }

    @Test
    void aDrainedAgentLeavesNothingRunning() {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        manager.awaits(id, TaskState.RUNNING);

        agent.closeDraining();

        assertThat(manager.awaits(id, TaskState.SHUTDOWN).err()).isEmpty();
        engine.docker("ps", "-q");
        assertThat(engine.output()).isEmpty();
    }

    @Test
    void aWrongTokenIsRefusedInTheManagersWords() throws Exception {
        try (var stranger = Agent.start(settings(FakeManager.token("w"), true))) {
            assertThatThrownBy(() -> stranger.awaitJoined(Duration.ofSeconds(60)))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessage("the token is wrong");
        }
    }

    @Test
    void whoeverCannotKeepACertificateJoinsNothingAndSaysWhy() throws Exception {
        var settings = settings(FakeManager.token("t"), true);
        var inTheWay = settings.dataDir().resolve("identity.first.next").resolve("in-the-way");
        Files.createDirectories(inTheWay);
        try (var full = Agent.start(settings)) {
            assertThatThrownBy(() -> full.awaitJoined(Duration.ofSeconds(60))).isInstanceOf(JoinRefused.class).hasMessageContaining("cannot be written");
        }
    }

    @Test
    void whoeverWasRemovedMeanwhileLeavesNothingRunning() throws Exception {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        manager.awaits(id, TaskState.RUNNING);
        agent.close();
        manager.removes();

        agent = Agent.start(settings(FakeManager.token("t"), false));

        assertThatThrownBy(() -> agent.awaitJoined(Duration.ofSeconds(60)))
                .isInstanceOf(JoinRefused.class)
                .hasMessage("the node was removed");
        assertThat(containers()).isEmpty();
    }

    @Test
    void whatIsRunFromACommittedTaskIsForeign() {
        manager.assigns(task(DesiredState.RUNNING, "/bin/task"));
        manager.awaits(id, TaskState.RUNNING);
        engine.docker("commit", containers().getFirst(), "committed:1");
        engine.docker("run", "-d", "--name", "byhand", "committed:1");

        manager.forgets(id);

        manager.await("ours is removed", () -> containers().size() == 1);
        engine.docker("inspect", "-f", "{{.State.Running}}", "byhand");
        assertThat(engine.output().strip()).isEqualTo("true");
    }

    private AgentSettings settings(String token, boolean stranger) {
        return new AgentSettings(
                List.of(manager.address()),
                AgentSettings.Token.of(token),
                URI.create(engine.host()),
                stranger ? dir.resolve("stranger") : dir,
                Optional.of("here"),
                Collections.emptySortedMap(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                DoorSettings.NONE,
                false);
    }

    private AssignedTask task(DesiredState desired, String... command) {
        var image = ContainerSpec.of(RealEngine.IMAGE);
        var container = new ContainerSpec(image.image(), null, List.of(command), null, null, null, null, null, null, null,
                null, null, null, Optional.of(Duration.ofSeconds(5)), null, null, null, null, null, null, null, null, null, null, null, null, null, null);
        var spec = new TaskSpec(
                container, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
        return AssignedTask.of(id, new ServiceId("service"), "web", "1", desired, spec, List.of(), Collections.emptySortedMap());
    }

    private static List<String> containers() {
        engine.docker("ps", "-aq");
        return engine.output().lines().toList();
    }
}
