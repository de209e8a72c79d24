package io.cardume.agent.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.DesiredState;
import io.cardume.api.PortConfig;
import io.cardume.api.RestartCondition;
import io.cardume.api.RestartPolicy;
import io.cardume.api.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskStepTest {
    private static final ProbeVerdict PROVEN = ProbeVerdict.of(true, true);
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final String ID = "c0ffee";
    private static final Action.Pull PULL = new Action.Pull("nginx");

    /** Every desired state with every container, nothing remembered: what an agent does that has just started. */
    @ParameterizedTest(name = "{0}, container {1}: {2}, {3}")
    @CsvSource(delimiter = '|', textBlock = """
            READY    | absent    | Pull   | PREPARING | preparing |
            READY    | created   | -      | READY     | prepared  |
            READY    | running   | -      | RUNNING   | started   |
            READY    | starting  | -      | STARTING  | starting  |
            READY    | healthy   | -      | RUNNING   | started   |
            READY    | unhealthy | -      | RUNNING   | started   |
            READY    | exited 0  | -      | COMPLETE  | finished  |
            READY    | exited 3  | -      | FAILED    | started   | task: non-zero exit (3)
            READY    | oom       | -      | FAILED    | started   | task: non-zero exit (137): out of memory, killed by the kernel
            READY    | broken    | -      | FAILED    | started   | task: non-zero exit (127): no such program
            RUNNING  | absent    | Pull   | PREPARING | preparing |
            RUNNING  | created   | Start  | STARTING  | starting  |
            RUNNING  | running   | -      | RUNNING   | started   |
            RUNNING  | starting  | -      | STARTING  | starting  |
            RUNNING  | healthy   | -      | RUNNING   | started   |
            RUNNING  | unhealthy | -      | RUNNING   | started   |
            RUNNING  | exited 0  | -      | COMPLETE  | finished  |
            RUNNING  | exited 3  | -      | FAILED    | started   | task: non-zero exit (3)
            RUNNING  | oom       | -      | FAILED    | started   | task: non-zero exit (137): out of memory, killed by the kernel
            RUNNING  | broken    | -      | FAILED    | started   | task: non-zero exit (127): no such program
            SHUTDOWN | absent    | -      | SHUTDOWN  | shutdown  |
            SHUTDOWN | created   | -      | SHUTDOWN  | shutdown  |
            SHUTDOWN | running   | Stop   | RUNNING   | started   |
            SHUTDOWN | starting  | Stop   | STARTING  | starting  |
            SHUTDOWN | healthy   | Stop   | RUNNING   | started   |
            SHUTDOWN | unhealthy | Stop   | RUNNING   | started   |
            SHUTDOWN | exited 0  | -      | SHUTDOWN  | shutdown  |
            SHUTDOWN | exited 3  | -      | SHUTDOWN  | shutdown  |
            SHUTDOWN | oom       | -      | SHUTDOWN  | shutdown  |
            SHUTDOWN | broken    | -      | SHUTDOWN  | shutdown  |
            REMOVE   | absent    | -      | SHUTDOWN  | shutdown  |
            REMOVE   | created   | Remove | SHUTDOWN  | shutdown  |
            REMOVE   | running   | Stop   | RUNNING   | started   |
            REMOVE   | starting  | Stop   | STARTING  | starting  |
            REMOVE   | healthy   | Stop   | RUNNING   | started   |
            REMOVE   | unhealthy | Stop   | RUNNING   | started   |
            REMOVE   | exited 0  | Remove | SHUTDOWN  | shutdown  |
            REMOVE   | exited 3  | Remove | SHUTDOWN  | shutdown  |
            REMOVE   | oom       | Remove | SHUTDOWN  | shutdown  |
            REMOVE   | broken    | Remove | SHUTDOWN  | shutdown  |
            """)
    void everyDesiredStateWithEveryContainer(
            DesiredState desired, String container, String action, TaskState state, String message, String err) {
        var step = TaskStep.next(wanted(desired), container(container), TaskMemory.NEW, NOW);

        assertThat(step.action().map(a -> a.getClass().getSimpleName()).orElse("-")).isEqualTo(action);
        assertThat(step.status().state()).isEqualTo(state);
        assertThat(step.status().message()).isEqualTo(message);
        assertThat(step.status().err()).isEqualTo(err == null ? "" : err);
    }

    /** The same whole table, with a verdict given before: it stays, and nothing runs or is made because of it. */
    @Test
    void theDeadStayDead() {
        for (DesiredState desired : DesiredState.values()) {
            for (String kind : List.of("absent", "created", "running", "starting", "healthy", "unhealthy", "exited 0", "oom")) {
                var memory = after(DesiredState.RUNNING, "exited 3", TaskMemory.NEW);
                var step = TaskStep.next(wanted(desired), container(kind), memory, NOW.plusSeconds(9));

                assertThat(step.status()).as("%s, %s", desired, kind).isEqualTo(memory.verdict().orElseThrow());
                boolean runs = container(kind) instanceof Container.Running;
                boolean left = desired == DesiredState.REMOVE && !kind.equals("absent");
                assertThat(step.action().map(a -> a.getClass().getSimpleName()))
                        .as("%s, %s", desired, kind)
                        .isEqualTo(runs ? Optional.of("Stop") : left ? Optional.of("Remove") : Optional.empty());
            }
        }
    }

    @Test
    void askedAgainNothingNewIsSaid() {
        for (DesiredState desired : DesiredState.values()) {
            for (String kind : List.of("absent", "created", "running", "starting", "unhealthy", "exited 0", "exited 3")) {
                var memory = after(desired, kind, TaskMemory.NEW);
                var again = TaskStep.next(wanted(desired), container(kind), memory, NOW.plusSeconds(1));

                assertThat(Optional.of(again.status())).as("%s, %s", desired, kind).isEqualTo(memory.said());
            }
        }
    }

    @Test
    void thePathOfATaskThatRuns() {
        var wanted = wanted(DesiredState.RUNNING);
        var memory = done(PULL, TaskMemory.NEW);
        assertThat(TaskStep.next(wanted, container("absent"), memory, NOW).action()).contains(new Action.Create());

        memory = done(new Action.Create(), memory).saw(container("created"));
        assertThat(TaskStep.next(wanted, container("created"), memory, NOW).action()).contains(new Action.Start());

        memory = done(new Action.Start(), memory);
        var status = TaskStep.next(wanted, container("running"), memory, NOW).status();
        assertThat(status.state()).isEqualTo(TaskState.RUNNING);
        assertThat(status.container().orElseThrow().pid()).isEqualTo(7);
        assertThat(status.ports()).hasSize(1);
    }

    @Test
    void whileAnActionIsUnderwayNoOtherIsGiven() {
        for (DesiredState desired : DesiredState.values()) {
            for (String kind : List.of("absent", "created", "running", "unhealthy", "exited 0", "exited 3")) {
                var memory = TaskMemory.NEW.ordered(PULL, NOW);
                assertThat(TaskStep.next(wanted(desired), container(kind), memory, NOW).action()).isEmpty();
            }
        }
    }

    @Test
    void openConnectionsAreWaitedForOnceBeforeTheStop() {
        for (DesiredState desired : List.of(DesiredState.SHUTDOWN, DesiredState.REMOVE)) {
            var wanted = new Wanted(desired, "nginx", Optional.empty(), PROVEN, Wanted.Healing.ASKS, true, false, Duration.ofSeconds(10));
            var drain = new Action.Drain(Duration.ofSeconds(10));
            assertThat(TaskStep.next(wanted, container("running"), TaskMemory.NEW, NOW).action()).contains(drain);

            var underway = TaskMemory.NEW.ordered(drain, NOW);
            assertThat(TaskStep.next(wanted, container("running"), underway, NOW).action()).isEmpty();
            assertThat(TaskStep.next(wanted, container("running"), underway, NOW).status().state()).isEqualTo(TaskState.RUNNING);
            assertThat(TaskStep.next(wanted, container("running"), done(drain, TaskMemory.NEW), NOW).action())
                    .contains(new Action.Stop(Optional.empty()));
            assertThat(TaskStep.next(wanted, container("exited 0"), underway, NOW).status().state()).isEqualTo(TaskState.SHUTDOWN);
        }
    }

    @Test
    void whatEndsAtOnceWaitsForNobody() {
        var wanted = new Wanted(DesiredState.RUNNING, "nginx", Optional.empty(), PROVEN, Wanted.Healing.ALLOWED, true, false, Duration.ofSeconds(10));

        assertThat(TaskStep.next(wanted.endingAtOnce(), container("running"), TaskMemory.NEW, NOW).action()).contains(new Action.Stop(Optional.empty()));
        assertThat(TaskStep.next(wanted, container("unhealthy"), after(DesiredState.RUNNING, "healthy", TaskMemory.NEW), NOW).action())
                .hasValueSatisfying(action -> assertThat(action).isInstanceOf(Action.Stop.class));
    }

    @Test
    void aStartUnderwayIsNotOverBecauseNobodyWantsItAnyMore() {
        var memory = TaskMemory.NEW.saw(container("created")).ordered(new Action.Start(), NOW);

        var step = TaskStep.next(wanted(DesiredState.SHUTDOWN), container("created"), memory, NOW);

        assertThat(step.status().state()).isEqualTo(TaskState.STARTING);
    }

    @Test
    void aPullUnderwayDoesNotKeepATaskAlive() {
        var memory = TaskMemory.NEW.ordered(PULL, NOW);

        var step = TaskStep.next(wanted(DesiredState.SHUTDOWN), container("absent"), memory, NOW);

        assertThat(step.status().state()).isEqualTo(TaskState.SHUTDOWN);
    }

    @Test
    void aRefusedPullRejectsTheTaskInTheEnginesWords() {
        var memory = TaskMemory.NEW.ordered(PULL, NOW).refused(PULL, "No such image: nginx", NOW);

        var status = TaskStep.next(wanted(DesiredState.RUNNING), container("absent"), memory, NOW).status();

        assertThat(status.state()).isEqualTo(TaskState.REJECTED);
        assertThat(status.err()).isEqualTo("No such image: nginx");
    }

    @Test
    void aRefusedStartFailsTheTask() {
        var start = new Action.Start();
        var memory = TaskMemory.NEW.saw(container("created")).ordered(start, NOW).refused(start, "port is taken", NOW);

        var status = TaskStep.next(wanted(DesiredState.RUNNING), container("created"), memory, NOW).status();

        assertThat(status.state()).isEqualTo(TaskState.FAILED);
        assertThat(status.err()).isEqualTo("starting container failed: port is taken");
    }

    @Test
    void anEngineThatIsAwayIsNoVerdict() {
        var memory = TaskMemory.NEW.ordered(PULL, NOW).troubled("connection refused", NOW);

        var soon = TaskStep.next(wanted(DesiredState.RUNNING), container("absent"), memory, NOW);
        var later = TaskStep.next(wanted(DesiredState.RUNNING), container("absent"), memory, soon.wakeAt().orElseThrow());

        assertThat(soon.action()).isEmpty();
        assertThat(soon.status().state()).isEqualTo(TaskState.PREPARING);
        assertThat(soon.status().err()).isEqualTo("connection refused");
        assertThat(later.action()).contains(PULL);
    }

    @Test
    void pausesGrowWhileTheEngineIsAway() {
        var memory = TaskMemory.NEW;
        Duration last = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            memory = memory.ordered(PULL, NOW).troubled("away", NOW);
            var pause = Duration.between(NOW, memory.trouble().notBefore().orElseThrow());
            assertThat(pause).isGreaterThanOrEqualTo(last).isLessThanOrEqualTo(Duration.ofSeconds(10));
            last = pause;
        }
        assertThat(last).isEqualTo(Duration.ofSeconds(10));
        assertThat(memory.engineBack().trouble().notBefore()).isEmpty();
    }

    @Test
    void anImageThatIsGoneAgainIsPulledAgainButNotForEver() {
        var memory = done(PULL, TaskMemory.NEW);
        int pulls = 1;
        while (memory.refusal() instanceof TaskMemory.Refusal.None) {
            memory = memory.ordered(new Action.Create(), NOW).missed(new Action.Create(), "No such image", NOW);
            if (!memory.pulled()) {
                memory = done(PULL, memory);
                pulls++;
            }
            assertThat(pulls).isLessThan(10);
        }
        assertThat(memory.refusal()).isEqualTo(new TaskMemory.Refusal.Unprepared("No such image"));
    }

    @Test
    void aVanishedContainerFailsTheTask() {
        var memory = after(DesiredState.RUNNING, "running", TaskMemory.NEW);

        var status = TaskStep.next(wanted(DesiredState.RUNNING), container("absent"), memory, NOW).status();

        assertThat(status.state()).isEqualTo(TaskState.FAILED);
        assertThat(status.err()).isEqualTo("container was removed");
        assertThat(status.container().orElseThrow().containerId()).isEqualTo(ID);
    }

    @Test
    void anUnhealthyContainerIsStoppedAndThenFailed() {
        var memory = after(DesiredState.RUNNING, "healthy", TaskMemory.NEW);
        var waits = TaskStep.next(wanted(DesiredState.RUNNING), container("unhealthy"), memory, NOW);
        assertThat(waits.action()).isEmpty();
        assertThat(waits.status().ailing()).isEqualTo("dockerexec: unhealthy container");
        var step = TaskStep.next(allowed(Wanted.Healing.ALLOWED, false), container("unhealthy"), memory, NOW);
        assertThat(step.status().state()).isEqualTo(TaskState.RUNNING);

        memory = done(step.action().orElseThrow(), memory);
        var status = TaskStep.next(wanted(DesiredState.RUNNING), container("exited 137"), memory, NOW).status();

        assertThat(status.state()).isEqualTo(TaskState.FAILED);
        assertThat(status.err()).isEqualTo("task: non-zero exit (137): dockerexec: unhealthy container");
    }

    @ParameterizedTest
    @CsvSource({"ASKS,false,false", "ASKS,true,true", "ONLY_ASKS,false,false", "ONLY_ASKS,true,false", "ALLOWED,false,true", "ALLOWED,true,true"})
    void whatRunsIsStoppedForAFailingCheckWhenTheManagerSaysSoOrCannotBeAsked(Wanted.Healing healing, boolean offline, boolean stops) {
        var memory = after(DesiredState.RUNNING, "running", TaskMemory.NEW)
                .probed(Optional.of(ProbeVerdict.of(true, true).failed("tcp://:80: connection refused")));

        var step = TaskStep.next(allowed(healing, offline), container("running"), memory, NOW);

        assertThat(step.action().isPresent()).isEqualTo(stops);
        assertThat(step.status().ailing()).isEqualTo("unhealthy container: tcp://:80: connection refused");
        assertThat(step.status().state()).isEqualTo(TaskState.RUNNING);
    }

    @Test
    void whatANewAgentFindsUnhealthyIsTheManagersToStop() {
        var found = TaskStep.next(wanted(DesiredState.RUNNING), container("unhealthy"), TaskMemory.NEW, NOW);
        var started = after(DesiredState.RUNNING, "starting", TaskMemory.NEW);

        assertThat(found.action()).isEmpty();
        assertThat(found.status().state()).isEqualTo(TaskState.RUNNING);
        assertThat(found.status().ailing()).isNotEmpty();
        assertThat(TaskStep.next(wanted(DesiredState.RUNNING), container("unhealthy"), started, NOW).action()).isPresent();
    }

    @Test
    void aRunningTaskIsReadyAsItsChecksSay() {
        var memory = after(DesiredState.RUNNING, "running", TaskMemory.NEW);

        var unready = memory.probed(Optional.of(new ProbeVerdict(true, false, Optional.empty(), "readiness check tcp://:80: refused")));
        var status = TaskStep.next(wanted(DesiredState.RUNNING), container("running"), unready, NOW).status();

        assertThat(status.ready()).isFalse();
        assertThat(status.state()).isEqualTo(TaskState.RUNNING);
        assertThat(status.probe()).isEqualTo("readiness check tcp://:80: refused");
        assertThat(TaskStep.next(wanted(DesiredState.RUNNING), container("running"), memory, NOW).status().ready()).isTrue();
        assertThat(TaskStep.next(wanted(DesiredState.SHUTDOWN), container("exited 0"), memory, NOW).status().ready()).isFalse();
    }

    @Test
    void aProbedTaskRunsWhenItsFirstCheckPassed() {
        var wanted = probed();

        var before = TaskStep.next(wanted, container("running"), TaskMemory.NEW, NOW).status();
        var after = TaskStep.next(wanted, container("running"), TaskMemory.NEW.probed(Optional.of(ProbeVerdict.of(true, true))), NOW).status();

        assertThat(before.state()).isEqualTo(TaskState.STARTING);
        assertThat(after.state()).isEqualTo(TaskState.RUNNING);
    }

    @Test
    void aProbeThatFailsForGoodEndsTheTaskInItsWords() {
        var memory = TaskMemory.NEW.probed(Optional.of(ProbeVerdict.of(false, true).failed("GET :8080/ answered 500")));
        var step = TaskStep.next(probed(), container("running"), memory, NOW);

        memory = done(step.action().orElseThrow(), memory.said(step.status()));
        var status = TaskStep.next(probed(), container("exited 0"), memory, NOW).status();

        assertThat(status.state()).isEqualTo(TaskState.FAILED);
        assertThat(status.err()).isEqualTo("task: exit (0): unhealthy container: GET :8080/ answered 500");
    }

    @Test
    void aStartWaitsForAHostPort() {
        var wanted = wanted(DesiredState.RUNNING).portsFree(false);

        assertThat(TaskStep.next(wanted, container("absent"), TaskMemory.NEW, NOW).action()).contains(PULL);
        var step = TaskStep.next(wanted, container("created"), TaskMemory.NEW, NOW);
        assertThat(step.action()).isEmpty();
        assertThat(step.status().state()).isEqualTo(TaskState.READY);
    }

    @ParameterizedTest(name = "offline, {0}, exited {1}: restarted {2}")
    @CsvSource({
        "ANY, 0, true", "ANY, 1, true",
        "ON_FAILURE, 0, false", "ON_FAILURE, 1, true",
        "NONE, 0, false", "NONE, 1, false"
    })
    void offlineTheRestartPolicyDecides(RestartCondition condition, int code, boolean restarted) {
        var wanted = offline(policy(Optional.of(condition), Optional.empty(), 0));

        // The verdict was given while a manager was near, or not: it makes no difference.
        for (var memory : List.of(TaskMemory.NEW, after(DesiredState.RUNNING, "exited " + code, TaskMemory.NEW))) {
            var step = TaskStep.next(wanted, container("exited " + code), memory, NOW);
            assertThat(step.action()).isEqualTo(restarted ? Optional.of(new Action.Restart(1)) : Optional.empty());
            assertThat(step.status().state().isDead()).isEqualTo(!restarted);
        }
    }

    @Test
    void offlineOnlyRunningIsRestored() {
        for (var desired : List.of(DesiredState.READY, DesiredState.SHUTDOWN, DesiredState.REMOVE)) {
            var step = TaskStep.next(wanted(desired).offline(true), container("exited 1"), TaskMemory.NEW, NOW);
            assertThat(step.action().filter(a -> a instanceof Action.Restart)).isEmpty();
        }
    }

    @Test
    void offlineRestartsAreCountedAndPausesGrow() {
        var wanted = offline(policy(Optional.empty(), Optional.empty(), 0));
        var memory = TaskMemory.NEW;
        var time = NOW;
        Duration last = Duration.ofMillis(-1);
        for (int i = 1; i <= 12; i++) {
            var exited = new Container.Exited(ID, 1, false, time, "");
            var waiting = TaskStep.next(wanted, exited, memory, time);
            var when = waiting.wakeAt().orElse(time);
            var pause = Duration.between(time, when);
            assertThat(pause).isGreaterThanOrEqualTo(last);
            var step = TaskStep.next(wanted, exited, memory, when);
            assertThat(step.action()).contains(new Action.Restart(i));
            memory = done(step.action().orElseThrow(), memory, when);
            last = pause;
            time = when.plusMillis(100);
            assertThat(TaskStep.next(wanted, container("running"), memory, time).status().restarts()).isEqualTo(i);
        }
        assertThat(last).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void offlineWhatRanWellBeginsCountingAnew() {
        var memory = done(new Action.Restart(7), TaskMemory.NEW);
        var exited = new Container.Exited(ID, 1, false, NOW.plusSeconds(61), "");

        var step = TaskStep.next(offline(policy(Optional.empty(), Optional.empty(), 0)), exited, memory, NOW.plusSeconds(61));

        assertThat(step.action()).contains(new Action.Restart(1));
    }

    @Test
    void offlineTheGivenDelayIsKeptToTheLetter() {
        var wanted = offline(policy(Optional.empty(), Optional.of(Duration.ofSeconds(5)), 0));

        var step = TaskStep.next(wanted, container("exited 1"), TaskMemory.NEW, NOW);

        assertThat(step.wakeAt()).contains(NOW.plusSeconds(5));
        assertThat(TaskStep.next(wanted, container("exited 1"), TaskMemory.NEW, NOW.plusSeconds(5)).action())
                .contains(new Action.Restart(1));
    }

    @Test
    void offlineAttemptsEnd() {
        var wanted = offline(policy(Optional.empty(), Optional.empty(), 2));
        var memory = done(new Action.Restart(2), done(new Action.Restart(1), TaskMemory.NEW));

        var step = TaskStep.next(wanted, container("exited 1"), memory, NOW.plusSeconds(30));

        assertThat(step.action()).isEmpty();
        assertThat(step.status().state()).isEqualTo(TaskState.FAILED);
        assertThat(step.status().restarts()).isEqualTo(2);
    }

    @Test
    void offlineAContainerThatWasRemovedIsMadeAgain() {
        var memory = after(DesiredState.RUNNING, "running", TaskMemory.NEW);
        var wanted = offline(policy(Optional.empty(), Optional.empty(), 0));

        assertThat(TaskStep.next(wanted, container("absent"), memory, NOW).action()).contains(new Action.Restart(1));
    }

    @Test
    void backOnlineWhatIsDeadIsReportedDead() {
        var memory = TaskMemory.NEW;
        var offline = offline(policy(Optional.empty(), Optional.of(Duration.ofSeconds(5)), 0));
        memory = memory.said(TaskStep.next(offline, container("exited 3"), memory, NOW).status());

        var status = TaskStep.next(offline.offline(false), container("exited 3"), memory, NOW.plusSeconds(1)).status();

        assertThat(status.state()).isEqualTo(TaskState.FAILED);
    }

    private static Wanted wanted(DesiredState desired) {
        return new Wanted(desired, "nginx", Optional.empty(), PROVEN, Wanted.Healing.ASKS, true, false, Duration.ZERO);
    }

    private static Wanted allowed(Wanted.Healing healing, boolean offline) {
        return new Wanted(DesiredState.RUNNING, "nginx", Optional.empty(), PROVEN, healing, true, offline, Duration.ZERO);
    }

    private static Wanted probed() {
        return new Wanted(DesiredState.RUNNING, "nginx", Optional.empty(), ProbeVerdict.of(false, true), Wanted.Healing.ASKS, true, false, Duration.ZERO);
    }

    private static Wanted offline(RestartPolicy policy) {
        return new Wanted(DesiredState.RUNNING, "nginx", Optional.of(policy), PROVEN, Wanted.Healing.ASKS, true, true, Duration.ZERO);
    }

    private static RestartPolicy policy(Optional<RestartCondition> condition, Optional<Duration> delay, long attempts) {
        return new RestartPolicy(condition, delay, Optional.of(attempts), Optional.empty());
    }

    private static TaskMemory after(DesiredState desired, String container, TaskMemory memory) {
        var seen = container(container);
        return memory.saw(seen).said(TaskStep.next(wanted(desired), seen, memory, NOW).status());
    }

    private static TaskMemory done(Action action, TaskMemory memory) {
        return done(action, memory, NOW);
    }

    private static TaskMemory done(Action action, TaskMemory memory, Instant at) {
        return memory.ordered(action, at).succeeded(action);
    }

    private static Container container(String kind) {
        return switch (kind) {
            case "absent" -> new Container.Absent();
            case "created" -> new Container.Created(ID);
            case "running" -> running(Container.Health.NONE);
            case "starting" -> running(Container.Health.STARTING);
            case "healthy" -> running(Container.Health.HEALTHY);
            case "unhealthy" -> running(Container.Health.UNHEALTHY);
            case "oom" -> new Container.Exited(ID, 137, true, NOW, "");
            case "broken" -> new Container.Exited(ID, 127, false, NOW, "no such program");
            default -> new Container.Exited(ID, Integer.parseInt(kind.substring("exited ".length())), false, NOW, "");
        };
    }

    private static Container running(Container.Health health) {
        var port = new PortConfig(Optional.empty(), "tcp", 80, 8080, "host");
        return new Container.Running(ID, 7, NOW, health, List.of(port), List.of("172.17.0.2"));
    }
}
