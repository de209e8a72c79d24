package io.cardume.manager.link;

import static io.cardume.manager.loop.Commands.hello;
import static io.cardume.manager.loop.Commands.init;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.api.ClusterId;
import io.cardume.api.DesiredState;
import io.cardume.api.Json;
import io.cardume.api.link.BalancedService;
import io.cardume.api.Ipv4;
import io.cardume.api.NodeId;
import io.cardume.manager.loop.RemoveService;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.CreateNetwork;
import io.cardume.api.link.NetworkChange;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.NetworkSpec;
import io.cardume.api.NetworkAttachment;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.Errand;
import io.cardume.api.link.ErrandFailure;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import io.cardume.api.link.TaskReport;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.loop.Commands;
import io.cardume.manager.loop.LeaveCluster;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.RemoveNode;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import java.net.InetSocketAddress;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The conversation over a real socket, with an agent that is only a socket. */
class AgentServerTest {
    private static final LogOptions ALL = new LogOptions(true, true, false, Optional.empty(), Optional.empty());
    /** The agents here give no sign of life, however slow the machine is. */
    static final PlannerSettings LEASES = new PlannerSettings(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1));
    private final ManagerLoop loop = loop(new MemoryStore());
    private final ClusterPort port = new ClusterPort(loop);
    private AgentServer server;

    @BeforeEach
    void startManager() throws Exception {
        loop.start();
        loop.submit(init().with(port.authority.found())).get(60, TimeUnit.SECONDS);
        server = new AgentServer(loop, port.vault, port.authority, port.tls(), new InetSocketAddress("127.0.0.1", 0), Duration.ofMillis(200), Limits.usual()).openDoor();
    }

    @AfterEach
    void stopManager() {
        server.close();
        loop.close();
        port.close();
    }

    @Test
    void anAgentIsWelcomedAndToldEverythingOnce() throws Exception {
        var agent = connect(hello("a"));
        assertThat(agent.next(ToAgent.Welcome.class).cluster()).isEqualTo(cluster());
        var whole = agent.next(ToAgent.Assignment.class);
        assertThat(whole.base()).isEmpty();
        assertThat(whole.tasks()).isEmpty();
        assertThat(loop.published().node(new NodeId("a"))).isPresent();
    }

    @Test
    void leasesBeginWhenTheDoorIsOpened() throws Exception {
        var store = new MemoryStore();
        var node = new NodeId("a");
        try (var before = loop(store)) {
            before.start();
            before.submit(init()).get(60, TimeUnit.SECONDS);
            before.submit(new JoinNode(hello("a"), "")).get(60, TimeUnit.SECONDS);
        }
        try (var again = loop(store);
                var door = new AgentServer(again, port.vault, port.authority, port.tls(), new InetSocketAddress("127.0.0.1", 0), Duration.ofMillis(200), Limits.usual())) {
            again.start();
            again.submit(draft -> null).get(60, TimeUnit.SECONDS);
            assertThat(again.published().heard(node)).isEmpty();
            door.openDoor();
            again.submit(draft -> null).get(60, TimeUnit.SECONDS);
            assertThat(again.published().heard(node)).isPresent();
        }
    }

    private static ManagerLoop loop(MemoryStore store) {
        return new ManagerLoop(new Planner(LEASES), store, InstantSource.system(), "seed", error -> {
            throw new AssertionError(error);
        });
    }

    @Test
    void laterItIsToldOnlyWhatIsDifferent() throws Exception {
        var agent = connect(hello("a"));
        agent.next(ToAgent.Welcome.class);
        long first = agent.next(ToAgent.Assignment.class).generation();
        var task = place("web", "a");
        var second = agent.next(ToAgent.Assignment.class);
        assertThat(second.base()).contains(first);
        assertThat(second.tasks()).extracting(AssignedTask::id).containsExactly(task);
        loop.submit(draft -> {
            draft.put(draft.state().task(task).get().desired(DesiredState.REMOVE));
            return null;
        });
        var third = agent.next(ToAgent.Assignment.class);
        assertThat(third.base()).contains(second.generation());
        assertThat(third.tasks()).as("beside the task that takes the slot over").filteredOn(told -> told.id().equals(task))
                .extracting(AssignedTask::desired).containsExactly(DesiredState.REMOVE);
        loop.submit(draft -> {
            draft.add(new Change.TaskRemoved(task));
            return null;
        });
        assertThat(agent.next(ToAgent.Assignment.class).removed()).containsExactly(task);
        agent.send(new FromAgent.Resync());
        assertThat(agent.next(ToAgent.Assignment.class).base()).isEmpty();
    }

    @Test
    void aNodeIsToldWhoElseIsOnTheNetworksOfItsTasks() throws Exception {
        var a = connect(hello("a"));
        var b = connect(hello("b"));
        a.next(ToAgent.Welcome.class);
        b.next(ToAgent.Welcome.class);
        assertThat(a.networks.poll(60, TimeUnit.SECONDS)).isEqualTo(ToAgent.Networks.all(List.of()));
        var back = loop.submit(new CreateNetwork(NetworkSpec.of("back"))).get(60, TimeUnit.SECONDS);
        var spec = Commands.service("web", 2);
        var id = loop.submit(new CreateService(spec.template(spec.taskTemplate().with(List.of(new NetworkAttachment("back", List.of("w"), null))))))
                .get(60, TimeUnit.SECONDS);
        var said = a.networks.poll(60, TimeUnit.SECONDS);
        assertThat(said.whole()).isFalse();
        var endpoints = said.networks().getFirst().endpoints();
        assertThat(said.networks()).extracting(NetworkOnNode::id).containsExactly(back);
        assertThat(endpoints).extracting(NetworkOnNode.Endpoint::node).containsExactlyInAnyOrder(new NodeId("a"), new NodeId("b"));
        assertThat(endpoints).extracting(endpoint -> endpoint.address().toString()).containsExactly("10.1.0.3", "10.1.0.4");
        assertThat(endpoints).allMatch(endpoint -> !endpoint.serving() && endpoint.aliases().equals(List.of("w")));
        var elsewhere = endpoints.stream().filter(endpoint -> endpoint.node().value().equals("b")).findFirst().orElseThrow();
        b.send(new FromAgent.Statuses(0, false, List.of(new TaskReport(elsewhere.task(), TaskStatus.of(Instant.now(), TaskState.RUNNING, "started", "")))));
        var change = a.networks.poll(60, TimeUnit.SECONDS).changed();
        assertThat(change).as("only what is different").singleElement().isEqualTo(new NetworkChange(back, List.of(new NetworkOnNode.Endpoint(elsewhere.task(),
                elsewhere.name(), "web", List.of("w"), elsewhere.address(), elsewhere.node(), elsewhere.host(), true, false)), List.of(), List.of(), List.of()));
        var service = a.services(1);
        assertThat(service.addresses()).isEqualTo(new TreeMap<>(Map.of(back, Ipv4.parse("10.1.0.2"))));
        assertThat(service.backends()).extracting(BalancedService.Backend::task).containsExactly(elsewhere.task());
        loop.submit(new RemoveService(id)).get(60, TimeUnit.SECONDS);
        assertThat(a.services(0).addresses()).as("what has connections keeps them").isEqualTo(service.addresses());
        loop.submit(draft -> {
            draft.state().tasksOf(id).forEach(task -> draft.add(new Change.TaskRemoved(task.id())));
            return null;
        }).get(60, TimeUnit.SECONDS);
        ToAgent.Networks last;
        do last = a.networks.poll(60, TimeUnit.SECONDS);
        while (last.removed().isEmpty());
        assertThat(last.removed()).containsExactly(back);
    }

    @Test
    void whoDoesNotSayThatItsBalancersAreSoIsAskedAgain() throws Exception {
        var agent = connect(hello("a"));
        assertThat(agent.balancing.poll(60, TimeUnit.SECONDS).whole()).isTrue();
        var again = agent.balancing.poll(60, TimeUnit.SECONDS);
        assertThat(again).as("no word came").isNotNull();
        assertThat(again.whole()).isFalse();
        agent.send(new FromAgent.Balanced(again.generation(), List.of()));
        await(() -> loop.published().acknowledged(new NodeId("a")).equals(Optional.of(again.generation())));
    }

    @Test
    void whatItReportsIsWhatTheClusterKnows() throws Exception {
        var agent = connect(hello("a"));
        agent.next(ToAgent.Welcome.class);
        var task = place("web", "a");
        agent.send(new FromAgent.Statuses(0, false, List.of(new TaskReport(task,
                TaskStatus.of(Instant.now(), TaskState.RUNNING, "started", "")))));
        await(() -> loop.published().task(task).get().status().state() == TaskState.RUNNING);
    }

    @Test
    void aWrongTokenIsAnsweredInWords() throws Exception {
        var agent = connect(new FromAgent.Hello("wrong", new NodeId("a"), Optional.empty(), Commands.host("a"), "", ClusterPort.KEY));
        assertThat(agent.next(ToAgent.Refused.class).message()).contains("join token is not valid");
        agent.closed.get(60, TimeUnit.SECONDS);
    }

    @Test
    void theNewestConnectionOfANodeCounts() throws Exception {
        var older = connect(hello("a"));
        older.next(ToAgent.Welcome.class);
        var newer = connect(new FromAgent.Hello("", new NodeId("a"), Optional.of(cluster()), Commands.host("a"), ""));
        newer.next(ToAgent.Welcome.class);
        older.closed.get(60, TimeUnit.SECONDS);
        assertThat(server.isConnected(new NodeId("a"))).isTrue();
    }

    @Test
    void whomANodeDoesNotReachIsForgottenWithTheConnectionThatSaidSo() throws Exception {
        var older = connect(hello("a"));
        older.next(ToAgent.Welcome.class);
        older.send(new FromAgent.Unreached(List.of(Commands.MANAGER, new NodeId("stranger"))));
        await(() -> server.unreached(new NodeId("a")).equals(new TreeSet<>(List.of(Commands.MANAGER))));
        var newer = connect(new FromAgent.Hello("", new NodeId("a"), Optional.of(cluster()), Commands.host("a"), ""));
        newer.next(ToAgent.Welcome.class);
        older.closed.get(60, TimeUnit.SECONDS);
        // An agent that was started anew and reaches all has nothing to say.
        assertThat(server.unreached(new NodeId("a"))).isEmpty();
    }

    @Test
    void aRemovedNodeIsToldToClearUp() throws Exception {
        var agent = connect(hello("a"));
        agent.next(ToAgent.Welcome.class);
        agent.next(ToAgent.Assignment.class);
        loop.submit(new RemoveNode(new NodeId("a"), true));
        assertThat(agent.next(ToAgent.Assignment.class).tasks()).isEmpty();
        assertThat(agent.next(ToAgent.Refused.class).message()).contains("was removed");
    }

    @Test
    void keysThatItHasNoRightToAreTakenBack() throws Exception {
        var none = new ToAgent.Certificates(new TreeMap<>());
        var agent = connect(hello("a"));
        assertThat(agent.certificates.poll(60, TimeUnit.SECONDS)).as("they may have gone while it was away").isEqualTo(none);
        assertThat(agent.logins.poll(60, TimeUnit.SECONDS)).isEqualTo(new ToAgent.Logins(new TreeMap<>()));
        loop.submit(new RemoveNode(new NodeId("a"), true));
        assertThat(agent.certificates.poll(60, TimeUnit.SECONDS)).as("it is no node any more").isEqualTo(none);
        assertThat(agent.logins.poll(60, TimeUnit.SECONDS)).isEqualTo(new ToAgent.Logins(new TreeMap<>()));
    }

    @Test
    void theEndOfTheClusterIsTold() throws Exception {
        var agent = connect(hello("a"));
        var id = agent.next(ToAgent.Welcome.class).cluster();
        agent.next(ToAgent.Assignment.class);
        loop.submit(new LeaveCluster(true));
        assertThat(agent.next(ToAgent.ClusterEnded.class).cluster()).isEqualTo(id);
    }

    @Test
    void nonsenseEndsOnlyItsOwnConnection() throws Exception {
        var agent = connect(hello("a"));
        agent.next(ToAgent.Welcome.class);
        agent.socket.sendText("{\"type\":\"nonsense\"", true);
        agent.closed.get(60, TimeUnit.SECONDS);
        connect(hello("b")).next(ToAgent.Welcome.class);
    }

    @Test
    void aLogOfAnyLengthPassesWithBoundedCredit() throws Exception {
        var agent = connect(hello("a"));
        agent.next(ToAgent.Welcome.class);
        agent.next(ToAgent.Assignment.class);
        var task = place("web", "a");
        agent.next(ToAgent.Assignment.class);
        int lines = 3 * LogFollow.CREDIT;
        var sender = Thread.ofVirtual().start(() -> agent.serveLog(lines));
        var got = new ArrayList<String>();
        server.follow(task, ALL, line -> got.add(new String(line.text())));
        sender.join();
        assertThat(got).hasSize(lines).startsWith("line 0\n").endsWith("line " + (lines - 1) + "\n");
    }

    @Test
    void anImageThatAnAgentWantsIsLookedForAtTheOthers() throws Exception {
        var a = connect(hello("a"));
        a.next(ToAgent.Welcome.class);
        a.next(ToAgent.Assignment.class);
        var b = connect(hello("b"));
        b.next(ToAgent.Welcome.class);
        b.next(ToAgent.Assignment.class);
        place("web", "b");
        b.next(ToAgent.Assignment.class);

        b.send(new FromAgent.WantImage("web:1"));

        var asked = a.next(ToAgent.Open.class);
        assertThat(asked.errand()).isEqualTo(new Errand.HasImage("web:1"));
        for (var each : List.of(asked, b.next(ToAgent.Open.class)))
            (each == asked ? a : b).send(new FromAgent.End(each.stream(), Optional.empty(), Optional.of(new ErrandFailure(ErrandFailure.Kind.NOT_FOUND, "No such image"))));
        assertThat(b.next(ToAgent.ImageNews.class)).isEqualTo(new ToAgent.ImageNews("web:1", ToAgent.ImageNews.Course.NOWHERE, "no node has it"));
    }

    @Test
    void aLogOfAnAbsentAgentIsRefusedInWords() throws Exception {
        var agent = connect(hello("a"));
        agent.next(ToAgent.Welcome.class);
        var task = place("web", "a");
        agent.socket.abort();
        await(() -> !server.isConnected(new NodeId("a")));
        assertThatThrownBy(() -> server.follow(task, ALL, _ -> {})).isInstanceOf(LogsUnavailable.class)
                .hasMessageContaining("not connected");
    }

    private ClusterId cluster() {
        return loop.published().cluster().get().id();
    }

    private TaskId place(String name, String node) throws Exception {
        return loop.submit(draft -> {
            var service = Service.of(draft.newServiceId(), Commands.service(name, 1), draft.now());
            draft.put(service);
            var task = Task.of(draft.newTaskId(), service.id(), 1, 1, Optional.empty(), 0, "", draft.now())
                    .on(new NodeId(node), TaskStatus.of(draft.now(), TaskState.ASSIGNED, "", ""));
            draft.put(task);
            return task.id();
        }).get(60, TimeUnit.SECONDS);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        var limit = Instant.now().plusSeconds(60);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("waited in vain").isBefore(limit);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private Agent connect(FromAgent.Hello hello) throws Exception {
        var agent = new Agent();
        if (hello.token().equals(Commands.TOKEN)) loop.submit(new JoinNode(hello, "")).get(60, TimeUnit.SECONDS);
        agent.socket = port.dial(server.port(), hello.token().equals("wrong") ? Optional.empty() : Optional.of(port.certificate(hello.node())), agent);
        agent.send(hello);
        return agent;
    }

    private static final class Agent implements WebSocket.Listener {
        final BlockingQueue<ToAgent> heard = new LinkedBlockingQueue<>();
        final BlockingQueue<ToAgent.Networks> networks = new LinkedBlockingQueue<>();
        final BlockingQueue<ToAgent.Balancing> balancing = new LinkedBlockingQueue<>();
        final BlockingQueue<ToAgent.Certificates> certificates = new LinkedBlockingQueue<>();
        final BlockingQueue<ToAgent.Logins> logins = new LinkedBlockingQueue<>();
        final BlockingQueue<ToAgent> trust = new LinkedBlockingQueue<>();
        final CompletableFuture<Void> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private SortedMap<ServiceId, BalancedService> services = new TreeMap<>();
        WebSocket socket;

        void send(FromAgent message) throws Exception {
            socket.sendText(Json.lenient().writerFor(FromAgent.class).writeValueAsString(message), true)
                    .get(60, TimeUnit.SECONDS);
        }

        <T extends ToAgent> T next(Class<T> kind) throws InterruptedException {
            var message = heard.poll(60, TimeUnit.SECONDS);
            assertThat(message).isInstanceOf(kind);
            return kind.cast(message);
        }

        /** Waits until the one service that is balanced has so many back ends. */
        BalancedService services(int backends) throws InterruptedException {
            while (true) {
                var said = balancing.poll(60, TimeUnit.SECONDS);
                assertThat(said).as("a service with %d back ends", backends).isNotNull();
                services = said.after(services).orElseThrow();
                if (services.size() == 1 && services.firstEntry().getValue().backends().size() == backends) return services.firstEntry().getValue();
            }
        }

        void serveLog(int lines) {
            try {
                var request = next(ToAgent.FollowLogs.class);
                int credit = request.lines();
                for (int i = 0; i < lines; i++) {
                    while (credit == 0) credit += next(ToAgent.GrantLogs.class).lines();
                    credit--;
                    send(new FromAgent.LogData(request.request(),
                            List.of(new LogLine(1, Instant.EPOCH, ("line " + i + "\n").getBytes()))));
                }
                send(new FromAgent.LogEnd(request.request(), Optional.empty()));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    var message = Json.lenient().readValue(text.toString(), ToAgent.class);
                    switch (message) {
                        case ToAgent.Networks said -> networks.add(said);
                        case ToAgent.Balancing said -> balancing.add(said);
                        case ToAgent.Certificates said -> certificates.add(said);
                        case ToAgent.Logins said -> logins.add(said);
                        case ToAgent.Roots _, ToAgent.RenewNow _ -> trust.add(message);
                        default -> heard.add(message);
                    }
                } catch (Exception e) {
                    throw new AssertionError(text.toString(), e);
                }
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closed.complete(null);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.complete(null);
        }
    }
}
