package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.agent.engine.Console;
import io.cardume.agent.engine.ContainerEngine;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.FakeEngine;
import io.cardume.agent.files.HostFiles;
import io.cardume.agent.link.Membership;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.agent.task.Ran;
import io.cardume.api.BlobId;
import io.cardume.api.ClusterId;
import io.cardume.api.ConfigReference;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.EngineTrouble;
import io.cardume.api.FileTarget;
import io.cardume.api.Json;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.PortConfig;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Delivered;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import io.cardume.api.link.ToAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentLoopTest {
    private static final ClusterId CLUSTER = new ClusterId("clusterclusterclustercluste");
    private static final LoopSettings FAST = new LoopSettings(
            Duration.ofMillis(300), Duration.ofMillis(5), Duration.ofMillis(200), 4, 64, Duration.ofMillis(500));
    /** As long as the test's patience: only what is heard of can make the loop look. */
    private static final LoopSettings PATIENT = new LoopSettings(
            Duration.ofMinutes(5), Duration.ofMillis(5), Duration.ofMillis(200), 4, 64, Duration.ofMillis(500));

    @TempDir
    Path dir;

    private final SettableClock clock = new SettableClock();
    private final FakeEngine fake = new FakeEngine("host", Clock.systemUTC());
    private final GatedEngine engine = new GatedEngine(fake);
    private final Manager manager = new Manager();
    private final Map<TaskId, Consumer<ProbeVerdict>> probes = new ConcurrentHashMap<>();
    private final Map<TaskId, ProbeVerdict> presumed = new ConcurrentHashMap<>();
    private Membership membership;
    private AgentLoop loop;

    @BeforeEach
    void startAgent() throws Exception {
        agent(PATIENT);
    }

    @AfterEach
    void closeAgent() {
        engine.open();
        loop.close();
        assertThat(loop.failure()).isNotDone();
    }

    private void agent(LoopSettings settings) throws Exception {
        if (loop != null) loop.close();
        membership = Membership.at(dir, Optional.of(new NodeId("node")));
        loop = new AgentLoop(engine, new HostFiles(dir.resolve("configs"), Path.of("/dev/shm/cardume-test-" + ProcessHandle.current().pid())), this::probe, membership, manager, settings, clock);
        loop.start();
    }

    private AutoCloseable probe(
            AssignedTask task, Container.Running container, ProbeVerdict known, Consumer<ProbeVerdict> verdict) {
        presumed.put(task.id(), known);
        if (!task.serviceLabels().isEmpty()) probes.put(task.id(), verdict);
        return () -> probes.remove(task.id());
    }

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

        assertThat(manager.awaits("a", TaskState.REJECTED).err()).startsWith("pull access denied for nginx");
    }

    @Test
    void startsAreFewAtATimeAndWhatIsMadeIsStartedFirst() {
        engine.holdStarts();
        manager.joins();
        manager.assigns(IntStream.range(0, 30)
                .mapToObj(i -> task("t%02d".formatted(i), DesiredState.RUNNING))
                .toArray(AssignedTask[]::new));
        await("4 underway", () -> engine.waiting.get() == FAST.starts());

        engine.open();

        IntStream.range(0, 30).forEach(i -> manager.awaits("t%02d".formatted(i), TaskState.RUNNING));
        assertThat(engine.most.get()).isLessThanOrEqualTo(FAST.starts());
        assertThat(engine.order.subList(0, 8)).contains("start");
    }

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
        manager.changes(task.known(new AssignedTask.Known(true, true, true)));
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
        manager.assigns(task.known(new AssignedTask.Known(true, true, false)));

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
        manager.changes(checked("a").known(new AssignedTask.Known(false, false, true)));
        assertThat(manager.awaits("a", TaskState.FAILED).err()).contains("unhealthy container");
    }

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
    void offlineADeadContainerIsStartedAgainInPlaceAndToldOfLater() throws Exception {
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
    void anEngineThatWasAwayIsAskedAgainAndNothingIsSaidOfItsTasks() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        fake.unreachable();
        manager.changes(task("b", DesiredState.RUNNING));
        await("trouble is told", () -> manager.last("b").filter(s -> s.err().contains("Connection refused")).isPresent());
        assertThat(manager.last("b").orElseThrow().state()).isEqualTo(TaskState.PREPARING);

        await("the engine's trouble is told", () -> loop.sign().trouble().isPresent());
        clock.ahead = Duration.ofSeconds(1);
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
        agent(FAST);
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);

        engine.deaf = true;
        fake.exits(id("a"), 1);

        manager.awaits("a", TaskState.FAILED);
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

        agent(FAST);
        loop.told(new ToAgent.ClusterEnded(CLUSTER));
        loop.close(); // and dies before it could do anything
        agent(FAST);

        await("old containers removed", () -> shown("a") instanceof Container.Absent);
        await("the end is forgotten", () -> membership.ended().isEmpty());
    }

    @Test
    void aDrainedAgentStopsAllAndSaysSo() throws Exception {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING), task("b", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        manager.awaits("b", TaskState.RUNNING);

        loop.drain().get(10, TimeUnit.SECONDS);

        assertThat(manager.last("a").orElseThrow().state()).isEqualTo(TaskState.SHUTDOWN);
        assertThat(fake.container(id("b"))).isInstanceOf(Container.Exited.class);
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

    @Test
    void aContainerHasItsFilesUntilItIsRemoved() throws Exception {
        var given = new FileTarget("app.conf", owner("uid"), owner("gid"), Optional.empty());
        var container = ContainerSpec.of("nginx").with(List.of(), List.of(new ConfigReference(Optional.of(given), "b1", "app")));
        var task = task("a", DesiredState.RUNNING, List.of(), Map.of(), container);
        manager.joins();
        loop.told(new ToAgent.Assignment(1, Optional.empty(), List.of(task), List.of(),
                List.of(new Delivered(new BlobId("b1"), Optional.empty(), Payload.of(new byte[] {1, 2})))));
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
    void logsAreSentAsFarAsTheyAreGranted() {
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        manager.awaits("a", TaskState.RUNNING);
        for (int i = 0; i < 10; i++) fake.says(id("a"), "line " + i);

        loop.told(new ToAgent.FollowLogs("r", id("a"), new LogOptions(true, true, true, Optional.empty(), Optional.empty()), 4));
        await("4 lines", () -> manager.lines("r").size() == 4);
        loop.told(new ToAgent.GrantLogs("r", 100));
        await("10 lines", () -> manager.lines("r").size() == 10);
        fake.says(id("a"), "last");
        await("followed", () -> manager.lines("r").size() == 11);
        fake.exits(id("a"), 0);

        await("ended", () -> manager.said.stream().anyMatch(m -> m.equals(new FromAgent.LogEnd("r", Optional.empty()))));
        assertThat(manager.lines("r").getLast()).isEqualTo("last\n");
    }

    @Test
    void aFollowedLogWaitsForTheContainer() {
        engine.holdStarts();
        manager.joins();
        manager.assigns(task("a", DesiredState.RUNNING));
        loop.told(new ToAgent.FollowLogs("r", id("a"), new LogOptions(true, true, true, Optional.empty(), Optional.empty()), 4));
        engine.open();
        manager.awaits("a", TaskState.RUNNING);

        fake.says(id("a"), "hello");

        await("the line", () -> manager.lines("r").equals(List.of("hello\n")));
    }

    @Test
    void aLogOfATaskThatIsNotHereEndsWithWords() {
        manager.joins();
        manager.assigns();
        loop.told(new ToAgent.FollowLogs("r", id("z"), new LogOptions(true, true, true, Optional.empty(), Optional.empty()), 4));

        await("ended", () -> manager.said.stream().anyMatch(m ->
                m.equals(new FromAgent.LogEnd("r", Optional.of("task z is not on this node")))));
    }

    // ---- words

    private static TaskId id(String name) {
        return new TaskId(name);
    }

    private Container shown(String name) {
        try {
            return fake.container(id(name));
        } catch (EngineException e) {
            throw new IllegalStateException(e);
        }
    }

    private static AssignedTask task(String name, DesiredState desired) {
        return task(name, desired, List.of(), Map.of());
    }

    private static AssignedTask task(String name, DesiredState desired, List<PortConfig> ports, Map<String, String> labels) {
        return task(name, desired, ports, labels, ContainerSpec.of("nginx"));
    }

    private static AssignedTask task(
            String name, DesiredState desired, List<PortConfig> ports, Map<String, String> labels, ContainerSpec container) {
        var atOnce = new RestartPolicy(Optional.empty(), Optional.of(Duration.ZERO), Optional.empty(), Optional.empty());
        var spec = new TaskSpec(
                container, Optional.empty(), Optional.of(atOnce), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
        return AssignedTask.of(id(name), new ServiceId("service"), "web", "1", desired, spec, ports, new TreeMap<>(labels));
    }

    private static AssignedTask checked(String name) {
        try {
            var container = Json.lenient().readValue(
                    "{\"Image\":\"nginx\",\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"]}}", ContainerSpec.class);
            return task(name, DesiredState.RUNNING, List.of(), Map.of(), container);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private void await(String what, BooleanSupplier condition) {
        await(what, condition, () -> "last said: " + manager.statuses);
    }

    private static void await(String what, BooleanSupplier condition, Supplier<String> seen) {
        var end = Instant.now().plusSeconds(10);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(end)) throw new AssertionError(what + " did not come true; " + seen.get());
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** The other end of the link. */
    private final class Manager implements Outbox {
        final List<FromAgent> said = new CopyOnWriteArrayList<>();
        final Map<TaskId, List<TaskStatus>> statuses = new ConcurrentHashMap<>();
        private volatile boolean connected;
        private long generation;

        void joins() {
            connected = true;
            loop.joined(CLUSTER);
        }

        void parts() {
            connected = false;
            loop.parted(Instant.now());
        }

        void assigns(AssignedTask... tasks) {
            loop.told(new ToAgent.Assignment(++generation, Optional.empty(), List.of(tasks), List.of()));
        }

        void changes(AssignedTask... tasks) {
            loop.told(new ToAgent.Assignment(generation + 1, Optional.of(generation), List.of(tasks), List.of()));
            generation++;
        }

        void forgets(String name) {
            loop.told(new ToAgent.Assignment(generation + 1, Optional.of(generation), List.of(), List.of(id(name))));
            generation++;
        }

        @Override
        public boolean say(FromAgent message) {
            if (!connected && !(message instanceof FromAgent.Statuses)) return false;
            if (message instanceof FromAgent.Statuses told) {
                told.reports().forEach(report -> statuses
                        .computeIfAbsent(report.task(), _ -> new CopyOnWriteArrayList<>())
                        .add(report.status()));
            }
            said.add(message);
            return true;
        }

        @Override
        public boolean sayPatiently(FromAgent message) {
            return say(message);
        }

        Optional<TaskStatus> last(String name) {
            var all = statuses.get(id(name));
            return all == null || all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
        }

        TaskStatus lastOf(String name) {
            return last(name).orElseThrow();
        }

        List<TaskState> statesOf(String name) {
            return List.copyOf(statuses.getOrDefault(id(name), List.of())).stream().map(TaskStatus::state).toList();
        }

        TaskStatus awaits(String name, TaskState state) {
            await(name + " is " + state, () -> last(name).filter(s -> s.state() == state).isPresent());
            return last(name).orElseThrow();
        }

        long said(Class<? extends FromAgent> kind) {
            return List.copyOf(said).stream().filter(kind::isInstance).count();
        }

        List<String> lines(String request) {
            var lines = new ArrayList<String>();
            for (FromAgent message : List.copyOf(said)) {
                if (message instanceof FromAgent.LogData data && data.request().equals(request)) {
                    for (LogLine line : data.lines()) lines.add(new String(line.text(), StandardCharsets.UTF_8));
                }
            }
            return lines;
        }
    }

    /** The time of now, but for a step. */
    private static final class SettableClock extends Clock {
        volatile Duration ahead = Duration.ZERO;

        @Override
        public Instant instant() {
            return Instant.now().plus(ahead);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** An engine whose heavy calls can be held back, and whose news can be lost. */
    private static final class GatedEngine implements ContainerEngine {
        final AtomicInteger waiting = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final AtomicInteger surveys = new AtomicInteger();
        final AtomicInteger oddLooks = new AtomicInteger();
        final List<String> order = new CopyOnWriteArrayList<>();
        volatile boolean deaf;
        private final FakeEngine fake;
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile CountDownLatch stops = new CountDownLatch(0);

        GatedEngine(FakeEngine fake) {
            this.fake = fake;
        }

        void open() {
            gate.countDown();
            stops.countDown();
        }

        void holdStarts() {
            gate = new CountDownLatch(1);
        }

        void holdStops() {
            stops = new CountDownLatch(1);
        }

        private void pass(String what) {
            most.accumulateAndGet(waiting.incrementAndGet(), Math::max);
            await(gate);
            waiting.decrementAndGet();
            order.add(what);
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public NodeDescription describe() throws EngineException {
            return fake.describe();
        }

        @Override
        public SortedMap<TaskId, Container> containers(ClusterId cluster) throws EngineException {
            var all = fake.containers(cluster);
            surveys.incrementAndGet();
            return all;
        }

        @Override
        public Container container(TaskId task) throws EngineException {
            if (oddLooks.getAndUpdate(left -> Math.max(0, left - 1)) > 0) throw new IllegalStateException("an odd inspection");
            return fake.container(task);
        }

        @Override
        public void pull(String image, Optional<String> login) throws EngineException {
            fake.pull(image, login);
        }

        @Override
        public void create(AssignedTask task, ClusterId cluster, NodeId node) throws EngineException {
            pass("create");
            fake.create(task, cluster, node);
        }

        @Override
        public void start(TaskId task) throws EngineException {
            pass("start");
            fake.start(task);
        }

        @Override
        public void stop(TaskId task) throws EngineException {
            await(stops);
            fake.stop(task);
        }

        @Override
        public void remove(TaskId task) throws EngineException {
            fake.remove(task);
        }

        @Override
        public AutoCloseable watch(ClusterId cluster, Consumer<TaskId> changed, Runnable resync) {
            return fake.watch(cluster, task -> {
                if (!deaf) changed.accept(task);
            }, resync);
        }

        @Override
        public void logs(TaskId task, boolean tty, LogOptions options, Consumer<LogLine> sink) throws EngineException {
            fake.logs(task, tty, options, sink);
        }

        @Override
        public Ran run(TaskId task, List<String> command, Duration limit) throws EngineException {
            return fake.run(task, command, limit);
        }

        @Override
        public boolean runs(String handle) {
            return fake.runs(handle);
        }

        @Override
        public Console console() {
            return fake.console();
        }

        @Override
        public Duration callLimit() {
            return fake.callLimit();
        }

        @Override
        public void close() {}
    }
}
