package io.cardume.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.cardume.agent.task.ProbeVerdict;
import io.cardume.agent.task.Ran;
import io.cardume.api.Checks;
import io.cardume.api.Probe;
import io.cardume.api.TaskId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProberTest {
    private static final Prober.Subject SUBJECT = new Prober.Subject(new TaskId("task"), "127.0.0.1", Instant.now());
    private static final Probe.Target COMMAND = Probe.Target.Exec.shell("check");

    private final ScriptedCommands commands = new ScriptedCommands();
    private final Prober prober = new Prober(InstantSource.system(), commands);
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger status = new AtomicInteger(200);
    private HttpServer server;
    private AutoCloseable running = () -> {};

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/health", exchange -> {
            byte[] body = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(status.get(), body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
    }

    @AfterEach
    void stopServing() throws Exception {
        running.close();
        server.stop(0);
    }

    @Test
    void answeringContainerIsHealthyAndFailsWhenItTurnsBad() throws Exception {
        try (var _ = begin(http("/health"))) {
            assertThat(next()).isEqualTo("healthy");
            status.set(503);
            assertThat(next()).isEqualTo("failed " + http("/health") + ": 503 Service Unavailable");
        }
    }

    @Test
    void redirectIsHealthy() throws Exception {
        status.set(301);
        try (var _ = begin(http("/health"))) {
            assertThat(next()).isEqualTo("healthy");
        }
    }

    @Test
    void unknownPathFails() throws Exception {
        try (var _ = begin(http("/elsewhere"))) {
            assertThat(next()).isEqualTo("failed " + http("/elsewhere") + ": 404 Not Found");
        }
    }

    @Test
    void openPortIsHealthy() throws Exception {
        try (var _ = begin(new Probe.Target.Tcp(server.getAddress().getPort()))) {
            assertThat(next()).isEqualTo("healthy");
        }
    }

    @Test
    void closedPortFailsInWords() throws Exception {
        // Nobody has listened there for decades (tcpmux).
        var target = new Probe.Target.Tcp(1);
        try (var _ = begin(target)) {
            assertThat(next()).isEqualTo("failed " + target + ": connection refused");
        }
    }

    @Test
    void silentServerFailsWithinTheTimeout() throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var _ = begin(probe(new Probe.Target.Http(silent.getLocalPort(), "/"), Duration.ofMillis(200)))) {
            assertThat(next()).endsWith(": no answer within 200ms");
        }
    }

    @Test
    void serverThatSpeaksAnotherProtocolFails() throws Exception {
        try (var other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> greet(other));
            try (var _ = begin(new Probe.Target.Http(other.getLocalPort(), "/"))) {
                assertThat(next()).endsWith(": not an HTTP answer: SSH-2.0-OpenSSH");
            }
        }
    }

    private static void greet(ServerSocket server) {
        try {
            while (true) {
                try (var socket = server.accept()) {
                    socket.getOutputStream().write("SSH-2.0-OpenSSH\r\n".getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private Probe.Target http(String path) {
        return new Probe.Target.Http(server.getAddress().getPort(), path);
    }

    /** Startup and liveness by one target; what is heard is whether it has come up and whether it has failed. */
    private AutoCloseable begin(Probe.Target target) {
        return begin(probe(target));
    }

    private AutoCloseable begin(Probe said) {
        var probe = Optional.of(said);
        return prober.begin(SUBJECT, new Checks(probe, Optional.empty(), probe), ProbeVerdict.of(false, true), verdict -> {
            if (verdict.failed().isPresent()) heard.add("failed " + verdict.failed().get());
            else if (verdict.started() && verdict.words().isEmpty()) heard.add("healthy");
        });
    }

    private static Probe probe(Probe.Target target) {
        return probe(target, Duration.ofSeconds(30));
    }

    private static Probe probe(Probe.Target target, Duration timeout) {
        return new Probe(target, Duration.ofMillis(20), timeout, 2, Duration.ZERO);
    }

    private BlockingQueue<ProbeVerdict> verdicts(Checks checks, ProbeVerdict presumed) {
        var verdicts = new LinkedBlockingQueue<ProbeVerdict>();
        running = prober.begin(SUBJECT, checks, presumed, verdicts::add);
        return verdicts;
    }

    private static void until(BlockingQueue<ProbeVerdict> verdicts, Predicate<ProbeVerdict> expected) throws InterruptedException {
        var seen = new ArrayList<ProbeVerdict>();
        while (true) {
            var next = verdicts.poll(60, TimeUnit.SECONDS);
            assertThat(next).as("another verdict after %s", seen).isNotNull();
            seen.add(next);
            if (expected.test(next)) return;
        }
    }

    @Test
    void otherChecksBeginWhenTheStartupCheckHasPassed() throws Exception {
        status.set(503);
        commands.next = new Ran.Ended(0, "");
        var verdicts = verdicts(new Checks(Optional.of(new Probe(http("/health"), Duration.ofMillis(20), Duration.ofSeconds(30), 100_000, Duration.ZERO)), Optional.of(probe(COMMAND)), Optional.empty()),
                ProbeVerdict.of(false, false));
        until(verdicts, verdict -> verdict.words().equals("startup check " + http("/health") + ": 503 Service Unavailable"));
        assertThat(commands.runs.get()).isZero();

        status.set(200);

        until(verdicts, verdict -> verdict.started() && verdict.ready());
    }

    @Test
    void readinessComesAndGoesAndNeverFails() throws Exception {
        commands.next = new Ran.Ended(1, "warming up");
        var verdicts = verdicts(new Checks(Optional.empty(), Optional.of(probe(COMMAND)), Optional.empty()), ProbeVerdict.of(true, false));
        until(verdicts, verdict -> !verdict.ready() && verdict.words().equals("readiness check exec:check: exit code 1: warming up"));

        commands.next = new Ran.Ended(0, "");
        until(verdicts, ProbeVerdict::ready);
        commands.next = new Ran.Ended(7, "");
        until(verdicts, verdict -> !verdict.ready() && verdict.failed().isEmpty() && verdict.started());
    }

    @Test
    void livenessIsTakenBackWhenACheckPassesAgain() throws Exception {
        var verdicts = verdicts(new Checks(Optional.empty(), Optional.empty(), Optional.of(probe(http("/health")))), ProbeVerdict.of(true, true));
        status.set(500);
        until(verdicts, verdict -> verdict.failed().isPresent() && verdict.ready());

        status.set(200);
        until(verdicts, verdict -> verdict.failed().isEmpty() && verdict.words().isEmpty());
    }

    @Test
    void whatIsPresumedToHaveComeUpIsNotAskedAgain() throws Exception {
        status.set(500);
        commands.next = new Ran.Ended(0, "");
        var verdicts = verdicts(new Checks(Optional.of(probe(http("/health"))), Optional.of(probe(COMMAND)), Optional.empty()),
                ProbeVerdict.of(true, true));

        commands.next = new Ran.Ended(2, "");
        until(verdicts, verdict -> verdict.started() && !verdict.ready() && verdict.failed().isEmpty());
    }

    @Test
    void aCommandThatDoesNotEndFailsAndNoOtherIsBegun() throws Exception {
        commands.next = new Ran.Unfinished("exec1");
        var verdicts = verdicts(new Checks(Optional.empty(), Optional.empty(), Optional.of(probe(COMMAND))), ProbeVerdict.of(true, true));

        until(verdicts, verdict -> verdict.failed().isPresent());
        assertThat(commands.runs.get()).isEqualTo(1);
        commands.next = new Ran.Ended(0, "");
        commands.stillRuns = false;
        until(verdicts, verdict -> verdict.failed().isEmpty());
    }

    @Test
    void anEngineThatDoesNotAnswerFailsNobody() throws Exception {
        commands.unanswered = true;
        var verdicts = verdicts(new Checks(Optional.empty(), Optional.of(probe(COMMAND)), Optional.of(probe(COMMAND))), ProbeVerdict.of(true, true));

        until(verdicts, verdict -> verdict.words().contains("the engine is away"));
        var before = commands.runs.get();
        while (commands.runs.get() < before + 10) Thread.onSpinWait();
        assertThat(verdicts).allMatch(verdict -> verdict.ready() && verdict.failed().isEmpty());
    }

    private static final class ScriptedCommands implements Commands {
        final AtomicInteger runs = new AtomicInteger();
        volatile Ran next = new Ran.Ended(0, "");
        volatile boolean stillRuns = true;
        volatile boolean unanswered;

        @Override
        public Ran run(TaskId task, List<String> command, Duration limit) throws Unanswered {
            runs.incrementAndGet();
            if (unanswered) throw new Unanswered("the engine is away", new IOException("away"));
            return next;
        }

        @Override
        public boolean runs(String handle) {
            return stillRuns;
        }
    }

    private String next() throws InterruptedException {
        String next = heard.poll(60, TimeUnit.SECONDS);
        assertThat(next).as("a verdict").isNotNull();
        return next;
    }
}
