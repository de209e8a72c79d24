package io.cardume.bench;

import io.cardume.agent.trust.Held;
import io.cardume.agent.trust.ManagerTls;
import io.cardume.api.ContainerSpec;
import io.cardume.api.EndpointSpec;
import io.cardume.api.Json;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.TaskReport;
import io.cardume.api.trust.Subject;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.link.AgentServer;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.HearNode;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import io.cardume.manager.loop.JoinNode;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.ClusterTls;
import io.cardume.manager.trust.Vault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * What it costs the manager to tell agents that one task does not take requests any more, or does again: 1,000 published
 * services of five tasks each on ten nodes, so that all 5,000 are on the one network; then one service of 5,000. The agents
 * are sockets that answer at once and do nothing, in this same process.
 */
public final class TablesBenchmark {
    private static final int NODES = 10;
    private static final int TASKS = 5_000;
    private static final int FIRST_PORT = 10_000;
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private TablesBenchmark() {}

    /** Argument: rounds (50). */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? 50 : Integer.parseInt(arguments[0]);
        int status = 1;
        try {
            measure(1_000, rounds);
            measure(1, rounds);
            status = 0;
        } finally {
            System.exit(status); // threads of sockets live on
        }
    }

    private static void measure(int services, int rounds) throws Exception {
        var loop = new ManagerLoop(new Planner(PlannerSettings.DEFAULTS), new MemoryStore(), InstantSource.system(), "bench", Throwable::printStackTrace);
        loop.start();
        var vault = new Vault(new byte[Vault.KEY_BYTES]);
        var authority = new CertificateAuthority(() -> loop.published().authority(), vault, InstantSource.system());
        loop.submit(new InitCluster(new NodeId("manager"), host("manager"), "127.0.0.1", Node.Availability.DRAIN, "t", "t").with(authority.found())).get();
        var cluster = loop.published().cluster().orElseThrow().id();
        var tls = new ClusterTls(authority, () -> new Subject("manager", Subject.MANAGER, cluster.value()), () -> Authority.NODE_LIFE, InstantSource.system());
        try (var server = new AgentServer(loop, vault, authority, tls, new InetSocketAddress("127.0.0.1", 0), Duration.ofSeconds(5), Limits.usual()).openDoor()) {
            var agents = new ArrayList<Agent>();
            for (int i = 0; i < NODES; i++) {
                var hello = new FromAgent.Hello("t", new NodeId("node" + i), Optional.empty(), host("node" + i), "");
                loop.submit(new JoinNode(hello, "")).get();
                var keys = CertificateAuthority.newKeys();
                var issued = authority.issue(keys.getPublic(), new Subject("node" + i, Subject.WORKER, cluster.value()), Authority.NODE_LIFE);
                agents.add(new Agent(hello, server.port(), ManagerTls.of(new Held(keys.getPrivate(), issued.chain(), authority.roots()), Clock.systemUTC())));
            }
            await("all agents join", () -> loop.published().nodes().size() == NODES + 1);
            long began = System.nanoTime();
            for (int i = 0; i < services; i++) loop.submit(new CreateService(service("service" + i, TASKS / services, FIRST_PORT + i))).get();
            var ready = TaskStatus.of(Instant.now(), TaskState.RUNNING, "started", "");
            for (Agent agent : agents)
                loop.submit(new HearNode(agent.id, loop.published().tasksOn(agent.id).stream().map(task -> new TaskReport(task.id(), ready)).toList())).get();
            await("all tasks run", () -> loop.published().tasks().values().stream().filter(Task::isBackend).count() == TASKS);
            System.out.printf(Locale.ROOT, "%,d services of %,d tasks on %d nodes, one network: made in %,.1f s%n", services, TASKS / services, NODES, (System.nanoTime() - began) / 1e9);
            settle(agents);
            long whole = agents.stream().mapToLong(agent -> agent.bytes).sum();

            var one = loop.published().tasks().values().iterator().next();
            var times = new ArrayList<Double>();
            long before = 0;
            long cpu = 0;
            for (int round = -5; round < rounds; round++) {
                if (round == 0) {
                    before = agents.stream().mapToLong(agent -> agent.bytes).sum();
                    cpu = cpuNanos();
                }
                var now = ready.checked(round % 2 == 0, "", "");
                long start = System.nanoTime();
                loop.submit(new HearNode(one.node().get(), List.of(new TaskReport(one.id(), now)))).get();
                long version = loop.published().task(one.id()).orElseThrow().version();
                for (Agent agent : agents) await("agent " + agent.id + " is told", () -> agent.generation >= version);
                if (round >= 0) times.add((System.nanoTime() - start) / 1e6);
            }
            long sent = agents.stream().mapToLong(agent -> agent.bytes).sum() - before;
            System.out.printf(Locale.ROOT, "  medians of %d changes of one task%n", rounds);
            System.out.printf(Locale.ROOT, "  until all agents have been told     %,10.1f ms%n", times.stream().sorted().toList().get(times.size() / 2));
            System.out.printf(Locale.ROOT, "  processor, of both sides            %,10.1f ms a change%n", (cpuNanos() - cpu) / 1e6 / rounds);
            System.out.printf(Locale.ROOT, "  sent to each agent                  %,10d bytes a change%n", sent / rounds / NODES);
            System.out.printf(Locale.ROOT, "  sent to each agent before           %,10d bytes, while all was made%n", whole / NODES);
            agents.forEach(agent -> agent.socket.abort());
        }
        loop.close();
    }

    /** Waits until nothing more is said. */
    private static void settle(List<Agent> agents) throws InterruptedException {
        long before;
        long said = -1;
        do {
            before = said;
            Thread.sleep(QUIET);
            said = agents.stream().mapToLong(agent -> agent.bytes).sum();
        } while (said != before);
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(String what, Condition condition) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) throw new IllegalStateException("not within " + LIMIT + ": " + what);
            Thread.sleep(Duration.ofNanos(200_000));
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static ServiceSpec service(String name, int replicas, int port) {
        var template = new TaskSpec(ContainerSpec.of("web:1"), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), null);
        var published = new EndpointSpec(Optional.empty(), List.of(new PortConfig(Optional.empty(), "tcp", 80, port, "ingress")));
        return new ServiceSpec(name, new TreeMap<>(), template, ServiceMode.UNSAID, Optional.empty(), Optional.empty(), Optional.of(published)).replicas(replicas);
    }

    private static NodeDescription host(String name) {
        return new NodeDescription(name, new Platform("x86_64", "linux"), 64_000_000_000L, 256L << 30, "20.10.24", new TreeMap<>(), List.of(NodeDescription.OVERLAY));
    }

    /** Counts what it is sent, and says of every table that it is so. */
    private static final class Agent implements WebSocket.Listener {
        private static final Pattern BALANCING = Pattern.compile("^\\{\"type\":\"balancing\",\"generation\":([0-9]+)");
        private final NodeId id;
        private final WebSocket socket;
        private final StringBuilder text = new StringBuilder();
        private volatile long bytes;
        private volatile long generation;

        Agent(FromAgent.Hello hello, int port, SSLContext tls) throws Exception {
            this.id = hello.node();
            this.socket = HttpClient.newBuilder().sslContext(tls).build().newWebSocketBuilder()
                    .buildAsync(URI.create("wss://127.0.0.1:" + port + "/agent"), this).get(10, TimeUnit.SECONDS);
            say(socket, hello);
            Thread.ofVirtual().start(this::live);
        }

        private void live() {
            try {
                while (!socket.isOutputClosed()) {
                    Thread.sleep(Duration.ofSeconds(1));
                    say(socket, new FromAgent.Heartbeat(0, Optional.empty()));
                }
            } catch (InterruptedException | UncheckedIOException | CompletionException e) {
                socket.abort();
            }
        }

        private synchronized void say(WebSocket to, FromAgent message) {
            try {
                to.sendText(Json.lenient().writerFor(FromAgent.class).writeValueAsString(message), true).join();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            bytes += data.length();
            text.append(data);
            if (last) {
                var matcher = BALANCING.matcher(text);
                if (matcher.find()) {
                    long version = Long.parseLong(matcher.group(1));
                    say(from, new FromAgent.Balanced(version, List.of()));
                    generation = version;
                }
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }
}
