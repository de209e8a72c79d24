package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.init;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogLine;
import io.cardume.manager.gate.Crowd;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.gate.Patience;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.store.MemoryStore;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Those who come to the cluster port and take too much, over real sockets; agents are served meanwhile. */
class ClusterPortLimitsTest {
    private static final Patience SHORT = new Patience(Duration.ofSeconds(1), Duration.ofSeconds(1), 1 << 10, Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(1));
    private static final int MANY = Integer.getInteger("cardume.crowd", 100);
    private static final int AGENTS = 20;
    private final ManagerLoop loop = new ManagerLoop(new Planner(AgentServerTest.LEASES), new MemoryStore(), InstantSource.system(),
            "seed", error -> {
                throw new AssertionError(error);
            });
    private final ClusterPort port = new ClusterPort(loop);
    private final List<Socket> sockets = new ArrayList<>();
    private AgentServer server;

    @BeforeEach
    void startManager() throws Exception {
        loop.start();
        loop.submit(init().with(port.authority.found())).get(60, TimeUnit.SECONDS);
    }

    private void serve(Limits limits) {
        server = new AgentServer(loop, port.vault, port.authority, port.tls(), new InetSocketAddress("127.0.0.1", 0), Duration.ofMillis(200), limits).openDoor();
    }

    @AfterEach
    void stopManager() throws Exception {
        for (Socket socket : sockets) socket.close();
        server.close();
        loop.close();
        port.close();
    }

    @Test
    void strangersGiveWayToAgents() throws Exception {
        serve(Limits.usual().with(Limits.Name.CLUSTER_STRANGERS_PER_CALLER, 8));
        for (int i = 0; i < 40; i++) {
            sockets.add(new Socket("127.0.0.1", server.port()));
            if (i % 2 == 0) connect(new Silent());
        }
        for (String name : List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")) {
            join(name, new Silent());
            await("agent " + name + " is let in", () -> server.isConnected(new NodeId(name)));
        }
        for (int i = 0; i < 40; i++) sockets.add(new Socket("127.0.0.1", server.port()));
        await("those who were let in count no more", () -> server.strangers() <= 8);
        assertThat(server.isConnected(new NodeId("a"))).isTrue();
    }

    @Test
    void whoSaysNothingIsCutOff() throws Exception {
        serve(Limits.usual().with(SHORT));
        var socket = new Socket("127.0.0.1", server.port());
        sockets.add(socket);
        socket.setSoTimeout(60_000);
        assertThat(socket.getInputStream().readAllBytes()).as("it is not even told in the clear").isEmpty();
        var shaken = ClusterPort.context(Optional.empty()).getSocketFactory().createSocket("127.0.0.1", server.port());
        sockets.add(shaken);
        shaken.setSoTimeout(60_000);
        assertThat(new String(shaken.getInputStream().readAllBytes())).startsWith("HTTP/1.1 408");
        var silent = new Silent();
        connect(silent);
        silent.closed.get(60, TimeUnit.SECONDS);
    }

    @Test
    void beforeTheHelloMessagesAreSmallAndAfterItBounded() throws Exception {
        serve(Limits.usual());
        var stranger = new Silent();
        var socket = connect(stranger);
        socket.sendText("\"" + "x".repeat(Limits.HELLO_BYTES) + "\"", true).exceptionally(_ -> socket);
        assertThat(stranger.closed.get(60, TimeUnit.SECONDS)).contains("too large");

        var agent = new Silent();
        var known = join("a", agent);
        await("it is let in", () -> server.isConnected(new NodeId("a")));
        say(known, new FromAgent.WantImage("x".repeat(Limits.MESSAGE_BYTES / 2)));
        say(known, new FromAgent.Unreached(List.of(new NodeId("a"), new NodeId("nowhere"))));
        await("it is heard after a large message", () -> server.unreached(new NodeId("a")).size() == 1);
        known.sendText("\"" + "x".repeat(Limits.MESSAGE_BYTES) + "\"", true).exceptionally(_ -> known);
        assertThat(agent.closed.get(60, TimeUnit.SECONDS)).contains("too large");
    }

