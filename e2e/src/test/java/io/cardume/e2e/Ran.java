package io.cardume.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that has ended, or was ended at its time limit.
 *
 * @param command what was run
 * @param exit    its exit code; {@link #TIMED_OUT} if it had to be killed
 * @param out     what it wrote to its standard output
 * @param err     what it wrote to its standard error
 */
public record Ran(List<String> command, int exit, String out, String err) {

    /** The exit code of a process that did not end in time. */
    public static final int TIMED_OUT = -1;

    /** Runs a command, with these additions to the environment, and waits for its end or the limit. */
    public static Ran of(Duration limit, Map<String, String> environment, List<String> command) {
        try {
            Path out = Files.createTempFile("ran", ".out");
            Path err = Files.createTempFile("ran", ".err");
            try {
                ProcessBuilder builder = new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile()).redirectError(err.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor();
                }
                return new Ran(command, ended ? process.exitValue() : TIMED_OUT, text(out), text(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command, e);
        }
    }

    /** This, if the process ended with 0; else an error that shows all it said. */
    public Ran ok() {
        if (exit != 0) {
            throw new AssertionError("should have succeeded: " + this);
        }
        return this;
    }

    /** This, if the process ended by itself with another code than 0; else an error that shows all it said. */
    public Ran fails() {
        if (exit == 0 || exit == TIMED_OUT) {
            throw new AssertionError("should have failed: " + this);
        }
        return this;
    }

    /** The lines of the standard output, without blank ones. */
    public List<String> lines() {
        return out.lines().filter(line -> !line.isBlank()).toList();
    }

    /** The one line that the standard output should consist of. */
    public String line() {
        if (lines().size() != 1) {
            throw new AssertionError("should have printed one line: " + this);
        }
        return lines().getFirst().strip();
    }

    @Override
    public String toString() {
        return String.join(" ", command) + "\n  " + (exit == TIMED_OUT ? "did not end in time" : "exit " + exit)
                + "\n  out: " + out.strip().indent(7).strip() + "\n  err: " + err.strip().indent(7).strip();
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
