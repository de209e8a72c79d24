package io.cardume.agent.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerLabels;
import io.cardume.api.ExecSpec;
import io.cardume.api.Json;
import io.cardume.api.TaskId;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The console of a Docker Engine, over the transport of {@link DockerEngine}. */
final class DockerConsole implements Console {
    private static final Logger LOG = LoggerFactory.getLogger(DockerConsole.class);
    private static final int BUFFER = 16 << 10;
    /** How long the engine may take to note a command's end once its outputs are closed. */
    private static final Duration NOTED = Duration.ofSeconds(2);
    /** How long a command that nobody listens to any more has before it is killed. */
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final long LOOK_AGAIN_NANOS = 10_000_000;
    private static final long LONGEST_PAUSE_NANOS = 500_000_000;

    private final DockerEngine engine;

    DockerConsole(DockerEngine engine) {
        this.engine = engine;
    }

    @Override
    public String list(ClusterId cluster, String filters, boolean all, boolean size) throws EngineException {
        var query = "/containers/json?all=" + all + "&size=" + size + "&filters=" + DockerEngine.encoded(ours(cluster, filters));
        return text("list containers", Request.Method.GET, query, "");
    }

    /** The filters, with the cluster's label. */
    private static String ours(ClusterId cluster, String filters) throws EngineException {
        try {
            var whole = Json.lenient().createObjectNode();
            if (!filters.isBlank() && Json.lenient().readTree(filters) instanceof ObjectNode given) whole.setAll(given);
            ArrayNode labels = Json.lenient().createArrayNode();
            JsonNode said = whole.path("label");
            if (said.isArray()) said.forEach(labels::add);
            else said.fieldNames().forEachRemaining(labels::add);
            whole.set("label", labels.add(ContainerLabels.CLUSTER + "=" + cluster));
            return whole.toString();
        } catch (JsonProcessingException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "invalid filters: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public String inspect(TaskId task, boolean size) throws EngineException {
        return text("inspect " + task, Request.Method.GET, "/containers/" + engine.present(task) + "/json?size=" + size, "");
    }

    @Override
    public String top(TaskId task, String arguments) throws EngineException {
        return text("top " + task, Request.Method.GET, "/containers/" + engine.present(task) + "/top"
                + (arguments.isEmpty() ? "" : "?ps_args=" + DockerEngine.encoded(arguments)), "");
    }

    @Override
    public void stats(TaskId task, boolean stream, boolean oneShot, Sink sink) throws EngineException, InterruptedException {
        var path = engine.path("/containers/" + engine.present(task) + "/stats?stream=" + stream + (oneShot && !stream ? "&one-shot=true" : ""));
        try (Response response = engine.open("stats of " + task, path)) {
            copy(response.getBody(), sink);
        } catch (IOException | UncheckedIOException e) {
            interrupted(e);
            throw engine.calls.fault(e);
        }
    }

    @Override
    public String create(TaskId task, ExecSpec exec) throws EngineException {
        try {
            var answer = text("exec in " + task, Request.Method.POST, "/containers/" + engine.present(task) + "/exec",
                    Json.lenient().writeValueAsString(exec));
            return Json.lenient().readTree(answer).path("Id").asText();
        } catch (JsonProcessingException e) {
            throw new EngineException(EngineException.Kind.UNREACHABLE, "the engine's answer is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public Optional<Integer> run(String exec, boolean tty, Optional<InputStream> input, Sink sink)
            throws EngineException, InterruptedException {
        boolean ended = false;
        try {
            var path = engine.path("/exec/" + exec + "/start");
            Thread feeder = Thread.ofVirtual().unstarted(() -> {});
            try (var connection = engine.calls.within(engine.settings.workLimit(), "exec " + exec, () ->
                    Upgraded.post(engine.settings.host(), path, "{\"Detach\":false,\"Tty\":" + tty + "}"))) {
                feeder = Thread.ofVirtual().name("input of exec " + exec).start(() -> input.ifPresent(given -> feed(given, connection)));
                if (tty) copy(connection.input, sink);
                else frames(connection.input, sink);
            } catch (IOException | UncheckedIOException e) {
                interrupted(e);
                throw engine.calls.fault(e);
            } finally {
                feeder.interrupt();
            }
            var code = noted(exec);
            ended = true;
            return code;
        } finally {
            // This thread may be interrupted; ending the command is work of its own.
            if (!ended) Thread.ofVirtual().name("end exec " + exec).start(() -> end(exec));
        }
    }

    private static void feed(InputStream input, Upgraded connection) {
        try {
            var buffer = new byte[BUFFER];
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) connection.write(Arrays.copyOf(buffer, read));
            connection.end();
        } catch (IOException e) {
            // The command has ended and wants no more.
        }
    }

    /** The exit code, as soon as the engine has noted it. */
    private Optional<Integer> noted(String exec) throws EngineException, InterruptedException {
        var limit = System.nanoTime() + NOTED.toNanos();
        while (true) {
            var code = exitCode(exec);
            if (code.isPresent() || System.nanoTime() > limit) return code;
            TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN_NANOS);
        }
    }

    @Override
    public void start(String exec) throws EngineException {
        text("exec " + exec, Request.Method.POST, "/exec/" + exec + "/start", "{\"Detach\":true}");
    }

    @Override
    public Optional<Integer> exitCode(String exec) throws EngineException {
        var seen = look(exec);
        return seen.path("Running").asBoolean() || !seen.path("ExitCode").isNumber()
                ? Optional.empty()
                : Optional.of(seen.path("ExitCode").intValue());
    }

    @Override
    public void resize(String exec, int rows, int columns) throws EngineException {
        text("resize of exec " + exec, Request.Method.POST, "/exec/" + exec + "/resize?h=" + rows + "&w=" + columns, "");
    }

    /**
     * Ends a command that nobody listens to any more. The engine has no call for it, so its processes are asked and then
     * killed; that needs an agent that sees the host's processes. One that does not can only close the command's input.
     * Whoever listened may have left while the engine was still about to start it, so it is looked for until it has ended.
     */
    private void end(String exec) {
        var limit = System.nanoTime() + engine.settings.workLimit().toNanos();
        for (long pause = LOOK_AGAIN_NANOS; System.nanoTime() < limit; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
            try {
                var seen = look(exec);
                if (!seen.path("Running").asBoolean() && seen.path("ExitCode").isNumber()) return;
                // While it is being started it runs, and has no number yet.
                if (seen.path("Running").asBoolean())
                    Processes.of(seen.path("ContainerID").asText(), seen.path("Pid").asLong()).ifPresent(DockerConsole::end);
            } catch (EngineException e) {
                if (e.kind() == EngineException.Kind.NOT_FOUND) return;
                LOG.debug("exec {} cannot be ended yet: {}", exec, e.getMessage());
            }
            LockSupport.parkNanos(pause);
        }
    }

    /** Asks processes to end, those too that are born meanwhile, and kills what is left after a while. */
    private static void end(Processes processes) {
        var asked = new HashSet<ProcessHandle>();
        var grace = System.nanoTime() + GRACE.toNanos();
        var limit = grace + GRACE.toNanos();
        for (var alive = processes.alive(); !alive.isEmpty() && System.nanoTime() < limit; alive = processes.alive()) {
            if (System.nanoTime() < grace) alive.stream().filter(asked::add).forEach(ProcessHandle::destroy);
            else alive.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(2 * LOOK_AGAIN_NANOS);
        }
    }

    private JsonNode look(String exec) throws EngineException {
        try {
            return Json.lenient().readTree(text("inspect exec " + exec, Request.Method.GET, "/exec/" + exec + "/json", ""));
        } catch (JsonProcessingException e) {
            throw new EngineException(EngineException.Kind.UNREACHABLE, "the engine's answer is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private String text(String what, Request.Method method, String path, String body) throws EngineException {
        var request = DockerEngine.request(method, engine.path(path));
        if (!body.isEmpty()) request.putHeader("Content-Type", "application/json").bodyBytes(body.getBytes(StandardCharsets.UTF_8));
        return engine.calls.within(engine.settings.callLimit(), what, () -> {
            try (Response response = engine.calls.checked(engine.streams.execute(request.build()))) {
                return new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
            }
        });
    }

    private static void copy(InputStream from, Sink sink) throws IOException, InterruptedException {
        var buffer = new byte[BUFFER];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) sink.take(1, Arrays.copyOf(buffer, read));
    }

    /** Frames: 8 bytes of header (channel, length), then the bytes. */
    private static void frames(InputStream from, Sink sink) throws IOException, InterruptedException {
        while (true) {
            var header = from.readNBytes(8);
            if (header.length == 0) return;
            if (header.length < 8) throw new EOFException("the output ended inside a frame");
            if (header[0] < 0 || header[0] > 3 || header[1] != 0)
                throw new IOException("the engine's output has no frames: " + new String(header, StandardCharsets.UTF_8)
                        + new String(from.readNBytes(Math.min(200, from.available())), StandardCharsets.UTF_8));
            int left = (header[4] & 0xff) << 24 | (header[5] & 0xff) << 16 | (header[6] & 0xff) << 8 | header[7] & 0xff;
            while (left > 0) {
                var part = from.readNBytes(Math.min(left, BUFFER));
                if (part.length == 0) throw new EOFException("the output ended inside a frame");
                left -= part.length;
                sink.take(header[0], part);
            }
        }
    }

    private static void interrupted(Exception why) throws InterruptedException {
        if (!Thread.currentThread().isInterrupted()) return;
        var interrupted = new InterruptedException();
        interrupted.initCause(why);
        throw interrupted;
    }
}
