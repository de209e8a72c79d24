package io.cardume.agent.engine;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.cardume.agent.task.Container;
import io.cardume.agent.task.Ran;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerLabels;
import io.cardume.api.GenericResource;
import io.cardume.api.Json;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.LogLine;
import io.cardume.api.link.LogOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Docker Engine, driven through docker-java: its typed commands for what they can say, its transport for streams and
 * for making containers. The API version is the engine's own, but at most {@link #NEWEST_API}.
 */
public final class DockerEngine implements ContainerEngine {
    /** The newest version of the Engine API this room was written for. */
    static final String NEWEST_API = "1.44";

    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final int INSPECTIONS = 8;
    private static final Duration COMMAND_ENDS = Duration.ofMillis(20);

    final DockerSettings settings;
    final EngineCalls calls;
    private final DockerHttpClient http;
    final DockerHttpClient streams;
    private final Semaphore starts;
    private final Pulls<Wanted> pulls = new Pulls<>(this::pullNow);
    private final ExecutorService inspections =
            Executors.newFixedThreadPool(INSPECTIONS, Thread.ofVirtual().name("inspect-", 0).factory());
    private final Map<TaskId, String> ids = new ConcurrentHashMap<>();
    private volatile Optional<Api> api = Optional.empty();

    private final Map<TaskId, Seen> seen = new ConcurrentHashMap<>();

    private final Console console = new DockerConsole(this);
    private final EngineImages images = new DockerImages(this);

    /** An image, and the login it is pulled with: whoever has another must not be given the failure of this one. */
    private record Wanted(String image, Optional<String> login) {
        @Override
        public String toString() {
            return image;
        }
    }

    private record Api(String prefix, DockerClient docker) {}

    /** A container as inspected while the list showed it so. */
    private record Seen(String listed, Container container) {}

    /** An engine that is reached on the first call, not before. */
    public DockerEngine(DockerSettings settings) {
        this.settings = settings;
        this.calls = new EngineCalls(settings.host());
        this.http = transport(settings);
        this.streams = transport(settings);
        this.starts = new Semaphore(settings.starts(), true);
    }

    /** A transport without limit on connections: each follow or event stream holds one for its whole life. */
    private static DockerHttpClient transport(DockerSettings settings) {
        return new ZerodepDockerHttpClient.Builder()
                .dockerHost(URI.create(settings.host()))
                .connectionTimeout(settings.callLimit())
                .build();
    }

    @Override
    public NodeDescription describe() throws EngineException {
        Info info = docker("describe", settings.callLimit(), docker -> docker.infoCmd().exec());
        var labels = new TreeMap<String, String>();
        for (String label : info.getLabels() == null ? new String[0] : info.getLabels()) {
            int equals = label.indexOf('=');
            labels.put(equals < 0 ? label : label.substring(0, equals), equals < 0 ? "" : label.substring(equals + 1));
        }
        var plugins = new ArrayList<String>();
        if (info.getPlugins() != null)
            info.getPlugins().forEach((type, names) -> {
                if (names != null) names.forEach(name -> plugins.add(type + "/" + name));
            });
        return new NodeDescription(
                info.getName(),
                new Platform(info.getArchitecture(), info.getOsType()),
                info.getNCPU() * 1_000_000_000L,
                info.getMemTotal(),
                info.getServerVersion(),
                labels,
                plugins.stream().sorted().toList(),
                resources(info));
    }

    /** Docker-java does not know them, but it keeps what it does not know. */
    private static List<GenericResource> resources(Info info) {
        var said = info.getRawValues().get("GenericResources");
        return said == null ? List.of() : Json.lenient().convertValue(said, new TypeReference<List<GenericResource>>() {});
    }

    @Override
    public SortedMap<TaskId, Container> containers(ClusterId cluster) throws EngineException {
        var listed = docker("list containers", settings.callLimit(), docker -> docker.listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(List.of(ContainerLabels.CLUSTER + "=" + cluster))
                .exec());
        var inspected = new TreeMap<TaskId, Future<Container>>();
        for (var container : listed) {
            String label = container.getLabels().get(ContainerLabels.TASK);
            if (label == null || label.isEmpty() || !isNamedFor(label, container)) continue;
            var task = new TaskId(label);
            ids.put(task, container.getId());
            inspected.put(task, inspections.submit(() -> container(task, summary(container))));
        }
        var containers = new TreeMap<TaskId, Container>();
        for (var entry : inspected.entrySet()) {
            Container container = inspection(entry.getValue());
            if (!(container instanceof Container.Absent)) containers.put(entry.getKey(), container);
        }
        return containers;
    }

