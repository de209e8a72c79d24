package io.cardume.agent.net;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Copies;
import io.cardume.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The host's commands for its network, each ended at a limit.
 *
 * @param before what stands before each command; empty but for a network namespace that is not the agent's
 */
public record Commands(List<String> before) {
    private static final long LIMIT_SECONDS = 10;

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
        var output = run(input, command);
        if (output.exit() != 0)
            throw new LinkException("`" + String.join(" ", command) + "` failed: "
                    + (output.err().isBlank() ? "exit code " + output.exit() : output.err().strip().replace('\n', ';')));
        return output.out();
    }

    /** Runs a command to its end. */
    public Output run(String input, String... command) throws LinkException {
        try {
            var process = new ProcessBuilder(Stream.concat(before.stream(), Stream.of(command)).toList()).start();
            var out = read(process.getInputStream());
            var err = read(process.getErrorStream());
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It has ended already; its exit code and words say more.
            }
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new LinkException("`" + String.join(" ", command) + "` did not end within " + LIMIT_SECONDS + " s");
            }
            return new Output(process.exitValue(), out.get(), err.get());
        } catch (IOException e) {
            throw new LinkException("`" + command[0] + "` cannot be run, is it installed? " + e.getMessage());
        } catch (ExecutionException e) {
            throw new LinkException("`" + String.join(" ", command) + "` cannot be read: " + e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkException("interrupted: " + String.join(" ", command));
        }
    }

    /** Those of the agent's own network. */
    public static Commands here() {
        return new Commands(List.of());
    }

    private static CompletableFuture<String> read(InputStream stream) {
        var text = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            try {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(e);
            }
        });
        return text;
    }
}
