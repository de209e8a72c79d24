package io.cardume.agent.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.cardume.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives every call an end: unix sockets know no timeouts, so each call runs on a virtual thread that is interrupted when
 * its time is up. Turns what goes wrong into {@link EngineException}s with the engine's own words.
 */
final class EngineCalls {
    private final String host;

    EngineCalls(String host) {
        this.host = host;
    }

    /** The result of a call that must end within a limit; {@code what} names it in messages. */
    <T> T within(Duration limit, String what, Callable<T> call) throws EngineException {
        var task = new FutureTask<>(call);
        Thread.ofVirtual().name("engine: " + what).start(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new EngineException(
                    EngineException.Kind.UNREACHABLE,
                    "the engine at " + host + " did not answer within " + limit.toMillis() + " ms: " + what,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNREACHABLE, "interrupted: " + what, e);
        } catch (ExecutionException e) {
            throw fault(e.getCause());
        } finally {
            task.cancel(true);
        }
    }

    /**
     * The result of a long call that must not be silent for longer than a limit; it tells of news by setting
     * {@code heard} to {@link System#nanoTime()}.
     */
    <T> T whileHeard(Duration silence, String what, AtomicLong heard, Callable<T> call) throws EngineException {
        var task = new FutureTask<>(call);
        Thread.ofVirtual().name("engine: " + what).start(task);
        try {
            while (true) {
                long left = silence.toNanos() - (System.nanoTime() - heard.get());
                if (left <= 0)
                    throw new EngineException(
                            EngineException.Kind.UNREACHABLE,
                            "the engine at " + host + " was silent for " + silence.toMillis() + " ms: " + what);
                try {
                    return task.get(left, TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    // there may have been news meanwhile
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNREACHABLE, "interrupted: " + what, e);
        } catch (ExecutionException e) {
            throw fault(e.getCause());
        } finally {
            task.cancel(true);
        }
    }

    /** The response, if it is a success; else it is closed and thrown with the engine's message. */
    Response checked(Response response) throws EngineException {
        if (response.getStatusCode() < 300) return response;
        try (response) {
            var body = new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
            throw refusal(response.getStatusCode(), body, null);
        } catch (IOException e) {
            throw fault(e);
        }
    }

    /** What went wrong, in this room's words. */
    EngineException fault(Throwable cause) {
        return switch (cause) {
            case EngineException known -> known;
            default -> new EngineException(
                    EngineException.Kind.UNREACHABLE, "cannot reach the engine at " + host + ": " + root(cause), cause);
        };
    }

    /** A refusal by its status of HTTP and the body that explains it. */
    static EngineException refusal(int status, String body, Throwable cause) {
        var kind = switch (status) {
            case 404 -> EngineException.Kind.NOT_FOUND;
            case 409 -> EngineException.Kind.CONFLICT;
            case 502, 503, 504 -> EngineException.Kind.UNREACHABLE;
            default -> EngineException.Kind.REFUSED;
        };
        return new EngineException(kind, words(status, body), cause);
    }

    /** The message inside the engine's JSON error; docker-java puts "Status 404: " before it. */
    private static String words(int status, String body) {
        int brace = body.indexOf('{');
        String message = brace < 0 ? "" : json(body.substring(brace)).path("message").asText("");
        if (!message.isEmpty()) return message.strip();
        return body.isBlank() ? "the engine answered with status " + status : body.strip();
    }

    private static JsonNode json(String text) {
        try {
            return Json.lenient().readTree(text);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static String root(Throwable cause) {
        Throwable deepest = cause;
        while (deepest.getCause() != null) deepest = deepest.getCause();
        return deepest.getMessage() == null ? deepest.getClass().getSimpleName() : deepest.getMessage();
    }
}