    /** Inspects a listed container, unless the list shows it as it did when it was inspected last. */
    private Container container(TaskId task, String listed) throws EngineException {
        Seen before = seen.get(task);
        if (before != null && before.listed().equals(listed)) return before.container();
        Container container = container(task);
        if (!(container instanceof Container.Absent)) seen.put(task, new Seen(listed, container));
        return container;
    }

    /** What the list says that changes: id, state, and the health or exit code that its status has in brackets. */
    private static String summary(com.github.dockerjava.api.model.Container listed) {
        String status = listed.getStatus();
        int bracket = status.indexOf('(');
        int end = status.indexOf(')', bracket + 1);
        return listed.getId() + " " + listed.getState() + (bracket < 0 || end < 0 ? "" : status.substring(bracket, end));
    }

    /**
     * Whether a container that carries a task's label is the task's own: an image made of it by {@code docker commit} has
     * the labels too, but what is run from it has not the name.
     */
    private static boolean isNamedFor(String task, com.github.dockerjava.api.model.Container listed) {
        return listed.getNames() != null && Stream.of(listed.getNames()).anyMatch(name -> name.endsWith("." + task));
    }

    private static Container inspection(Future<Container> future) throws EngineException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNREACHABLE, "interrupted: list containers", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EngineException refused) throw refused;
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public Container container(TaskId task) throws EngineException {
        seen.remove(task);
        try {
            return inspect(task).map(Shown::container).orElseGet(Container.Absent::new);
        } catch (RuntimeException e) {
            throw new EngineException(EngineException.Kind.UNREACHABLE,
                    "what the engine says of the container of task " + task + " cannot be understood: " + e, e);
        }
    }

    private Optional<InspectContainerResponse> inspect(TaskId task) throws EngineException {
        Optional<String> id = id(task);
        if (id.isEmpty()) return Optional.empty();
        try {
            return Optional.of(docker(
                    "inspect " + task, settings.callLimit(), docker -> docker.inspectContainerCmd(id.get()).exec()));
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
            ids.remove(task, id.get());
            seen.remove(task);
            return Optional.empty();
        }
    }

    /** The engine's id of a task's container. A task has one container in its life, so what was once known stays true. */
    private Optional<String> id(TaskId task) throws EngineException {
        String known = ids.get(task);
        if (known != null) return Optional.of(known);
        var found = docker("find " + task, settings.callLimit(), docker -> docker.listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(List.of(ContainerLabels.CLUSTER, ContainerLabels.TASK + "=" + task))
                .exec());
        var own = found.stream().filter(container -> isNamedFor(task.value(), container)).findFirst();
        own.ifPresent(container -> ids.put(task, container.getId()));
        return own.map(com.github.dockerjava.api.model.Container::getId);
    }

    String present(TaskId task) throws EngineException {
        return id(task).orElseThrow(() ->
                new EngineException(EngineException.Kind.NOT_FOUND, "there is no container of task " + task));
    }

    @Override
    public void pull(String image, Optional<String> login) throws EngineException {
        pulls.pull(new Wanted(image, login));
    }

    private void pullNow(Wanted wanted) throws EngineException {
        String image = wanted.image();
        try {
            docker("inspect image " + image, settings.callLimit(), docker -> docker.inspectImageCmd(image).exec());
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
            download(image, wanted.login());
        }
    }

    private void download(String image, Optional<String> login) throws EngineException {
        var reference = ImageReference.of(image);
        String path = path("/images/create?fromImage=" + encoded(reference.name()) + "&tag=" + encoded(reference.version()));
        var post = request(Request.Method.POST, path);
        login.ifPresent(value -> post.putHeader("X-Registry-Auth", value));
        var heard = new AtomicLong(System.nanoTime());
        calls.whileHeard(settings.pullSilence(), "pull of " + image, heard, () -> {
            try (Response response = calls.checked(streams.execute(post.build()));
                    var lines = lines(response)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    heard.set(System.nanoTime());
                    JsonNode news = Json.lenient().readTree(line);
                    if (news.has("error"))
                        throw new EngineException(EngineException.Kind.REFUSED, news.get("error").asText());
                }
            }
            return image;
        });
    }

    @Override
    public void create(AssignedTask task, ClusterId cluster, NodeId node) throws EngineException {
        create(task, new Networking.Unsaid(), cluster, node);
    }

    @Override
    public void create(AssignedTask task, Networking networking, ClusterId cluster, NodeId node) throws EngineException {
        var tooNew = Newer.than(api().prefix().substring(2), task.spec().containerSpec());
        if (tooNew.isPresent()) throw new EngineException(EngineException.Kind.REFUSED, tooNew.get());
        ObjectNode body = ContainerRequest.of(task, networking, cluster, node);
        String path = path("/containers/create?name=" + encoded(task.name()));
        try {
            String id = startSlot("create " + task.id(), () -> {
                var request = request(Request.Method.POST, path)
                        .putHeader("Content-Type", "application/json")
                        .bodyBytes(Json.lenient().writeValueAsBytes(body))
                        .build();
                try (Response response = calls.checked(http.execute(request))) {
                    return Json.lenient().readTree(response.getBody()).path("Id").asText();
                }
            });
            ids.put(task.id(), id);
        } catch (EngineException e) {
            // The name is taken: by the task's own container if an earlier call's answer was lost.
            if (e.kind() != EngineException.Kind.CONFLICT || id(task.id()).isEmpty()) throw e;
        }
    }

    @Override
    public EngineNetworks networks() {
        return new DockerNetworks(this::ask, this::present);
    }

    private JsonNode ask(Request.Method method, String path, Optional<ObjectNode> body) throws EngineException {
        var versioned = path(path);
        return calls.within(settings.workLimit(), method + " " + path, () -> {
            var request = request(method, versioned);
            if (body.isPresent())
                request.putHeader("Content-Type", "application/json").bodyBytes(Json.lenient().writeValueAsBytes(body.get()));
            try (Response response = calls.checked(http.execute(request.build()))) {
                return Json.lenient().readTree(response.getBody());
            }
        });
    }

    @Override
    public void start(TaskId task) throws EngineException {
        String id = present(task);
        startSlot("start " + task, () -> {
            try {
                return api().docker().startContainerCmd(id).exec();
            } catch (NotModifiedException runs) {
                return null;
            }
        });
    }

    @Override
    public void stop(TaskId task) throws EngineException {
        Optional<InspectContainerResponse> inspected = inspect(task);
        if (inspected.isEmpty() || !Boolean.TRUE.equals(inspected.get().getState().getRunning())) return;
        Duration grace = grace(inspected.get());
        try {
            docker("stop " + task, grace.plus(settings.workLimit()), docker -> {
                try {
                    return docker.stopContainerCmd(inspected.get().getId())
                            .withTimeout(Math.toIntExact(grace.toSeconds()))
                            .exec();
                } catch (NotModifiedException ended) {
                    return null;
                }
            });
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
        }
    }

    private static Duration grace(InspectContainerResponse inspected) {
        // docker-java's model has no StopTimeout; what it keeps raw, it keeps at the top only.
        Object config = inspected.getRawValues().get("Config");
        Object seconds = config instanceof Map<?, ?> values ? values.get("StopTimeout") : null;
        return seconds instanceof Number given ? Duration.ofSeconds(given.longValue()) : GRACE;
    }

    @Override
    public void remove(TaskId task) throws EngineException {
        Optional<String> id = id(task);
        if (id.isEmpty()) return;
        docker("remove " + task, settings.workLimit(), docker -> {
            try {
                return docker.removeContainerCmd(id.get()).withForce(true).withRemoveVolumes(true).exec();
            } catch (NotFoundException gone) {
                return null;
            } catch (ConflictException underWay) {
                if (underWay.getMessage().contains("is already in progress")) return null;
                throw underWay;
            }
        });
        ids.remove(task, id.get());
        seen.remove(task);
    }

    @Override
    public AutoCloseable watch(ClusterId cluster, Consumer<TaskId> changed, Runnable resync) {
        return EngineWatch.start(() -> events(cluster), changed, resync);
    }

    private Response events(ClusterId cluster) throws EngineException {
        var filters = Json.lenient().createObjectNode();
        filters.putArray("type").add("container");
        filters.putArray("label").add(ContainerLabels.CLUSTER + "=" + cluster);
        filters.putArray("event").add("die").add("start").add("destroy").add("oom").add("health_status");
        api = Optional.empty(); // the engine may be another than the one before the gap
        return open("events", path("/events?filters=" + encoded(filters.toString())));
    }

    @Override
    public void logs(TaskId task, boolean tty, LogOptions options, Consumer<LogLine> sink) throws EngineException {
        String query = "?timestamps=1&stdout=" + options.stdout() + "&stderr=" + options.stderr() + "&follow="
                + options.follow() + "&tail=" + options.tail().map(Object::toString).orElse("all")
                + options.since().map(since -> "&since=" + seconds(since)).orElse("");
        try (Response response = open("logs of " + task, path("/containers/" + present(task) + "/logs" + query))) {
            if (tty) LogStream.plain(response.getBody(), sink);
            else LogStream.frames(response.getBody(), sink);
        } catch (IOException | UncheckedIOException e) {
            if (!Thread.currentThread().isInterrupted()) throw calls.fault(e);
        }
    }

    @Override
    public Ran run(TaskId task, List<String> command, Duration limit) throws EngineException {
        var id = present(task);
        var asked = Json.lenient().createObjectNode().put("AttachStdout", true).put("AttachStderr", true);
        asked.set("Cmd", Json.lenient().valueToTree(command));
        var exec = calls.within(settings.callLimit(), "make a command for " + task, () ->
                answer(post("/containers/" + id + "/exec", asked)).path("Id").asText());
        try {
            return calls.within(limit, "command in " + task, () -> {
                var start = Json.lenient().createObjectNode().put("Detach", false).put("Tty", false);
                String output;
                try (Response response = calls.checked(streams.execute(post("/exec/" + exec + "/start", start)))) {
                    output = LogStream.lastLines(response.getBody());
                }
                return new Ran.Ended(exitCode(exec), output);
            });
        } catch (EngineException e) {
            if (e.getCause() instanceof TimeoutException) return new Ran.Unfinished(exec);
            throw e;
        }
    }

    /** Output may end before its command does, and the engine hears of the end a moment after it. */
    private int exitCode(String exec) throws EngineException, InterruptedException {
        while (true) {
            var shown = answer(Request.Method.GET, "/exec/" + exec + "/json");
            if (!shown.path("Running").asBoolean() && shown.path("ExitCode").isNumber()) return shown.path("ExitCode").asInt();
            Thread.sleep(COMMAND_ENDS);
        }
    }

    @Override
    public boolean runs(String handle) throws EngineException {
        try {
            return calls.within(settings.callLimit(), "look at a command", () ->
                    answer(Request.Method.GET, "/exec/" + handle + "/json").path("Running").asBoolean());
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.NOT_FOUND) return false;
            throw e;
        }
    }

    private JsonNode answer(Request.Method method, String path) throws EngineException {
        return answer(request(method, path(path)).build());
    }

    private JsonNode answer(Request request) throws EngineException {
        try (Response response = calls.checked(http.execute(request))) {
            return Json.lenient().readTree(response.getBody());
        } catch (IOException e) {
            throw calls.fault(e);
        }
    }

    private Request post(String path, ObjectNode body) throws EngineException {
        return request(Request.Method.POST, path(path))
                .putHeader("Content-Type", "application/json")
                .bodyBytes(body.toString().getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private static String seconds(Instant time) {
        return time.getEpochSecond() + "." + String.format("%09d", time.getNano());
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public EngineImages images() {
        return images;
    }

    @Override
    public Optional<Long> process(Container.Running container) {
        return Processes.seen(container.id(), container.pid());
    }

    @Override
    public Optional<String> unseen() {
        return Processes.obstacle();
    }

    @Override
    public Duration callLimit() {
        return settings.callLimit();
    }

    @Override
    public void close() {
        inspections.shutdownNow();
        for (DockerHttpClient client : List.of(http, streams)) {
            try {
                client.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    interface DockerCall<T> {
        T on(DockerClient docker) throws Exception;
    }

    <T> T docker(String what, Duration limit, DockerCall<T> call) throws EngineException {
        DockerClient docker = api().docker();
        return calls.within(limit, what, () -> call.on(docker));
    }

    /** Makes and starts few containers at a time; the time spent waiting for the turn does not count. */
    private <T> T startSlot(String what, Callable<T> call) throws EngineException {
        try {
            starts.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNREACHABLE, "interrupted: " + what, e);
        }
        try {
            return calls.within(settings.workLimit(), what, call);
        } finally {
            starts.release();
        }
    }

    Response open(String what, String path) throws EngineException {
        return calls.within(
                settings.callLimit(), what, () -> calls.checked(streams.execute(request(Request.Method.GET, path).build())));
    }

    String path(String path) throws EngineException {
        return api().prefix() + path;
    }

    static Request.Builder request(Request.Method method, String path) {
        return Request.builder().method(method).path(path);
    }

    private static BufferedReader lines(Response response) {
        return new BufferedReader(new InputStreamReader(response.getBody(), StandardCharsets.UTF_8));
    }

    static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private Api api() throws EngineException {
        Optional<Api> known = api;
        if (known.isPresent()) return known.get();
        JsonNode version = calls.within(settings.callLimit(), "version", () -> {
            try (Response response = calls.checked(http.execute(request(Request.Method.GET, "/version").build()))) {
                return Json.lenient().readTree(response.getBody());
            }
        });
        String spoken = ApiVersion.older(version.path("ApiVersion").asText(NEWEST_API), NEWEST_API);
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(settings.host())
                .withDockerTlsVerify(false)
                .withApiVersion(spoken)
                .build();
        var asked = new Api("/v" + spoken, DockerClientImpl.getInstance(config, http));
        api = Optional.of(asked);
        return asked;
    }
}
