package io.cardume.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.agent.engine.EngineException;
import io.cardume.agent.engine.FakeEngine;
import io.cardume.agent.files.HostFiles;
import io.cardume.agent.link.Membership;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.RestartPolicy;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.ToAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An agent's loop over a fake engine, and the manager it talks to. */
abstract class LoopScene {
    static final ClusterId CLUSTER = new ClusterId("clusterclusterclustercluste");
    private static final Duration LONG = Duration.ofMinutes(5);
    /** Longer than the test's patience: only what is heard of makes the loop do anything. */
    static final LoopSettings PATIENT = new LoopSettings(LONG, Duration.ofMillis(5), Duration.ZERO, LONG, 4, 64, LONG);
    /** Looks at all containers again and again. */
    static final LoopSettings LOOKING = new LoopSettings(Duration.ofMillis(300), Duration.ofMillis(5), Duration.ZERO, LONG, 4, 64, LONG);
    /** Says nothing of what is only on its way. */
    static final LoopSettings RETICENT = new LoopSettings(LONG, Duration.ofMillis(5), LONG, LONG, 4, 64, LONG);
    /** Is offline as soon as no manager is near. */
    static final LoopSettings ALONE = new LoopSettings(LONG, Duration.ofMillis(5), Duration.ZERO, Duration.ZERO, 4, 64, LONG);

    @TempDir
    Path dir;

    final SettableClock clock = new SettableClock();
    final FakeEngine fake = new FakeEngine("host", Clock.systemUTC());
    final GatedEngine engine = new GatedEngine(fake);
    final Manager manager = new Manager();
    final Map<TaskId, Consumer<ProbeVerdict>> probes = new ConcurrentHashMap<>();
    final Map<TaskId, ProbeVerdict> presumed = new ConcurrentHashMap<>();
    Membership membership;
    /** Whether somebody is connected to every container that runs. */
    volatile HealthChecks.Connected connected = HealthChecks.Connected.NOBODY;
    AgentLoop loop;

    /** Whatever was put off is due. */
    final void muchTimePasses() {
        clock.ahead = LONG.multipliedBy(2);
    }

    @BeforeEach
    void startAgent() throws Exception {
        agent(PATIENT);
    }

    @AfterEach
    void closeAgent() throws Exception {
        engine.open();
        loop.close();
        membership.close();
        assertThat(loop.failure()).isNotDone();
    }

    void agent(LoopSettings settings) throws Exception {
        if (loop != null) {
            loop.close();
            membership.close();
        }
        membership = Membership.at(dir, Optional.of(new NodeId("node")));
        var files = new HostFiles(dir.resolve("configs"), Path.of("/dev/shm/cardume-test-" + ProcessHandle.current().pid()));
        loop = new AgentLoop(engine, files, new Checks(), membership, manager, settings, clock);
        loop.start();
    }

    private AutoCloseable probe(
            AssignedTask task, Container.Running container, ProbeVerdict known, Consumer<ProbeVerdict> verdict) {
        presumed.put(task.id(), known);
        if (!task.serviceLabels().isEmpty()) probes.put(task.id(), verdict);
        return () -> probes.remove(task.id());
    }

    static TaskId id(String name) {
        return new TaskId(name);
    }

    Container shown(String name) {
        try {
            return fake.container(id(name));
        } catch (EngineException e) {
            throw new IllegalStateException(e);
        }
    }

    static AssignedTask task(String name, DesiredState desired) {
        return task(name, desired, List.of(), Map.of());
    }

    static AssignedTask task(String name, DesiredState desired, List<PortConfig> ports, Map<String, String> labels) {
        return task(name, desired, ports, labels, ContainerSpec.of("nginx"));
    }

    static AssignedTask task(
            String name, DesiredState desired, List<PortConfig> ports, Map<String, String> labels, ContainerSpec container) {
        var atOnce = new RestartPolicy(Optional.empty(), Optional.of(Duration.ZERO), Optional.empty(), Optional.empty());
        var spec = new TaskSpec(
                container, Optional.empty(), Optional.of(atOnce), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
        return AssignedTask.of(id(name), new ServiceId("service"), "web", "1", desired, spec, ports, new TreeMap<>(labels));
    }

    static AssignedTask checked(String name) {
        try {
            var container = Json.lenient().readValue(
                    "{\"Image\":\"nginx\",\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"]}}", ContainerSpec.class);
            return task(name, DesiredState.RUNNING, List.of(), Map.of(), container);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    void await(String what, BooleanSupplier condition) {
        await(what, condition, () -> "last said: " + manager.statuses);
    }

    static void await(String what, BooleanSupplier condition, Supplier<String> seen) {
        var end = Instant.now().plusSeconds(60);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(end)) throw new AssertionError(what + " did not come true; " + seen.get());
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Checks that the test gives the verdicts of, and connections that it says are open. */
    private final class Checks implements HealthChecks {
        @Override
        public AutoCloseable begin(AssignedTask task, Container.Running container, ProbeVerdict presumed, Consumer<ProbeVerdict> verdict) {
            return probe(task, container, presumed, verdict);
        }

        @Override
        public Connected connected(Container.Running container) {
            return connected;
        }
    }

    /** The other end of the link. */
    final class Manager implements Outbox {
        final List<FromAgent> said = new CopyOnWriteArrayList<>();
        final Map<TaskId, List<TaskStatus>> statuses = new ConcurrentHashMap<>();
        /** What is said of every image that is asked for. */
        volatile ToAgent.ImageNews.Course images = ToAgent.ImageNews.Course.NOWHERE;
        volatile String imageWords = "no node has it";
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
            if (message instanceof FromAgent.WantImage(var image)) loop.told(new ToAgent.ImageNews(image, images, imageWords));
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
}
