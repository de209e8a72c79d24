package io.cardume.agent.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.Ran;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerSpec;
import io.cardume.api.DesiredState;
import io.cardume.api.ExecSpec;
import io.cardume.api.HealthConfig;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What every {@link ContainerEngine} does, the fake and the real one. */
public abstract class EngineContract {
    protected static final NodeId NODE = new NodeId("node0000000000000000000000");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** A cluster of each test's own, so that tests can share an engine. */
    protected final ClusterId cluster = new ClusterId(name("cluster"));

    protected abstract ContainerEngine engine();

    /** An image that is present, and whose default command waits to be told how to end. */
    protected abstract String image();

    /** {@link #image()} has this name too from now on. */
    protected abstract void isAlsoCalled(String other);

    /** An image that no registry has. */
    protected abstract String unknownImage();

    /** The task's process ends with a code. */
    protected abstract void exits(TaskId task, int code) throws Exception;

    /** The task's process writes a line to standard output. */
    protected abstract void says(TaskId task, String line) throws Exception;

    /** The task's health check, {@code test -f /healthy}, passes from now on. */
    protected abstract void healthy(TaskId task) throws Exception;

    /** The next command in the task's container ends so, if it is not one that does so by itself. */
    protected abstract void commandWillEnd(TaskId task, int exitCode, String output);

    @Test
    void taskWithoutContainerIsAbsent() throws Exception {
        assertThat(engine().container(new TaskId(name("task")))).isEqualTo(new Container.Absent());
    }

    @Test
    void presentImageNeedsNoRegistry() throws Exception {
        engine().pull(image());
    }

    @Test
    void unknownImageIsRefusedInTheEnginesWords() {
        assertThatThrownBy(() -> engine().pull(unknownImage()))
                .isInstanceOf(EngineException.class)
                .message()
                .isNotBlank();
    }

