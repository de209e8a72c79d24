package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cardume.api.AddressPool;
import io.cardume.api.ContainerStatus;
import io.cardume.api.DesiredState;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.trust.ApiTls;
import io.cardume.manager.trust.CertificateAuthority;
import io.cardume.manager.trust.Vault;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import io.cardume.manager.store.MemoryStore;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A served cluster with the real loop and planner, its manager's node and one worker; agents act when told to. */
final class ServedCluster implements AutoCloseable {
    static final NodeId MANAGER = new NodeId("m000000000000000000000000");
    static final NodeId WORKER = new NodeId("w000000000000000000000000");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONG = Duration.ofHours(1);

    /** An answer: its status, headers and body. */
    record Answer(int status, HttpResponse<byte[]> response) {
        String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        JsonNode json() {
            try {
                return JSON.readTree(response.body());
            } catch (IOException e) {
                throw new AssertionError("no JSON: " + text(), e);
            }
        }

        String message() {
            return json().path("message").asText();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    final ManagerLoop loop;
    final ApiServer api;
    final FakeAgents agents = new FakeAgents();
    final Audit audit;
    private final Path directory;
    final FakeLock locking = new FakeLock();
    final Vault vault = new Vault(new byte[Vault.KEY_BYTES]);
    final CertificateAuthority authority;
    final ApiTls tls;
    /** Readers of logs that are at it now. */
    final AtomicInteger logReaders = new AtomicInteger();
    private final HttpClient client = HttpClient.newHttpClient();

    ServedCluster(ApiAddress... more) {
        this(Limits.usual(), more);
    }

    ServedCluster(Limits limits, ApiAddress... more) {
        loop = new ManagerLoop(new Planner(new PlannerSettings(LONG, LONG, LONG)), new MemoryStore(), InstantSource.system(),
                "seed", failure -> {
                    throw new AssertionError(failure);
                });
        authority = new CertificateAuthority(() -> loop.published().authority(), vault, InstantSource.system());
        tls = new ApiTls(authority, loop::published, new TreeSet<>(List.of("localhost", "127.0.0.1")), InstantSource.system());
        loop.start();
        done(founding(Optional.empty()));
        join();
        try {
            var addresses = new ArrayList<ApiAddress>(List.of(ApiAddress.parse("tcp://127.0.0.1:0")));
            addresses.addAll(List.of(more));
            directory = Files.createTempDirectory("audit");
            audit = new Audit(directory.resolve("audit.log"));
            api = new ApiServer(loop, this::log, agents, vault, authority, tls, locking, audit, () -> 2477, this::founding, addresses, Optional.empty(), limits);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private InitCluster founding(Optional<String> advertise) {
        var from = loop.published().authority().orElseGet(authority::found);
        return new InitCluster(MANAGER, host("manager", ""), advertise.orElse("10.1.1.1"), Node.Availability.DRAIN,
                CertificateAuthority.newToken(from), CertificateAuthority.newToken(from), AddressPool.DEFAULT, Optional.of(from));
    }

    private static NodeDescription host(String name, String engine) {
        return new NodeDescription(name, new Platform("x86_64", "linux"), 4_000_000_000L, 8L << 30, engine, new TreeMap<>(),
                List.of("Volume/local", "Network/bridge"));
    }

    /** The worker joins. */
    void join() {
        done(draft -> {
            draft.put(new Node(WORKER, 0, draft.now(), draft.now(), "", new TreeMap<>(), Node.Role.WORKER,
                    Node.Availability.ACTIVE, host("worker", "20.10.24"), "10.1.1.2", true, Node.Liveness.READY, "", Optional.empty()));
            draft.add(new Change.NodeHeard(WORKER, draft.now()));
            return null;
        });
    }

    /** Agents bring every placed task where it should be, until nothing is left to do. */
    void agentsAct() {
        long before;
        do {
            before = state().version();
            done(draft -> {
                List.copyOf(draft.state().tasks().values()).forEach(task -> act(draft, task));
                return null;
            });
        } while (state().version() != before);
    }

    private static void act(Draft draft, Task task) {
        if (task.node().isEmpty() || task.isDead()) return;
        var wanted = switch (task.desired()) {
            case READY -> TaskState.READY;
            case RUNNING -> TaskState.RUNNING;
            case SHUTDOWN, REMOVE -> TaskState.SHUTDOWN;
        };
        if (task.status().state() == wanted) return;
        draft.put(task.observed(new TaskStatus(draft.now(), wanted, wanted.word(), "",
                Optional.of(new ContainerStatus("ab".repeat(32), 4242, Optional.empty())), List.of(), false, 0,
                wanted == TaskState.RUNNING, "", "")));
    }

    /** Two lines of each task; a follower waits for more until it is interrupted. */
    private void log(TaskId task, LogOptions options, Consumer<LogLine> sink)
            throws InterruptedException {
        logReaders.incrementAndGet();
        try {
            var at = Instant.parse("2026-01-02T03:04:05.600Z");
            if (options.stdout()) sink.accept(new LogLine(1, at, "out\n".getBytes(StandardCharsets.UTF_8)));
            if (options.stderr()) sink.accept(new LogLine(2, at, "err\n".getBytes(StandardCharsets.UTF_8)));
            if (options.follow()) new CountDownLatch(1).await();
        } finally {
            logReaders.decrementAndGet();
        }
    }

    <A> A done(Command<A> command) {
        try {
            return loop.submit(command).get();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    ClusterState state() {
        return loop.published();
    }

    List<Task> tasksWanted(DesiredState desired) {
        return state().tasks().values().stream().filter(task -> task.desired() == desired).toList();
    }

    int port() {
        return ((ApiAddress.Tcp) api.addresses().getFirst()).port();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    Answer get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    Answer post(String path, String body) {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer put(String path, String body) {
        return send(HttpRequest.newBuilder(uri(path)).PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer delete(String path) {
        return send(HttpRequest.newBuilder(uri(path)).DELETE());
    }

    Answer send(HttpRequest.Builder request) {
        try {
            var response = client.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Makes a user as an admin says it, and gives its token. */
    String user(String spec) {
        var made = post("/users/create", spec);
        if (made.status() != 201) throw new AssertionError(made.text());
        return made.json().get("Token").asText();
    }

    /** Asks with a token. */
    Answer as(String token, String method, String path, String body) {
        return send(HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpClient client() {
        return client;
    }

    /** A body that says what a service needs at least. */
    static String service(String name, int replicas) {
        return "{\"Name\":\"" + name + "\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"web:1\"}},"
                + "\"Mode\":{\"Replicated\":{\"Replicas\":" + replicas + "}}}";
    }

    static String query(String filters) {
        return URLEncoder.encode(filters, StandardCharsets.UTF_8);
    }

    static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        api.close();
        audit.close();
        loop.close();
        try {
            for (String name : List.of("audit.log", "audit-shown.log", "audit-refused.log")) Files.deleteIfExists(directory.resolve(name));
            Files.delete(directory);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
