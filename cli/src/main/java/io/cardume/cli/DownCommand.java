package io.cardume.cli;

import io.cardume.api.GoDuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stops what {@code bin/up} started, by the process ids it wrote down. */
@Command(
        name = "down",
        description = {
            "Stops what bin/up started on this host.",
            "Containers keep running, and the next bin/up adopts them; with --engine the Docker engine that bin/up started",
            "is stopped too, and its containers with it."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DownCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(50);

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/cardume",
            description = {"The data directory of bin/up.", "CARDUME_DATA_DIR, default /var/lib/cardume"})
    private Path dataDir;

    @Option(
            names = "--engine",
            defaultValue = "false",
            description = {
                "Also stop the Docker engine, if bin/up started it.",
                "CARDUME_ENGINE, true or false, default false"
            })
    private boolean engine;

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = {
                "How long to wait for each process to end before giving up.",
                "CARDUME_WAIT, duration such as 30s, default 30s"
            })
    private Duration limit;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean stopped = stop("cardume", dataDir.resolve("cardume.pid"), "io.cardume.cli.Cardume");
        if (engine) stopped &= stop("the Docker engine", dataDir.resolve("dockerd.pid"), "dockerd");
        return stopped ? 0 : 1;
    }

    /** Whether it does not run any more. The program's name in its command line guards against an id that another process has by now. */
    private boolean stop(String what, Path pidFile, String program) throws IOException, InterruptedException {
        var out = spec.commandLine().getErr();
        var process = process(pidFile, program);
        if (process.isEmpty()) {
            out.println(what + " does not run: no process of " + pidFile);
            Files.deleteIfExists(pidFile);
            return true;
        }
        process.get().destroy();
        long end = System.nanoTime() + limit.toNanos();
        while (process(pidFile, program).isPresent()) {
            if (System.nanoTime() > end) {
                out.println(what + " (process " + process.get().pid() + ") has not ended within "
                        + GoDuration.text(limit) + ". Wait on, or: kill -9 " + process.get().pid());
                return false;
            }
            Thread.sleep(POLL);
        }
        Files.deleteIfExists(pidFile);
        out.println(what + " stopped (process " + process.get().pid() + ")");
        return true;
    }

    /** The process, while it lives: one that has ended and was not yet taken note of by its parent has no command line. */
    private static Optional<ProcessHandle> process(Path pidFile, String program) throws IOException {
        if (!Files.isReadable(pidFile)) return Optional.empty();
        var text = Files.readString(pidFile).strip();
        var command = Path.of("/proc", text, "cmdline");
        if (!text.matches("\\d{1,10}") || !Files.isReadable(command)) return Optional.empty();
        try {
            if (!Files.readString(command).contains(program)) return Optional.empty();
        } catch (IOException e) { // it ended this moment
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(text));
    }
}