    @Test
    void containerOfAMissingImageIsNotMade() throws Exception {
        AssignedTask task = task(ContainerSpec.of(unknownImage()));

        assertThatThrownBy(() -> engine().create(task, cluster, NODE))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.NOT_FOUND))
                .hasMessageContaining("No such image");
        assertThat(engine().container(task.id())).isEqualTo(new Container.Absent());
    }

    @Test
    void madeContainerIsCreatedAndMakingItAgainDoesNothing() throws Exception {
        AssignedTask task = made(ContainerSpec.of(image()));
        Container first = engine().container(task.id());

        assertThat(engine().create(task, cluster, NODE)).isEqualTo(first);

        assertThat(first).isInstanceOf(Container.Created.class);
        assertThat(engine().container(task.id())).isEqualTo(first);
    }

    @Test
    void startedContainerRunsAndStartingItAgainDoesNothing() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        var running = (Container.Running) engine().container(task.id());

        engine().start(task.id());

        assertThat(running.id()).hasSize(64);
        assertThat(running.pid()).isPositive();
        assertThat(running.startedAt()).isBetween(Instant.now().minusSeconds(600), Instant.now().plusSeconds(1));
        assertThat(running.health()).isEqualTo(Container.Health.NONE);
        assertThat(running.addresses()).isNotEmpty();
        assertThat(engine().container(task.id())).isEqualTo(running);
    }

    @Test
    void absentContainerCannotBeStarted() {
        assertThatThrownBy(() -> engine().start(new TaskId(name("task"))))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.NOT_FOUND));
    }

    @Test
    void endedContainerShowsItsExitCode() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));

        exits(task.id(), 7);

        var exited = (Container.Exited) until(task.id(), Container.Exited.class::isInstance);
        assertThat(exited.exitCode()).isEqualTo(7);
        assertThat(exited.oomKilled()).isFalse();
        assertThat(exited.finishedAt()).isAfter(Instant.now().minusSeconds(600));
    }

    @Test
    void stoppedContainerHasEndedWhenTheCallReturns() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));

        engine().stop(task.id());

        assertThat(engine().container(task.id())).isInstanceOf(Container.Exited.class);
        engine().stop(task.id());
    }

    @Test
    void stoppingWhatNeverRanDoesNothing() throws Exception {
        AssignedTask task = made(ContainerSpec.of(image()));

        engine().stop(task.id());
        engine().stop(new TaskId(name("task")));

        assertThat(engine().container(task.id())).isInstanceOf(Container.Created.class);
    }

    @Test
    void runningContainerIsRemovedByForce() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));

        engine().remove(task.id());
        engine().remove(task.id());

        assertThat(engine().container(task.id())).isEqualTo(new Container.Absent());
        assertThat(engine().containers(cluster)).isEmpty();
    }

    @Test
    void onlyTheClustersOwnContainersAreShown() throws Exception {
        AssignedTask created = made(ContainerSpec.of(image()));
        AssignedTask running = started(ContainerSpec.of(image()));
        AssignedTask exited = started(ContainerSpec.of(image()));
        exits(exited.id(), 0);
        until(exited.id(), Container.Exited.class::isInstance);
        engine().create(task(ContainerSpec.of(image())), new ClusterId(name("other")), NODE);

        var shown = engine().containers(cluster);

        assertThat(shown).containsOnlyKeys(created.id(), running.id(), exited.id());
        for (TaskId task : shown.keySet()) assertThat(shown.get(task)).isEqualTo(engine().container(task));
    }

    @Test
    void secondLookSeesWhatHasChanged() throws Exception {
        AssignedTask starting = made(ContainerSpec.of(image()));
        AssignedTask ending = started(ContainerSpec.of(image()));
        AssignedTask healing = started(checked());
        AssignedTask leaving = started(ContainerSpec.of(image()));
        engine().containers(cluster);

        engine().start(starting.id());
        exits(ending.id(), 3);
        healthy(healing.id());
        engine().remove(leaving.id());

        Instant end = Instant.now().plus(LIMIT);
        while (true) {
            var shown = engine().containers(cluster);
            if (shown.get(starting.id()) instanceof Container.Running
                    && shown.get(ending.id()) instanceof Container.Exited exited
                    && exited.exitCode() == 3
                    && shown.get(healing.id()) instanceof Container.Running running
                    && running.health() == Container.Health.HEALTHY
                    && !shown.containsKey(leaving.id())) return;
            assertThat(Instant.now()).as("last seen: %s", shown).isBefore(end);
            LockSupport.parkNanos(10_000_000);
        }
    }

    @Test
    void healthCheckIsShownFromStartingToHealthy() throws Exception {
        AssignedTask task = started(checked());
        var before = (Container.Running) engine().container(task.id());

        healthy(task.id());

        assertThat(before.health()).isEqualTo(Container.Health.STARTING);
        until(task.id(), seen -> seen instanceof Container.Running running
                && running.health() == Container.Health.HEALTHY);
    }

    @Test
    void portLeftToTheEngineIsShown() throws Exception {
        var port = new PortConfig(Optional.empty(), "tcp", 8080, 0, "host");
        AssignedTask task = task(ContainerSpec.of(image()), List.of(port));
        engine().create(task, cluster, NODE);

        engine().start(task.id());

        var running = (Container.Running) engine().container(task.id());
        assertThat(running.ports()).singleElement().satisfies(bound -> {
            assertThat(bound.targetPort()).isEqualTo(8080);
            assertThat(bound.protocol()).isEqualTo("tcp");
            assertThat(bound.publishedPort()).isPositive();
            assertThat(bound.publishMode()).isEqualTo("host");
        });
    }

    @Test
    void watcherHearsOfStartEndAndRemoval() throws Exception {
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        AssignedTask task = made(ContainerSpec.of(image()));
        try (var _ = engine().watch(cluster, changed -> {
            assertThat(changed.end().filter(end -> end.at().isBefore(Instant.now().minusSeconds(60)))).isEmpty();
            news.add(changed.end().map(end -> changed.how() + " " + end.container() + " with " + end.exitCode()).orElse(changed.toString()));
        }, () -> news.add("resync"))) {
            hears(news, "resync");

            engine().start(task.id());
            hears(news, new Changed(task.id(), Changed.How.STARTED).toString());
            news.clear();
            var running = (Container.Running) engine().container(task.id());
            exits(task.id(), 7);
            hears(news, Changed.How.ENDED + " " + running.id() + " with 7");
            until(task.id(), Container.Exited.class::isInstance);
            news.clear();
            assertThat(engine().remove(task.id())).isEqualTo(new Container.Absent());
            hears(news, new Changed(task.id(), Changed.How.REMOVED).toString());
        }
    }

    @Test
    void watcherHearsOfHealth() throws Exception {
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        AssignedTask task = started(checked());
        try (var _ = engine().watch(cluster, changed -> news.add(changed.toString()), () -> news.add("resync"))) {
            hears(news, "resync");

            healthy(task.id());

            hears(news, new Changed(task.id(), Changed.How.SOMEHOW).toString());
        }
    }

    @Test
    void logIsGivenLineByLine() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        for (String line : List.of("one", "two", "three")) says(task.id(), line);
        exits(task.id(), 0);
        until(task.id(), Container.Exited.class::isInstance);

        assertThat(texts(task, false, Optional.empty())).containsExactly("one\n", "two\n", "three\n");
        assertThat(texts(task, false, Optional.of(2))).containsExactly("two\n", "three\n");
    }

    @Test
    void followedLogEndsWithTheContainer() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        var reader = Thread.ofVirtual().unstarted(() -> follow(task, heard));
        reader.start();

        says(task.id(), "while it runs");
        hears(heard, "while it runs\n");
        exits(task.id(), 0);

        hears(heard, "end");
    }

    @Test
    void followedLogEndsWhenTheReaderIsInterrupted() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        var reader = Thread.ofVirtual().unstarted(() -> follow(task, heard));
        reader.start();
        says(task.id(), "line");
        hears(heard, "line\n");

        reader.interrupt();

        hears(heard, "end");
    }

    @Test
    void commandEndsWithItsExitCodeAndLastWords() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        commandWillEnd(task.id(), 3, "ready to fail");

        assertThat(engine().run(task.id(), List.of("/bin/sh", "-c", "echo ready to fail >&2; exit 3"), LIMIT))
                .isEqualTo(new Ran.Ended(3, "ready to fail"));
    }

    @Test
    void whereNothingRunsNoCommandDoes() throws Exception {
        AssignedTask task = made(ContainerSpec.of(image()));

        assertThatThrownBy(() -> engine().run(task.id(), List.of("/bin/true"), LIMIT))
                .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CONFLICT));
    }

    @Test
    void consoleShowsTheClustersContainersAlone() throws Exception {
        AssignedTask running = started(ContainerSpec.of(image()));
        AssignedTask created = made(ContainerSpec.of(image()));
        engine().create(task(ContainerSpec.of(image())), new ClusterId(name("other")), NODE);

        var listed = tree(engine().console().list(cluster, "", false, false));
        var all = tree(engine().console().list(cluster, "", true, false));
        var shown = tree(engine().console().inspect(running.id(), false));

        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).path("Names").get(0).asText()).endsWith("." + running.id());
        assertThat(all).hasSize(2);
        assertThat(shown.path("Id").asText()).isEqualTo(listed.get(0).path("Id").asText()).hasSize(64);
        assertThat(tree(engine().console().top(running.id(), "")).path("Processes").get(0)).isNotEmpty();
        fails(EngineException.Kind.NOT_FOUND, () -> engine().console().inspect(new TaskId(name("task")), false));
        fails(EngineException.Kind.CONFLICT, () -> engine().console().create(created.id(), ExecSpec.of(List.of("cat"), false)));
    }

    @Test
    void consoleShowsWhatAContainerUses() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        var lines = new StringBuilder();

        engine().console().stats(task.id(), false, true, (_, bytes) -> lines.append(new String(bytes, StandardCharsets.UTF_8)));

        assertThat(lines.toString()).endsWith("\n");
        assertThat(tree(lines.toString()).path("id").asText()).hasSize(64);
    }

    @Test
    void commandGivesItsOutputsAndItsExitCode() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        var outputs = new TreeMap<Integer, String>();
        String exec = engine().console().create(task.id(), ExecSpec.of(List.of("sh", "-c", "echo out; echo err >&2; exit 7"), false));

        var code = engine().console().run(exec, false, Optional.empty(),
                (channel, bytes) -> outputs.merge(channel, new String(bytes, StandardCharsets.UTF_8), String::concat));

        assertThat(code).contains(7);
        assertThat(engine().console().exitCode(exec)).contains(7);
        assertThat(outputs).containsEntry(1, "out\n").containsEntry(2, "err\n");
    }

    @Test
    void commandReadsItsInputToTheEnd() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        var input = "line\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        var output = new ByteArrayOutputStream();
        String exec = engine().console().create(task.id(), ExecSpec.of(List.of("cat"), true));

        var code = engine().console().run(exec, false, Optional.of(new ByteArrayInputStream(input)), (_, bytes) -> output.writeBytes(bytes));

        assertThat(code).contains(0);
        assertThat(output.toByteArray()).isEqualTo(input);
    }

    @Test
    void commandNobodyListensToIsEnded() throws Exception {
        AssignedTask task = started(ContainerSpec.of(image()));
        String exec = engine().console().create(task.id(), ExecSpec.of(List.of("sh", "-c", "echo go; sleep 1000"), false));
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        var runner = Thread.ofVirtual().start(() -> {
            try {
                engine().console().run(exec, false, Optional.empty(), (_, bytes) -> heard.add(new String(bytes, StandardCharsets.UTF_8)));
            } catch (EngineException | InterruptedException e) {
                heard.add("interrupted");
            }
        });

        hears(heard, "go\n");
        runner.interrupt();

        hears(heard, "interrupted");
        Instant end = Instant.now().plus(LIMIT);
        while (engine().console().exitCode(exec).isEmpty()) {
            assertThat(Instant.now()).as("the command runs on").isBefore(end);
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(engine().console().top(task.id(), "")).doesNotContain("sleep 1000");
    }

    @Test
    void imageThatWasSavedIsTheSameWhenItIsLoaded() throws Exception {
        isAlsoCalled("saved:1");
        var held = engine().images().held("saved:1").orElseThrow();
        var archive = new ByteArrayOutputStream();
        engine().images().save("saved:1", (_, bytes) -> archive.writeBytes(bytes));
        engine().images().untag("saved:1");
        assertThat(engine().images().held("saved:1")).isEmpty();

        engine().images().load(new ByteArrayInputStream(archive.toByteArray()));

        assertThat(engine().images().held("saved:1")).contains(held);
        assertThat(engine().images().held(image())).contains(held);
    }

    @Test
    void archiveThatBreaksOffLoadsNothing() throws Exception {
        isAlsoCalled("broken:1");
        var archive = new ByteArrayOutputStream();
        engine().images().save("broken:1", (_, bytes) -> archive.writeBytes(bytes));
        engine().images().untag("broken:1");
        for (int part : List.of(0, 1, archive.size() / 2, archive.size() - 1)) {
            var broken = new SequenceInputStream(new ByteArrayInputStream(archive.toByteArray(), 0, part), new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("nobody sends any more");
                }
            });

            fails(EngineException.Kind.UNREACHABLE, () -> engine().images().load(broken));
            assertThat(engine().images().held("broken:1")).as("after %d bytes", part).isEmpty();
        }
    }

    @Test
    void whatIsNoArchiveIsRefused() {
        fails(EngineException.Kind.REFUSED, () -> engine().images().load(new ByteArrayInputStream("x".repeat(100_000).getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void imageThatIsNotThereIsNotHeldAndNotSaved() throws Exception {
        assertThat(engine().images().held(unknownImage())).isEmpty();
        assertThatThrownBy(() -> engine().images().save(unknownImage(), (_, _) -> {})).isInstanceOf(EngineException.class)
                .message().isNotBlank();
        engine().images().untag(unknownImage());
    }

    private static void fails(EngineException.Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static JsonNode tree(String json) throws IOException {
        return Json.lenient().readTree(json);
    }

    private void follow(AssignedTask task, BlockingQueue<String> heard) {
        try {
            engine().logs(
                    task.id(),
                    false,
                    new LogOptions(true, true, true, Optional.empty(), Optional.empty()),
                    line -> heard.add(text(line)));
            heard.add("end");
        } catch (EngineException e) {
            heard.add("failed: " + e.getMessage());
        }
    }

    private List<String> texts(AssignedTask task, boolean follow, Optional<Integer> tail) throws EngineException {
        var lines = new ArrayList<String>();
        var options = new LogOptions(true, true, follow, Optional.empty(), tail);
        engine().logs(task.id(), false, options, line -> {
            assertThat(line.stream()).isEqualTo(1);
            assertThat(line.at()).isAfter(Instant.now().minusSeconds(600));
            lines.add(text(line));
        });
        return lines;
    }

    private static String text(LogLine line) {
        return new String(line.text(), StandardCharsets.UTF_8);
    }

    /** A task's container, made. */
    protected AssignedTask made(ContainerSpec spec) throws EngineException {
        AssignedTask task = task(spec);
        engine().create(task, cluster, NODE);
        return task;
    }

    /** A task's container, started. */
    protected AssignedTask started(ContainerSpec spec) throws EngineException {
        AssignedTask task = made(spec);
        engine().start(task.id());
        return task;
    }

    protected static AssignedTask task(ContainerSpec spec) {
        return task(spec, List.of());
    }

    protected static AssignedTask task(ContainerSpec spec, List<PortConfig> ports) {
        var whole = new TaskSpec(
                spec, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
        return task(whole, ports);
    }

    protected static AssignedTask task(TaskSpec spec, List<PortConfig> ports) {
        return AssignedTask.of(
                new TaskId(name("task")), new ServiceId(name("service")), "web", "1", DesiredState.RUNNING, spec, ports,
                Collections.emptySortedMap());
    }

    /** A container with a health check that looks every 100 ms whether it was told to be healthy. */
    private ContainerSpec checked() {
        var check = new HealthConfig(
                List.of("CMD", "/bin/test", "-f", "/healthy"),
                Optional.of(Duration.ofMillis(100)), Optional.empty(), Optional.of(1000), Optional.empty(),
                Optional.empty());
        return new ContainerSpec(image(), null, null, null, null, null, null, null, null, null, null, null, null, null,
                Optional.of(check), null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** Waits until the task's container is seen so. */
    protected Container until(TaskId task, Predicate<Container> expected) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        while (true) {
            Container seen = engine().container(task);
            if (expected.test(seen)) return seen;
            assertThat(Instant.now()).as("last seen: %s", seen).isBefore(end);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static void hears(BlockingQueue<String> news, String expected) throws InterruptedException {
        var heard = new ArrayList<String>();
        while (true) {
            String next = news.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as("waiting for %s, heard %s", expected, heard).isNotNull();
            heard.add(next);
            if (next.equals(expected)) return;
        }
    }

    /** Ids are unlike in every run, for containers of a run that was killed may still be there. */
    private static String name(String kind) {
        return (kind + Long.toString(System.nanoTime(), 36) + "0000000000000000000000000").substring(0, 25);
    }
}
