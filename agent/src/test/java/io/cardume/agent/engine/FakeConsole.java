package io.cardume.agent.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.agent.task.Container;
import io.cardume.api.ClusterId;
import io.cardume.api.ContainerLabels;
import io.cardume.api.ExecSpec;
import io.cardume.api.Json;
import io.cardume.api.TaskId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The console of {@link FakeEngine}. It knows these commands: {@code cat}; and {@code sh -c} with {@code echo WORD},
 * {@code echo WORD >&2}, {@code exit N} and {@code sleep}, which never ends by itself, separated by semicolons.
 */
final class FakeConsole implements Console {
    private record Prepared(TaskId task, ExecSpec spec) {}

    private final FakeEngine engine;
    private final Map<String, Prepared> prepared = new ConcurrentHashMap<>();
    private final Map<String, Integer> codes = new ConcurrentHashMap<>();
    private int counter;

    FakeConsole(FakeEngine engine) {
        this.engine = engine;
    }

    @Override
    public String list(ClusterId cluster, String filters, boolean all, boolean size) throws EngineException {
        var list = Json.lenient().createArrayNode();
        for (var entry : new TreeMap<>(engine.containers(cluster)).entrySet()) {
            if (!all && !(entry.getValue() instanceof Container.Running)) continue;
            var one = list.addObject().put("Id", id(entry.getValue()));
            one.putArray("Names").add("/web.1." + entry.getKey());
            one.putObject("Labels").put(ContainerLabels.CLUSTER, cluster.toString()).put(ContainerLabels.TASK, entry.getKey().toString());
        }
        return list.toString();
    }

    @Override
    public String inspect(TaskId task, boolean size) throws EngineException {
        ObjectNode shown = Json.lenient().createObjectNode().put("Id", id(present(task)));
        shown.putObject("State").put("Running", present(task) instanceof Container.Running);
        return shown.toString();
    }

    @Override
    public String top(TaskId task, String arguments) throws EngineException {
        running(task);
        var top = Json.lenient().createObjectNode();
        top.putArray("Titles").add("PID").add("CMD");
        top.putArray("Processes").addArray().add("1").add("/bin/task");
        return top.toString();
    }

    @Override
    public void stats(TaskId task, boolean stream, boolean oneShot, Sink sink) throws EngineException, InterruptedException {
        var line = (Json.lenient().createObjectNode().put("id", id(present(task))) + "\n").getBytes(StandardCharsets.UTF_8);
        sink.take(1, line);
        if (stream) new CountDownLatch(1).await();
    }

    @Override
    public synchronized String create(TaskId task, ExecSpec exec) throws EngineException {
        running(task);
        var id = String.format("%064x", 0xe000 + ++counter);
        prepared.put(id, new Prepared(task, exec));
        return id;
    }

    @Override
    public Optional<Integer> run(String exec, boolean tty, Optional<InputStream> input, Sink sink)
            throws EngineException, InterruptedException {
        var command = known(exec).spec().command();
        int code;
        try {
            code = switch (command.getFirst()) {
                case "cat" -> {
                    var buffer = new byte[1 << 10];
                    for (int read = input.orElseThrow().read(buffer); read >= 0; read = input.get().read(buffer))
                        sink.take(1, java.util.Arrays.copyOf(buffer, read));
                    yield 0;
                }
                case "sh" -> shell(exec, command.getLast(), sink);
                default -> {
                    sink.take(1, ("exec: \"" + command.getFirst() + "\": executable file not found in $PATH\n").getBytes(StandardCharsets.UTF_8));
                    yield 126;
                }
            };
        } catch (IOException e) {
            if (Thread.interrupted()) throw new InterruptedException();
            throw new EngineException(EngineException.Kind.UNREACHABLE, e.getMessage(), e);
        }
        codes.put(exec, code);
        return Optional.of(code);
    }

    private int shell(String exec, String script, Sink sink) throws InterruptedException {
        for (String line : script.split(";")) {
            var words = line.strip().split(" ");
            if (words[0].equals("exit")) return Integer.parseInt(words[1]);
            if (words[0].equals("sleep")) {
                try {
                    new CountDownLatch(1).await();
                } finally {
                    codes.put(exec, 143);
                }
            }
            sink.take(line.contains(">&2") ? 2 : 1, (words[1] + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return 0;
    }

    @Override
    public void start(String exec) throws EngineException {
        known(exec);
        codes.put(exec, 0);
    }

    @Override
    public Optional<Integer> exitCode(String exec) throws EngineException {
        known(exec);
        return Optional.ofNullable(codes.get(exec));
    }

    @Override
    public void resize(String exec, int rows, int columns) throws EngineException {
        if (!known(exec).spec().tty()) throw new EngineException(EngineException.Kind.REFUSED, "it has no terminal");
    }

    private Prepared known(String exec) throws EngineException {
        var found = prepared.get(exec);
        if (found == null) throw new EngineException(EngineException.Kind.NOT_FOUND, "No such exec instance: " + exec);
        return found;
    }

    private void running(TaskId task) throws EngineException {
        if (!(present(task) instanceof Container.Running))
            throw new EngineException(EngineException.Kind.CONFLICT, "Container " + id(present(task)) + " is not running");
    }

    private Container present(TaskId task) throws EngineException {
        var container = engine.container(task);
        if (container instanceof Container.Absent)
            throw new EngineException(EngineException.Kind.NOT_FOUND, "there is no container of task " + task);
        return container;
    }

    private static String id(Container container) {
        return switch (container) {
            case Container.Absent _ -> "";
            case Container.Created(var id) -> id;
            case Container.Running running -> running.id();
            case Container.Exited exited -> exited.id();
        };
    }
}