    /** As fast as it can, without reading anything. */
    @Test
    void anAgentThatFloodsKeepsNobodyWaitingAndTakesNoMemory() throws Exception {
        serve(Limits.usual());
        var flood = join("a", new Silent());
        await("the one that floods is let in", () -> server.isConnected(new NodeId("a")));
        var line = new LogLine(1, Instant.EPOCH, new byte[32 << 10]);
        var flooding = Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    say(flood, new FromAgent.Heartbeat(0, Optional.empty()));
                    say(flood, new FromAgent.LogData("nobody asked", List.of(line)));
                    say(flood, new FromAgent.Answer("nobody asked", 1, new byte[32 << 10]));
                    say(flood, new FromAgent.Resync());
                }
            } catch (Exception e) {
                // it is slowed, and its last message waits for the end
            }
        });
        for (int i = 0; i < 20; i++) {
            var name = "other-" + i;
            var other = join(name, new Silent());
            await(name + " is let in", () -> server.isConnected(new NodeId(name)));
            say(other, new FromAgent.Unreached(List.of(new NodeId("a"))));
            await(name + " is heard", () -> !server.unreached(new NodeId(name)).isEmpty());
            loop.submit(_ -> null).get(60, TimeUnit.SECONDS);
        }
        assertThat(server.waiting()).isZero();
        assertThat(server.isConnected(new NodeId("a"))).as("it is slowed, not cut").isTrue();
        flood.abort();
        flooding.interrupt();
        flooding.join();
    }

    /** Many who say nothing, or a byte of a handshake now and then; {@code bench/hostile} gives a thousand of each. */
    @Test
    void agentsAreLetInBesideACrowd() throws Exception {
        serve(Limits.usual());
        var alone = letIn("alone");
        try (var crowd = new Crowd(server.port(), MANY, _ -> new byte[] {0x16, 3, 1, 16})) {
            var beside = letIn("beside");
            System.out.printf("the cluster port, %d idle and %d slow connections, %d open (%d came again): %s alone, %s beside them%n",
                    MANY, MANY, server.strangers(), crowd.again(), alone, beside);
            assertThat(server.strangers()).isLessThanOrEqualTo(Limits.usual().of(Limits.Name.CLUSTER_STRANGERS) + 64);
        }
        assertThat(server.isConnected(new NodeId("alone-0"))).as("those who are in stay").isTrue();
    }

    /** Agents come and are heard; how long that took. */
    private String letIn(String name) throws Exception {
        var nanos = new long[AGENTS];
        for (int i = 0; i < AGENTS; i++) {
            var node = name + "-" + i;
            long begun = System.nanoTime();
            join(node, new Silent());
            await(node + " is let in", () -> server.isConnected(new NodeId(node)));
            nanos[i] = System.nanoTime() - begun;
        }
        Arrays.sort(nanos);
        return "an agent is let in within " + TimeUnit.NANOSECONDS.toMicros(nanos[AGENTS / 2]) + " us (the slowest " + TimeUnit.NANOSECONDS.toMicros(nanos[AGENTS - 1]) + ")";
    }

    @Test
    void whoWantsToBeLetInTooOftenIsToldToComeAgain() throws Exception {
        serve(Limits.usual().with(Limits.Name.CLUSTER_JOINS_PER_SECOND, 1).with(Limits.Name.CLUSTER_JOINS_AT_ONCE, 2));
        var last = "";
        for (int i = 0; i < 20 && !last.startsWith("1013"); i++) {
            var stranger = new Silent();
            say(connect(stranger), hello("stranger-" + i));
            last = stranger.closed.get(60, TimeUnit.SECONDS);
        }
        assertThat(last).contains("1013", "too many agents of 127.0.0.1", "cluster-joins-per-second");
        join("known", new Silent());
        await("who has a certificate is let in all the same", () -> server.isConnected(new NodeId("known")));
    }

    @Test
    void messagesOfGreatDepthEndTheirConnectionAlone() throws Exception {
        serve(Limits.usual());
        var deep = "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000);
        var stranger = new Silent();
        connect(stranger).sendText(deep, true).get(60, TimeUnit.SECONDS);
        stranger.closed.get(60, TimeUnit.SECONDS);
        var agent = new Silent();
        var socket = join("a", agent);
        await("it is let in", () -> server.isConnected(new NodeId("a")));
        socket.sendText("[".repeat(1_000_000), true).get(60, TimeUnit.SECONDS);
        agent.closed.get(60, TimeUnit.SECONDS);
        join("b", new Silent());
        await("others are let in", () -> server.isConnected(new NodeId("b")));
    }

    private static void say(WebSocket socket, FromAgent message) throws Exception {
        socket.sendText(Json.lenient().writerFor(FromAgent.class).writeValueAsString(message), true).get(60, TimeUnit.SECONDS);
    }

    /** Somebody without a certificate. */
    private WebSocket connect(Silent listener) throws Exception {
        return port.dial(server.port(), Optional.empty(), listener);
    }

    /** A node that has said who it is. */
    private WebSocket join(String name, Silent listener) throws Exception {
        loop.submit(new JoinNode(hello(name), "")).get(60, TimeUnit.SECONDS);
        var socket = port.dial(server.port(), Optional.of(port.certificate(new NodeId(name))), listener);
        say(socket, hello(name));
        return socket;
    }

    private static void await(String what, BooleanSupplier met) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!met.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in vain: " + what).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** An agent that hears nothing but the end. */
    private static final class Silent implements WebSocket.Listener {
        final CompletableFuture<String> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.complete(error.toString());
        }
    }
}
