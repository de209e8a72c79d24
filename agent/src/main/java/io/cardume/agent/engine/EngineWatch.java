package io.cardume.agent.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.cardume.api.ContainerLabels;
import io.cardume.api.Json;
import io.cardume.api.TaskId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the engine's events on one virtual thread, and begins again with growing pauses when they end. */
final class EngineWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineWatch.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** Opens the stream of events. */
    interface Source {
        Response open() throws EngineException;
    }

    private final Source source;
    private final Consumer<Changed> changed;
    private final Runnable resync;
    private final Thread thread;
    private volatile boolean closed;

    private EngineWatch(Source source, Consumer<Changed> changed, Runnable resync) {
        this.source = source;
        this.changed = changed;
        this.resync = resync;
        this.thread = Thread.ofVirtual().name("engine events").unstarted(this::follow);
    }

    static EngineWatch start(Source source, Consumer<Changed> changed, Runnable resync) {
        var watch = new EngineWatch(source, changed, resync);
        watch.thread.start();
        return watch;
    }

    private void follow() {
        Duration pause = FIRST_PAUSE;
        while (!closed) {
            try (Response response = source.open()) {
                pause = FIRST_PAUSE;
                resync.run();
                read(response);
            } catch (EngineException | IOException e) {
                // Whatever ended the stream, the answer is the same: open it again, and look at everything.
                LOG.debug("the engine's events have ended: {}", e.getMessage());
            } catch (RuntimeException e) {
                if (!closed) LOG.error("a watcher of the engine failed", e);
            }
            try {
                if (!closed) Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private void read(Response response) throws IOException {
        var starved = new HashSet<TaskId>();
        var lines = new BufferedReader(new InputStreamReader(response.getBody(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
            var event = Json.lenient().readTree(line);
            String task = event.at("/Actor/Attributes").path(ContainerLabels.TASK).asText();
            if (!task.isEmpty()) changed.accept(news(new TaskId(task), event, starved));
        }
    }

    /** @param starved tasks with a process that was killed for want of memory: an end that comes after it does not say so */
    static Changed news(TaskId task, JsonNode event, Set<TaskId> starved) {
        var action = event.path("Action").asText();
        if (action.equals("oom")) starved.add(task);
        else if (action.equals("destroy")) starved.remove(task);
        else if (action.equals("die")) return starved.remove(task) ? new Changed(task, Changed.How.SOMEHOW) : new Changed(task, Changed.How.ENDED, end(event));
        return new Changed(task, how(action));
    }

    private static Optional<Changed.End> end(JsonNode event) {
        var container = event.at("/Actor/ID").asText();
        var code = event.at("/Actor/Attributes/exitCode").asText();
        long nanos = event.path("timeNano").asLong();
        return container.isEmpty() || !code.matches("[0-9]{1,9}") || nanos <= 0
                ? Optional.empty()
                : Optional.of(new Changed.End(container, Integer.parseInt(code), Instant.ofEpochSecond(0, nanos)));
    }

    private static Changed.How how(String action) {
        return switch (action) {
            case "start" -> Changed.How.STARTED;
            case "destroy" -> Changed.How.REMOVED;
            default -> Changed.How.SOMEHOW;
        };
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
