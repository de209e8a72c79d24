package io.cardume.agent.net;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Copies;
import io.cardume.api.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The host's commands for its network, each ended at a limit.
 *
 * @param before what stands before each command; empty but for a network namespace that is not the agent's
 * @param limit how long a command may take, what it is given to read and what it says included
 */
public record Commands(List<String> before, Duration limit) {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /**
     * What a command said.
     *
     * @param exit its exit code
     * @param out its standard output
     * @param err its standard error
     */
    public record Output(int exit, String out, String err) {}

    public Commands {
        before = Copies.list(before);
    }

    /** Commands that may take ten seconds each. */
    public Commands(List<String> before) {
        this(before, LIMIT);
    }

    /** What a command says in JSON; an empty list if it says nothing. */
    public JsonNode json(String... command) throws LinkException {
        var text = must("", command);
        try {
            return Json.lenient().readTree(text.isBlank() ? "[]" : text);
        } catch (IOException e) {
            throw new LinkException(String.join(" ", command) + " says what cannot be understood: " + e.getMessage());
        }
    }

    /** What a command that is asked several things says in JSON, one answer each. */
    List<JsonNode> answers(List<String> questions, String... command) throws LinkException {
        var text = must(String.join("\n", questions) + "\n", command);
        try (var parser = Json.lenient().createParser(text)) {
            var answers = new ArrayList<JsonNode>();
            while (parser.nextToken() != null) answers.add(Json.lenient().readTree(parser));
            if (answers.size() == questions.size()) return answers;
            throw new LinkException(String.join(" ", command) + " gives " + answers.size() + " answers to " + questions);
        } catch (IOException e) {
            throw new LinkException(String.join(" ", command) + " says what cannot be understood: " + e.getMessage());
        }
    }

    /** What a command says; one that fails is an error with its words. */
    public String must(String input, String... command) throws LinkException {
        return succeeded(run(input, command), command);
    }

    private static String succeeded(Output output, String... command) throws LinkException {
        if (output.exit() != 0)
            throw new LinkException("`" + String.join(" ", command) + "` failed: "
                    + (output.err().isBlank() ? "exit code " + output.exit() : output.err().strip().replace('\n', ';')));
        return output.out();
    }

    /** Runs a command to its end. */
    public Output run(String input, String... command) throws LinkException {
        return ended(input, stream -> new String(stream.readAllBytes(), StandardCharsets.UTF_8), command);
    }

    /** Gives each line that a command says to somebody, keeping none; one that fails is an error with its words. */
    public void lines(Consumer<String> taker, String... command) throws LinkException {
        succeeded(ended("", stream -> {
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)).lines().forEach(taker);
            return "";
        }, command), command);
    }

    /** Runs a command to its end, which may say much that nobody hears: there is no output, but for its errors. */
    public Output unheard(String... command) throws LinkException {
        return ended("", stream -> {
            stream.transferTo(OutputStream.nullOutputStream());
            return "";
        }, command);
    }

    /** What is made of a command's output. */
    private interface Reading {
        String read(InputStream stream) throws IOException;
    }

    private Output ended(String input, Reading reading, String... command) throws LinkException {
        long end = System.nanoTime() + limit.toNanos();
        var words = String.join(" ", command);
        Process process;
        try {
            process = new ProcessBuilder(Stream.concat(before.stream(), Stream.of(command)).toList()).start();
        } catch (IOException e) {
            throw new LinkException.Missing("`" + command[0] + "` cannot be run, is it installed? " + e.getMessage());
        }
        try {
            var out = read(process.getInputStream(), reading);
            var err = read(process.getErrorStream(), stream -> new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            feed(process.getOutputStream(), input);
            if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) throw new TimeoutException();
            return new Output(process.exitValue(), out.get(end - System.nanoTime(), TimeUnit.NANOSECONDS), err.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            throw new LinkException("`" + words + "` did not end within " + limit.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new LinkException("`" + words + "` cannot be read: " + e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkException("interrupted: " + words);
        } finally {
            process.destroyForcibly();
        }
    }

    /** On a thread of its own, as a command that does not read would hold up who writes. */
    private static void feed(OutputStream stream, String input) {
        Thread.ofPlatform().daemon().name("command-input").start(() -> {
            try (stream) {
                stream.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It has ended already; its exit code and words say more.
            }
        });
    }

    /** Those of the agent's own network. */
    public static Commands here() {
        return new Commands(List.of());
    }

    private static CompletableFuture<String> read(InputStream stream, Reading reading) {
        var text = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            try {
                text.complete(reading.read(stream));
            } catch (IOException | UncheckedIOException e) {
                text.completeExceptionally(e);
            }
        });
        return text;
    }
}
