package io.cardume.manager.http;

import io.cardume.api.ExecSpec;
import io.cardume.api.TaskSpec;
import io.cardume.api.UserRole;
import io.cardume.api.WireReader;
import io.cardume.api.link.Errand;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.link.AgentStream;
import io.cardume.manager.link.Agents;
import io.cardume.manager.link.ErrandException;
import io.cardume.manager.loop.Actor;
import io.cardume.manager.loop.Bounds;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.loop.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands run in containers on any host. The engine there prepares and runs them; this manager keeps what it was told of
 * their ends, and each ends with its client's connection.
 */
final class ExecRoutes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExecRoutes.class);
    /** Commands that are remembered; the eldest that does not run is forgotten first. */
    private static final int REMEMBERED = 1_024;
    /** How long nothing may be heard before the client is looked at. */
    private static final Duration SILENCE = Duration.ofSeconds(3);
    /** What the CLI itself ends with when not the command failed, but what should have run it. */
    private static final int NOT_RUN = 125;
    /** Characters of a command that are remembered. */
    private static final int SHOWN = 2_048;
    /** Of these, of one who makes them. */
    private static final int REMEMBERED_OF_ONE = 256;
    private static final int STDERR = 2;
    private static final ApiVersion MULTIPLEXED = new ApiVersion(1, 42);

    /** Where a command is in its life. */
    private sealed interface Course {
        record Prepared() implements Course {}

        record Running() implements Course {}

        /** It runs, or not, without anybody listening. */
        record Alone() implements Course {}

        record Ended(int code) implements Course {}
    }

    private static final class Exec {
        final ContainerLookup container;
        final ExecSpec spec;
        final Actor actor;
        private Course course = new Course.Prepared();

        Exec(ContainerLookup container, ExecSpec spec, Actor actor) {
            this.actor = actor;
            this.container = container;
            this.spec = remembered(spec);
        }

        /** What is needed after it was prepared: the engine has the rest. Of a long command only the beginning is shown. */
        private static ExecSpec remembered(ExecSpec spec) {
            var command = new ArrayList<String>();
            int left = SHOWN;
            for (String word : spec.command()) {
                if (left <= 0) break;
                command.add(word.length() <= left ? word : word.substring(0, left) + "…");
                left -= word.length() + 1;
            }
            return new ExecSpec(spec.attachStdin(), spec.attachStdout(), spec.attachStderr(), spec.tty(), command, List.of(),
                    spec.user().map(user -> user.length() <= SHOWN ? user : user.substring(0, SHOWN)), Optional.empty(), spec.privileged(), Optional.empty(),
                    List.of());
        }

        synchronized Course course() {
            return course;
        }

        synchronized void is(Course next) {
            course = next;
        }

        /** Whether it may begin; it may once. */
        synchronized boolean begins(Course next) {
            if (!(course instanceof Course.Prepared)) return false;
            course = next;
            return true;
        }
    }

    private final ManagerLoop loop;
    private final Agents agents;
    private final Admission admission;
    private final Audit audit;
    private final Map<String, Exec> execs = new LinkedHashMap<>();
    private final Set<Hijacked> open = ConcurrentHashMap.newKeySet();

    ExecRoutes(ManagerLoop loop, Agents agents, Admission admission, Audit audit) {
        this.audit = audit;
        this.loop = loop;
        this.agents = agents;
        this.admission = admission;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/containers/{id}/exec", UserRole.DEPLOYER, this::create),
                Route.post("/exec/{id}/start", UserRole.DEPLOYER, this::start),
                Route.post("/exec/{id}/resize", UserRole.DEPLOYER, this::resize),
                Route.get("/exec/{id}/json", UserRole.DEPLOYER, this::inspect));
    }

    private void create(Exchange exchange) throws InterruptedException {
        var container = ContainerLookup.of(exchange.spaces(), loop.published(), exchange.path("id"));
        var spec = Exchange.valid(WireReader.read(exchange.tree(), ExecSpec.class, false, _ -> false));
        if (spec.command().isEmpty()) throw new ApiException(400, "Cmd: no exec command specified");
        mayOrRefuse(exchange.caller(), container.task(), spec.privileged());
        var id = new String(ContainerRoutes.once(agents, container.node(), new Errand.CreateExec(container.task().id(), spec),
                ContainerRoutes.LIMIT), StandardCharsets.UTF_8);
        var exec = new Exec(container, spec, exchange.caller().actor());
        remember(id, exec);
        exchange.touched(words(exec));
        exchange.json(201, Exchange.object().put("Id", id));
    }

    /** What a command's container is made of, whom it may be for. */
    private TaskSpec mayOrRefuse(Caller caller, Task task, boolean privileged) {
        var state = loop.published();
        var made = state.service(task.service()).orElseThrow(() -> new ApiException(404, "the container's service was removed")).template(task.revision());
        try {
            Bounds.of(caller.actor(), state).commandOrRefuse(made, privileged);
            return made;
        } catch (Refusal e) {
            throw ApiException.of(e);
        }
    }

    /** To go on with a command: it ends with what its user may do there. */
    private static Streams.Right right(Caller caller, Exec exec, TaskSpec made) {
        return Streams.Right.to(exec.container.task().service(), caller, state -> {
            try {
                Bounds.of(caller.actor(), state).commandOrRefuse(made, exec.spec.privileged());
                return true;
            } catch (Refusal e) {
                return false;
            }
        });
    }

    private void remember(String id, Exec exec) {
        synchronized (execs) {
            execs.put(id, exec);
            long own = execs.values().stream().filter(other -> other.actor.equals(exec.actor)).count();
            forgetEldest(own - REMEMBERED_OF_ONE, other -> other.actor.equals(exec.actor));
            forgetEldest(execs.size() - REMEMBERED, _ -> true);
        }
    }

    private void forgetEldest(long surplus, Predicate<Exec> among) {
        var eldest = execs.values().iterator();
        while (surplus > 0 && eldest.hasNext()) {
            var next = eldest.next();
            if (next.course() instanceof Course.Running || !among.test(next)) continue;
            eldest.remove();
            surplus--;
        }
    }

    /** A command is its maker's: what it may do was asked of that one. */
    private boolean mayUse(Exchange exchange, Exec exec) {
        var caller = exchange.caller();
        return caller.role() == UserRole.ADMIN
                || exec.actor.equals(caller.actor()) && caller.spaces().sees(loop.published(), exec.container.task());
    }

    private Exec exec(Exchange exchange) {
        synchronized (execs) {
            return Optional.ofNullable(execs.get(exchange.path("id"))).filter(exec -> mayUse(exchange, exec))
                    .orElseThrow(() -> new ApiException(404, "No such exec instance: " + exchange.path("id")));
        }
    }

    private void start(Exchange exchange) throws IOException, InterruptedException {
        try (var _ = admission.command(exchange)) {
            run(exchange);
        }
    }

    private void run(Exchange exchange) throws IOException, InterruptedException {
        var exec = exec(exchange);
        var id = exchange.path("id");
        boolean alone = exchange.treeOrNothing().path("Detach").asBoolean(false);
        // It may have been made when its user might do more.
        var made = mayOrRefuse(exchange.caller(), exec.container.task(), exec.spec.privileged());
        if (!exec.begins(alone ? new Course.Alone() : new Course.Running()))
            throw new ApiException(409, "Error: Exec command " + id + " has already run");
        log(exchange, exec);
        exchange.touched(words(exec));
        // The answer may go on for days; that it was begun is said now.
        if (exchange.isToBeAudited()) audit.add(exchange.entry(200));
        if (alone) {
            ContainerRoutes.once(agents, exec.container.node(), new Errand.StartExec(id), ContainerRoutes.LIMIT);
            exchange.nothing(200);
            return;
        }
        try (var stream = agents.open(exec.container.node(), new Errand.RunExec(id, exec.spec.tty(), exec.spec.attachStdin()))) {
            boolean multiplexed = !exec.spec.tty() && exchange.apiVersion().compareTo(MULTIPLEXED) >= 0;
            try (var client = Hijacked.of(exchange, right(exchange.caller(), exec, made),
                    multiplexed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream")) {
                open.add(client);
                converse(exec, stream, client);
            } catch (IOException e) {
                exec.is(new Course.Ended(NOT_RUN));
            } finally {
                open.removeIf(one -> !one.isOpen());
            }
        } catch (ErrandException e) {
            exec.is(new Course.Ended(NOT_RUN));
            throw ContainerRoutes.failed(e);
        }
    }

    /** What the audit log says of a command: the program, and none of its arguments and variables. */
    private List<String> words(Exec exec) {
        var program = exec.spec.command().getFirst();
        return List.of("task " + Lookup.fullName(loop.published(), exec.container.task()),
                "command " + (program.length() <= 128 ? program : program.substring(0, 128) + "…") + (exec.spec.privileged() ? ", privileged" : ""));
    }

    /** Who runs what where: never the variables and arguments, which may be secret. */
    private void log(Exchange exchange, Exec exec) {
        var spec = exec.spec;
        LOG.info("exec by {}, {}, in container {} (task {}, node {}){}{}: {} with {} arguments", exchange.caller().words(), exchange.client(), exec.container.id().substring(0, 12),
                Lookup.fullName(loop.published(), exec.container.task()), exec.container.node(),
                spec.user().filter(user -> !user.isEmpty()).map(user -> " as " + user).orElse(""), spec.privileged() ? " privileged" : "",
                spec.command().getFirst(), spec.command().size() - 1);
    }

    /** Carries bytes both ways until the command has ended, or the client is gone. */
    private static void converse(Exec exec, AgentStream stream, Hijacked client) throws IOException, InterruptedException {
        var spec = exec.spec;
        var clientDone = new CompletableFuture<Void>();
        Thread.ofVirtual().name("exec input").start(() -> input(spec, stream, client, clientDone));
        while (true) {
            AgentStream.Piece piece;
            try {
                piece = stream.next(SILENCE);
            } catch (ErrandException e) {
                var words = (spec.tty() ? "\r\n" : "") + e.getMessage() + (spec.tty() ? "\r\n" : "\n");
                exec.is(new Course.Ended(NOT_RUN));
                client.write(framed(spec, STDERR, words.getBytes(StandardCharsets.UTF_8)));
                client.finish(clientDone);
                return;
            }
            switch (piece) {
                case AgentStream.Piece.Data(var channel, var bytes) -> client.write(framed(spec, channel, bytes));
                case AgentStream.Piece.Silence _ -> {
                    // A client that has closed its half may be gone altogether: that shows when it is written to.
                    if (clientDone.isDone() && !spec.tty()) client.write(framed(spec, 1, new byte[0]));
                }
                case AgentStream.Piece.End(var code) -> {
                    // The client asks for the code as soon as it sees the end of the stream.
                    exec.is(code.<Course>map(Course.Ended::new).orElseGet(Course.Alone::new));
                    client.finish(clientDone);
                    return;
                }
            }
        }
    }

    private static void input(ExecSpec spec, AgentStream stream, Hijacked client, CompletableFuture<Void> done) {
        try {
            for (var bytes = client.read(); bytes.length > 0; bytes = client.read())
                if (spec.attachStdin()) stream.send(bytes);
            // Who closes a terminal's input has left the terminal; any other input may end before its command does.
            if (spec.attachStdin() && spec.tty()) stream.close();
            else if (spec.attachStdin()) stream.sendEnd();
        } catch (IOException e) {
            stream.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            done.complete(null);
        }
    }

    private static byte[] framed(ExecSpec spec, int channel, byte[] bytes) {
        if (spec.tty()) return bytes;
        return ByteBuffer.allocate(8 + bytes.length).put((byte) channel).put(new byte[3]).putInt(bytes.length).put(bytes).array();
    }

    private void resize(Exchange exchange) throws InterruptedException {
        var exec = exec(exchange);
        var errand = new Errand.ResizeExec(exchange.path("id"), size(exchange, "h"), size(exchange, "w"));
        ContainerRoutes.once(agents, exec.container.node(), errand, ContainerRoutes.LIMIT);
        exchange.nothing(200);
    }

    private static int size(Exchange exchange, String name) {
        var said = exchange.query(name);
        if (said.matches("[0-9]{1,5}")) return Integer.parseInt(said);
        throw new ApiException(400, name + ": \"" + said + "\" is not allowed; it is a number of characters");
    }

    private void inspect(Exchange exchange) throws InterruptedException {
        var exec = exec(exchange);
        var id = exchange.path("id");
        var code = switch (exec.course()) {
            case Course.Prepared _, Course.Running _ -> Optional.<Integer>empty();
            case Course.Ended(var known) -> Optional.of(known);
            case Course.Alone _ -> asked(exec, id);
        };
        if (exec.course() instanceof Course.Alone && code.isPresent()) exec.is(new Course.Ended(code.get()));
        var spec = exec.spec;
        var answer = Exchange.object().put("ID", id)
                .put("Running", code.isEmpty() && !(exec.course() instanceof Course.Prepared));
        code.ifPresentOrElse(known -> answer.put("ExitCode", known), () -> answer.putNull("ExitCode"));
        var process = answer.putObject("ProcessConfig").put("tty", spec.tty()).put("entrypoint", spec.command().getFirst());
        spec.command().stream().skip(1).forEach(process.putArray("arguments")::add);
        process.put("privileged", spec.privileged()).put("user", spec.user().orElse(""));
        exchange.json(200, answer.put("OpenStdin", spec.attachStdin()).put("OpenStdout", spec.attachStdout())
                .put("OpenStderr", spec.attachStderr()).put("CanRemove", false).put("ContainerID", exec.container.id())
                .put("DetachKeys", "").put("Pid", 0));
    }

    private Optional<Integer> asked(Exec exec, String id) throws InterruptedException {
        try (var stream = agents.open(exec.container.node(), new Errand.InspectExec(id))) {
            return stream.next(ContainerRoutes.LIMIT) instanceof AgentStream.Piece.End(var code) ? code : Optional.empty();
        } catch (ErrandException e) {
            throw ContainerRoutes.failed(e);
        }
    }

    /** Ends all conversations. */
    @Override
    public void close() {
        open.forEach(Hijacked::close);
    }
}
