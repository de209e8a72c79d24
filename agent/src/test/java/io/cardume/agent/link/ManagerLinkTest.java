package io.cardume.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.trust.Issuer;
import io.cardume.agent.trust.ManagerTls;
import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.Json;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.trust.JoinToken;
import io.cardume.api.trust.RootDigest;
import io.cardume.api.link.ToAgent;
import io.javalin.Javalin;
import io.javalin.websocket.WsContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ManagerLinkTest {
    private static final Issuer ISSUER = new Issuer();
    private static final SSLContext TLS = ISSUER.manager();
    private static final ClusterId CLUSTER = new ClusterId("cluster");
    /** Signs of life are so far apart that no pause of a busy machine passes for silence. */
    private static final ToAgent.Welcome WELCOME = new ToAgent.Welcome(CLUSTER, Duration.ofMinutes(1));
    private static final ToAgent.Welcome WELCOME_OFTEN = new ToAgent.Welcome(CLUSTER, Duration.ofMillis(100));

    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<ToAgent> told = new CopyOnWriteArrayList<>();
    private volatile Runnable atJoining = () -> {};
    private volatile Runnable atSign = () -> {};
    private final AtomicInteger hellos = new AtomicInteger();
    private final AtomicReference<Optional<ClusterId>> member = new AtomicReference<>(Optional.empty());

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable what : open.reversed()) what.close();
    }

    @Test
    void theAgentSaysWhoItIsThenWhatItHasToSay() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        var link = link(manager.address());
        await("joined", () -> heard.contains("joined cluster"));

        assertThat(link.say(new FromAgent.Statuses(3, true, List.of()))).isTrue();

        await("said", () -> manager.heard.contains(new FromAgent.Statuses(3, true, List.of())));
        assertThat(manager.heard.getFirst()).isEqualTo(hello(hellos.get(), Optional.empty()));
    }

    @Test
    void whoHearsThatTheAgentHasJoinedMaySpeakAtOnce() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        var speaker = new CompletableFuture<ManagerLink>();
        atJoining = () -> speaker.join().say(new FromAgent.Resync());
        speaker.complete(link(manager.address()));

        await("said", () -> manager.heard.contains(new FromAgent.Resync()));
    }

    @Test
    void itGivesSignsOfLife() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME_OFTEN);
        });
        link(manager.address());

        await("signs of life", () -> manager.heard.stream().filter(m -> m.equals(new FromAgent.Heartbeat(7, Optional.empty()))).count() > 3);
    }

    @Test
    void beforeItHasJoinedNothingIsSaid() {
        var manager = new Manager((_, _) -> {});
        var link = link(manager.address());
        await("hello", () -> !manager.heard.isEmpty());

        assertThat(link.say(new FromAgent.Resync())).isFalse();
        assertThat(manager.heard).allMatch(FromAgent.Hello.class::isInstance);
    }

    @Test
    void wordsOfManyThreadsDoNotOverlap() throws Exception {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        var link = link(manager.address());
        await("joined", () -> heard.contains("joined cluster"));

        var threads = IntStream.range(0, 8).mapToObj(i -> Thread.ofVirtual().start(() -> {
            for (int j = 0; j < 500; j++) sayPatiently(link, new FromAgent.LogEnd(i + "/" + j, Optional.empty()));
        })).toList();
        for (Thread thread : threads) thread.join();

        await("all said", () -> manager.heard.stream().filter(m -> m instanceof FromAgent.LogEnd).count() == 4_000);
        for (int i = 0; i < 8; i++) {
            String mine = i + "/";
            var order = manager.heard.stream()
                    .filter(m -> m instanceof FromAgent.LogEnd end && end.request().startsWith(mine))
                    .map(m -> Integer.parseInt(((FromAgent.LogEnd) m).request().substring(2)))
                    .toList();
            assertThat(order).isSorted();
        }
    }

    @Test
    void aMessageInManyPartsIsHeardWhole() {
        var tasks = IntStream.range(0, 5_000)
                .mapToObj(i -> AssignedTask.of(new TaskId("task" + i), new ServiceId("s"), "ünïcödé", Integer.toString(i),
                        DesiredState.RUNNING, TaskSpec.EMPTY, List.of(), Collections.emptySortedMap()))
                .toList();
        var assignment = new ToAgent.Assignment(9, Optional.empty(), tasks, List.of());
        var manager = new Manager((context, message) -> {
            if (!(message instanceof FromAgent.Hello)) return;
            send(context, WELCOME);
            send(context, assignment);
        });
        link(manager.address());

        await("heard", () -> told.contains(assignment));
    }

    @Test
    void whatIsNotKnownYetIsPassedOver() {
        var manager = new Manager((context, message) -> {
            if (!(message instanceof FromAgent.Hello)) return;
            send(context, WELCOME);
            context.send("{\"type\":\"somethingNew\",\"x\":1}");
            send(context, new ToAgent.StopLogs("r"));
        });
        link(manager.address());

        await("heard", () -> told.contains(new ToAgent.StopLogs("r")));
        assertThat(manager.connections()).isEqualTo(1);
    }

    @Test
    void whoeverDoesNotUnderstandItsManagerFallsSilent() {
        var manager = new Manager((context, message) -> {
            if (!(message instanceof FromAgent.Hello)) return;
            send(context, WELCOME);
            context.send("{\"type\":\"assignment\",\"generation\":\"many\"}");
        });
        link(manager.address());

        await("parted", () -> heard.contains("parted"));
        assertThat(told).isEmpty();
        assertThat(manager.connections()).isEqualTo(1);
    }

    @Test
    void whoeverIsRefusedTriesAgainWithAFreshWord() {
        var tokens = new CopyOnWriteArrayList<String>();
        var manager = new Manager((context, message) -> {
            if (!(message instanceof FromAgent.Hello said)) return;
            tokens.add(said.token());
            send(context, tokens.size() > 2 ? WELCOME : new ToAgent.Refused("wrong token"));
        });
        link(manager.address());

        await("joined", () -> heard.contains("joined cluster"));
        assertThat(heard).containsExactly("refused wrong token", "refused wrong token", "joined cluster");
        assertThat(tokens).doesNotHaveDuplicates();
    }

    @Test
    void afterTheEndOfItsClusterTheAgentIntroducesItselfAnew() {
        member.set(Optional.of(CLUSTER));
        var manager = new Manager((context, message) -> {
            if (!(message instanceof FromAgent.Hello said)) return;
            if (said.memberOf().isPresent()) send(context, new ToAgent.ClusterEnded(CLUSTER));
            else send(context, new ToAgent.Welcome(new ClusterId("next"), Duration.ofMillis(100)));
        });
        link(manager.address());

        await("joined", () -> heard.contains("joined next"));
        assertThat(told).containsExactly(new ToAgent.ClusterEnded(CLUSTER));
    }

    @Test
    void whoeverCannotKeepItsCertificateDialsLessAndLess() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, new ToAgent.Issued("", ""));
        });
        var begun = System.nanoTime();
        link(manager.address());

        await("it came back some times", () -> manager.connections() >= 5);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).as("the pauses between are 0.2 s, 0.4 s and 0.8 s at least").isGreaterThan(Duration.ofMillis(1_400));
    }

    @Test
    void anEndedConnectionIsToldAndDialledAgain() {
        var ended = new AtomicBoolean();
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME_OFTEN);
            if (message instanceof FromAgent.Heartbeat && !ended.getAndSet(true)) context.closeSession();
        });
        link(manager.address());

        await("joined again", () -> heard.size() >= 3);
        assertThat(heard.subList(0, 3)).containsExactly("joined cluster", "parted", "joined cluster");
    }

    @Test
    void anotherManagerIsAskedWhenOneIsAway() throws IOException {
        int nobody;
        try (var socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        link(new ManagerAddress("127.0.0.1", nobody), manager.address());

        await("joined", () -> heard.contains("joined cluster"));
    }

    @Test
    void anAddressThatSwallowsEverythingKeepsNobodyFromTheOther() throws IOException {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        link(new ManagerAddress("127.0.0.1", new BlackHole().port()), manager.address());

        await("joined", () -> heard.contains("joined cluster"));
        assertThat(hellos.get()).as("the other one was asked first").isGreaterThan(1);
    }

    @Test
    void aMembershipThatCannotBeKeptIsNoneAndComesWithGrowingPauses() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        atJoining = () -> {
            throw new IllegalStateException("no space left");
        };
        link(manager.address());

        await("dialled again", () -> hellos.get() >= 3);
        assertThat(heard).doesNotContain("parted");
    }

    @Test
    void aManagerThatFallsSilentIsGivenUp() throws IOException {
        var silent = new SilentManager();
        link(new ManagerAddress("127.0.0.1", silent.port()));

        await("joined, given up and dialled again", () -> heard.size() >= 3);
        assertThat(heard.subList(0, 3)).containsExactly("joined cluster", "parted", "joined cluster");
    }

    @Test
    void aQuietManagerThatAnswersPingsIsKept() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME_OFTEN);
        });
        link(manager.address());

        // Without answers to its pings it would end a connection after three or four.
        await("many heartbeats over one connection", () -> {
            var said = List.copyOf(manager.heard);
            return said.reversed().stream().takeWhile(FromAgent.Heartbeat.class::isInstance).count() > 12;
        });
    }

    @Test
    void whatWaitsIsSentBeforeItIsClosed() {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME);
        });
        var link = link(manager.address());
        await("joined", () -> heard.contains("joined cluster"));

        for (int i = 0; i < 20; i++) link.say(new FromAgent.LogEnd("e" + i, Optional.empty()));
        link.close();

        await("all said", () -> manager.heard.stream().filter(m -> m instanceof FromAgent.LogEnd).count() == 20);
        await("parted", () -> heard.getLast().equals("parted"));
    }

    @Test
    void whatIsSaidBesideItsCloseIsSentToo() throws Exception {
        var manager = new Manager((context, message) -> {
            if (message instanceof FromAgent.Hello) send(context, WELCOME_OFTEN);
        });
        var signing = new CountDownLatch(1);
        var held = new CountDownLatch(1);
        atSign = () -> {
            signing.countDown();
            awaitOpen(held);
        };
        var link = link(manager.address());

        // Whoever sends is held up, and is asked to look at its state before it comes to what it has to send.
        awaitOpen(signing);
        var first = Thread.ofVirtual().start(link::close);
        await("the first close waits", () -> first.getState() == Thread.State.TIMED_WAITING);
        for (int i = 0; i < 20; i++) assertThat(link.say(new FromAgent.LogEnd("e" + i, Optional.empty()))).isTrue();
        held.countDown();

        await("all said", () -> manager.heard.stream().filter(m -> m instanceof FromAgent.LogEnd).count() == 20);
        first.join();
    }

    // ---- words

    private static void awaitOpen(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ManagerLink link(ManagerAddress... managers) {
        var listener = new LinkListener() {
            @Override
            public void joined(ClusterId cluster) {
                heard.add("joined " + cluster);
                atJoining.run();
            }

            @Override
            public void told(ToAgent message) {
                if (message instanceof ToAgent.ClusterEnded) member.set(Optional.empty());
                told.add(message);
            }

            @Override
            public void refused(String words) {
                heard.add("refused " + words);
            }

            @Override
            public void parted(Instant lastHeard) {
                heard.add("parted");
            }
        };
        var link = new ManagerLink(
                List.of(managers),
                () -> new ManagerLink.Dial(hello(hellos.incrementAndGet(), member.get()),
                        ManagerTls.of(new JoinToken(RootDigest.of(ISSUER.root), "s".repeat(25)), Clock.systemUTC()), true),
                () -> {
                    atSign.run();
                    return new FromAgent.Heartbeat(7, Optional.empty());
                },
                listener,
                Clock.systemUTC());
        open.add(link);
        link.start();
        return link;
    }

    private static FromAgent.Hello hello(int number, Optional<ClusterId> member) {
        var description = new NodeDescription("host", new Platform("x86_64", "linux"), 1, 2, "20.10",
                Collections.emptySortedMap(), List.of());
        return new FromAgent.Hello("token " + number, new NodeId("node"), member, description, "");
    }

    private static void sayPatiently(ManagerLink link, FromAgent message) {
        try {
            link.sayPatiently(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(WsContext context, ToAgent message) {
        context.send(text(message));
    }

    private static String text(ToAgent message) {
        try {
            return Json.lenient().writerFor(ToAgent.class).writeValueAsString(message);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void await(String what, BooleanSupplier condition) {
        var end = Instant.now().plusSeconds(60);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(end)) throw new AssertionError(what + " did not come true; heard " + heard);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** A manager's end of the connection, on a real server. */
    private final class Manager implements AutoCloseable {
        final List<FromAgent> heard = new CopyOnWriteArrayList<>();
        private final Javalin server;
        private ServerConnector connector;

        Manager(BiConsumer<WsContext, FromAgent> answers) {
            server = Javalin.create(config -> {
                config.startup.showJavalinBanner = false;
                config.jetty.addConnector((jetty, http) -> {
                    http.addCustomizer(new SecureRequestCustomizer(false));
                    var ssl = new SslContextFactory.Server();
                    ssl.setSslContext(TLS);
                    connector = new ServerConnector(jetty, new SslConnectionFactory(ssl, "http/1.1"), new HttpConnectionFactory(http));
                    connector.setHost("127.0.0.1");
                    return connector;
                });
                config.routes.ws("/agent", ws -> ws.onMessage(context -> {
                    var message = Json.lenient().readValue(context.message(), FromAgent.class);
                    heard.add(message);
                    answers.accept(context, message);
                }));
            }).start();
            open.add(this);
        }

        long connections() {
            return heard.stream().filter(FromAgent.Hello.class::isInstance).count();
        }

        ManagerAddress address() {
            return new ManagerAddress("127.0.0.1", connector.getLocalPort());
        }

        @Override
        public void close() {
            server.stop();
        }
    }

    /** Answers nothing, not even that it is there: its queue of connections is full. */
    private final class BlackHole {
        private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

        BlackHole() throws IOException {
            open.add(server);
            for (boolean full = false; !full; ) {
                var socket = new Socket();
                open.add(socket);
                try {
                    socket.connect(server.getLocalSocketAddress(), 300);
                } catch (SocketTimeoutException e) {
                    full = true;
                }
            }
        }

        int port() {
            return server.getLocalPort();
        }
    }

    /** Lets agents in and never says anything more, not even to a ping. */
    private final class SilentManager implements AutoCloseable {
        private final ServerSocket server = TLS.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());

        SilentManager() throws IOException {
            open.add(this);
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try {
                        var socket = server.accept();
                        open.add(socket);
                        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                        String key = "";
                        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                            if (line.toLowerCase().startsWith("sec-websocket-key:")) key = line.substring(18).strip();
                        }
                        var sha = MessageDigest.getInstance("SHA-1")
                                .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
                        var welcome = text(WELCOME_OFTEN).getBytes(StandardCharsets.UTF_8);
                        var out = socket.getOutputStream();
                        out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(sha) + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                        out.write(0x81);
                        out.write(welcome.length);
                        out.write(welcome);
                        out.flush();
                    } catch (Exception e) {
                        // closed, or an agent that gave up: the next one
                    }
                }
            });
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
