package io.cardume.agent.engine;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.Set;
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
 * A Docker Engine, asked in its own JSON over docker-java's transport. The API version is the engine's own, but at most
 * {@link #NEWEST_API}.
 */
public final class DockerEngine implements ContainerEngine {
    /** The newest version of the Engine API this room was written for. */
    static final String NEWEST_API = "1.44";

    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final int INSPECTIONS = 8;
    private static final int NOT_MODIFIED = 304;
    private static final int REMEMBERED_IMAGES = 1_000;
    private static final Duration COMMAND_ENDS = Duration.ofMillis(20);

    final DockerSettings settings;
    final EngineCalls calls;
    private final DockerHttpClient http;
    final DockerHttpClient streams;
    private final Semaphore starts;
    private final Pulls<Wanted> pulls = new Pulls<>(this::pullNow);
    private final ExecutorService inspections =
            Executors.newFixedThreadPool(INSPECTIONS, Thread.ofVirtual().name("inspect-", 0).factory());
    /** Images that were there when they were asked for last; a container that cannot be made of one for want of something says so. */
    private final Set<String> present = ConcurrentHashMap.newKeySet();
    private final Map<TaskId, String> ids = new ConcurrentHashMap<>();
    /** What containers were made with, as far as is known. */
    private final Map<TaskId, Duration> graces = new ConcurrentHashMap<>();
    /** How the engine's API version is said in paths. */
    private volatile Optional<String> prefix = Optional.empty();

    private final Map<TaskId, Seen> seen = new ConcurrentHashMap<>();
    /** When the engine's news last began to come: what was seen before may have gone and come back unheard. */
    private volatile long deafNanos = System.nanoTime();

    private final Console console = new DockerConsole(this);
    private final EngineImages images = new DockerImages(this);

    /** An image, and the login it is pulled with: whoever has another must not be given the failure of this one. */
    private record Wanted(String image, Optional<String> login) {
        @Override
        public String toString() {
            return image;
        }
    }

    /** A container as inspected, and what the list says of one that is so; the inspection that began last counts. */
    private record Seen(String listed, Container container, long askedNanos) {
        Seen later(Seen other) {
            return askedNanos - other.askedNanos >= 0 ? this : other;
        }
    }

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
        JsonNode info = get("describe", "/info");
        var labels = new TreeMap<String, String>();
        for (JsonNode label : info.path("Labels")) {
            int equals = label.asText().indexOf('=');
            labels.put(equals < 0 ? label.asText() : label.asText().substring(0, equals), equals < 0 ? "" : label.asText().substring(equals + 1));
        }
        var plugins = new ArrayList<String>();
        info.path("Plugins").properties().forEach(type -> type.getValue().forEach(name -> plugins.add(type.getKey() + "/" + name.asText())));
        return new NodeDescription(
                info.path("Name").asText(),
                new Platform(info.path("Architecture").asText(), info.path("OSType").asText()),
                info.path("NCPU").asLong() * 1_000_000_000L,
                info.path("MemTotal").asLong(),
                info.path("ServerVersion").asText(),
                labels,
                plugins.stream().sorted().toList(),
                resources(info.path("GenericResources")));
    }

    private static List<GenericResource> resources(JsonNode said) {
        return said.isArray() ? Json.lenient().convertValue(said, new TypeReference<List<GenericResource>>() {}) : List.of();
    }

    @Override
    public SortedMap<TaskId, Container> containers(ClusterId cluster) throws EngineException {
        var listed = list("list containers", ContainerLabels.CLUSTER + "=" + cluster);
        var inspected = new TreeMap<TaskId, Future<Container>>();
        for (JsonNode container : listed) {
            String label = container.path("Labels").path(ContainerLabels.TASK).asText();
            if (label.isEmpty() || !isNamedFor(label, container)) continue;
            var task = new TaskId(label);
            ids.put(task, container.path("Id").asText());
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
        boolean counts = before != null && before.askedNanos() - deafNanos >= 0;
        if (counts && before.listed().equals(listed)) return before.container();
        return container(task, Optional.of(listed));
    }

    /** What the list says of a container that an inspection shows so, by which it is known again. */
    private static Optional<String> summary(Container container) {
        return switch (container) {
            case Container.Absent _ -> Optional.empty();
            case Container.Created(var id) -> Optional.of(id + " created");
            case Container.Running running -> Optional.of(running.id() + " running" + switch (running.health()) {
                case NONE -> "";
                case STARTING -> "(health: starting";
                case HEALTHY -> "(healthy";
                case UNHEALTHY -> "(unhealthy";
            });
            case Container.Exited exited -> Optional.of(exited.id() + " exited(" + exited.exitCode());
        };
    }

    /** What the list says that changes: id, state, and the health or exit code that its status has in brackets. */
    private static String summary(JsonNode listed) {
        String status = listed.path("Status").asText();
        int bracket = status.indexOf('(');
        int end = status.indexOf(')', bracket + 1);
        return listed.path("Id").asText() + " " + listed.path("State").asText() + (bracket < 0 || end < 0 ? "" : status.substring(bracket, end));
    }

    /**
     * Whether a container that carries a task's label is the task's own: an image made of it by {@code docker commit} has
     * the labels too, but what is run from it has not the name.
     */
    private static boolean isNamedFor(String task, JsonNode listed) {
        for (JsonNode name : listed.path("Names")) if (name.asText().endsWith("." + task)) return true;
        return false;
    }

    private JsonNode list(String what, String... labels) throws EngineException {
        var filters = Json.lenient().createObjectNode();
        var wanted = filters.putArray("label");
        for (String label : labels) wanted.add(label);
        return get(what, "/containers/json?all=1&filters=" + encoded(filters.toString()));
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
        return container(task, Optional.empty());
    }

    /** A task's container, which is known again by what the list says of it, or is expected to say. */
    private Container container(TaskId task, Optional<String> listed) throws EngineException {
        long asked = System.nanoTime();
        try {
            Container shown = inspect(task).map(Shown::container).orElseGet(Container.Absent::new);
            summary(shown).ifPresent(expected -> seen.merge(task, new Seen(listed.orElse(expected), shown, asked), Seen::later));
            return shown;
        } catch (RuntimeException e) {
            throw new EngineException(EngineException.Kind.UNREACHABLE,
                    "what the engine says of the container of task " + task + " cannot be understood: " + e, e);
        }
    }

    private Optional<JsonNode> inspect(TaskId task) throws EngineException {
        Optional<String> id = id(task);
        if (id.isEmpty()) return Optional.empty();
        try {
            var inspected = get("inspect " + task, "/containers/" + id.get() + "/json");
            var seconds = inspected.path("Config").path("StopTimeout");
            graces.put(task, seconds.isNumber() ? Duration.ofSeconds(seconds.asLong()) : GRACE);
            return Optional.of(inspected);
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
            forget(task, id.get());
            return Optional.empty();
        }
    }

    /** The engine's id of a task's container. A task has one container in its life, so what was once known stays true. */
    private Optional<String> id(TaskId task) throws EngineException {
        String known = ids.get(task);
        if (known != null) return Optional.of(known);
        for (JsonNode container : list("find " + task, ContainerLabels.CLUSTER, ContainerLabels.TASK + "=" + task)) {
            if (!isNamedFor(task.value(), container)) continue;
            ids.put(task, container.path("Id").asText());
            return Optional.of(container.path("Id").asText());
        }
        return Optional.empty();
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
        if (present.contains(image)) return;
        try {
            get("inspect image " + image, image(image) + "/json");
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
            download(image, wanted.login());
        }
        if (present.size() >= REMEMBERED_IMAGES) present.clear();
        present.add(image);
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
    public Container create(AssignedTask task, ClusterId cluster, NodeId node) throws EngineException {
        return create(task, new Networking.Unsaid(), cluster, node);
    }

    @Override
    public Container create(AssignedTask task, Networking networking, ClusterId cluster, NodeId node) throws EngineException {
        var tooNew = Newer.than(prefix().substring(2), task.spec().containerSpec());
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
            graces.put(task.id(), task.spec().containerSpec().stopGracePeriod().map(ContainerRequest::wholeSeconds).map(Duration::ofSeconds).orElse(GRACE));
            return new Container.Created(id);
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.NOT_FOUND) present.remove(task.spec().containerSpec().image());
            // The name is taken: by the task's own container if an earlier call's answer was lost.
            if (e.kind() != EngineException.Kind.CONFLICT || id(task.id()).isEmpty()) throw e;
            return container(task.id());
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
        var start = request(Request.Method.POST, path("/containers/" + id + "/start")).build();
        startSlot("start " + task, () -> done(start));
    }

    @Override
    public void stop(TaskId task) throws EngineException {
        Optional<String> id = id(task);
        if (id.isEmpty() || !graces.containsKey(task) && inspect(task).isEmpty()) return;
        // The engine knows the grace period it was made with: ours only says how long the answer may take.
        Duration grace = graces.getOrDefault(task, GRACE);
        var stop = request(Request.Method.POST, path("/containers/" + id.get() + "/stop")).build();
        try {
            calls.within(grace.plus(settings.workLimit()), "stop " + task, () -> done(stop));
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
        }
    }

    /** Has something done, be it that it is so already; nothing of the answer is of use. */
    private boolean done(Request request) throws EngineException, IOException {
        try (Response response = http.execute(request)) {
            return response.getStatusCode() == NOT_MODIFIED || calls.checked(response).getStatusCode() > 0;
        }
    }

    @Override
    public Container remove(TaskId task) throws EngineException {
        Optional<String> id = id(task);
        if (id.isEmpty()) return new Container.Absent();
        var remove = request(Request.Method.DELETE, path("/containers/" + id.get() + "?force=1&v=1")).build();
        try {
            calls.within(settings.workLimit(), "remove " + task, () -> done(remove));
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.CONFLICT && e.getMessage().contains("is already in progress")) return container(task);
            if (e.kind() != EngineException.Kind.NOT_FOUND) throw e;
        }
        forget(task, id.get());
        return new Container.Absent();
    }

    private void forget(TaskId task, String id) {
        ids.remove(task, id);
        graces.remove(task);
        seen.remove(task);
    }

    @Override
    public AutoCloseable watch(ClusterId cluster, Consumer<Changed> changed, Runnable resync) {
        return EngineWatch.start(() -> events(cluster), news -> {
            // For a moment longer the list may show it as it was seen.
            if (news.how() == Changed.How.ENDED) seen.remove(news.task());
            changed.accept(news);
        }, resync);
    }

    private Response events(ClusterId cluster) throws EngineException {
        var filters = Json.lenient().createObjectNode();
        filters.putArray("type").add("container");
        filters.putArray("label").add(ContainerLabels.CLUSTER + "=" + cluster);
        filters.putArray("event").add("die").add("start").add("destroy").add("oom").add("health_status");
        prefix = Optional.empty(); // the engine may be another than the one before the gap
        var news = open("events", path("/events?filters=" + encoded(filters.toString())));
        deafNanos = System.nanoTime();
        return news;
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

    /** What the engine answers to a question. */
    JsonNode get(String what, String path) throws EngineException {
        var versioned = request(Request.Method.GET, path(path)).build();
        return calls.within(settings.callLimit(), what, () -> answer(versioned));
    }

    /** Has an image's name or tag removed. */
    void untag(String image) throws EngineException {
        var delete = request(Request.Method.DELETE, path(image(image))).build();
        present.remove(image);
        calls.within(settings.workLimit(), "untag " + image, () -> done(delete));
    }

    /** The path of an image, whose name may have slashes. */
    static String image(String name) {
        return "/images/" + encoded(name).replace("%2F", "/");
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
        return prefix() + path;
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

    private String prefix() throws EngineException {
        var known = prefix;
        if (known.isPresent()) return known.get();
        var version = calls.within(settings.callLimit(), "version", () -> answer(request(Request.Method.GET, "/version").build()));
        String spoken = "/v" + ApiVersion.older(version.path("ApiVersion").asText(NEWEST_API), NEWEST_API);
        prefix = Optional.of(spoken);
        return spoken;
    }
}
