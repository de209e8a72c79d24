package io.cardume.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A docker CLI, unmodified, talking to one server.
 *
 * @param binary  where the CLI is
 * @param version what it says of itself
 * @param server  what DOCKER_HOST is set to
 * @param certificates what DOCKER_CERT_PATH is set to, with TLS; empty = without
 */
public record Cli(Path binary, String version, String server, Optional<Path> certificates) {

    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final List<Path> PLACES = List.of(Path.of("/usr/bin/docker"), Path.of("/usr/local/bin/docker"));

    /** Every docker CLI of this machine, the newest last; at least one. Says which ones there are. */
    public static List<Cli> all(String server) {
        List<Cli> found = PLACES.stream().filter(Files::isExecutable)
                .map(binary -> new Cli(binary, versionOf(binary), server, Optional.empty()))
                .sorted((a, b) -> Integer.compare(a.major(), b.major())).toList();
        if (found.isEmpty()) {
            throw new IllegalStateException("no docker CLI at any of " + PLACES + ". Run: apt-get install -y docker.io");
        }
        return found;
    }

    /** Runs a command of the CLI. */
    public Ran run(String... arguments) {
        return run(LIMIT, arguments);
    }

    /** Runs a command of the CLI that may take this long. */
    public Ran run(Duration limit, String... arguments) {
        return Ran.of(limit, environment(), Stream.concat(Stream.of(binary.toString()), Stream.of(arguments)).toList());
    }

    /** Runs a command of the CLI with more in its environment. */
    public Ran run(Map<String, String> more, String... arguments) {
        Map<String, String> whole = new TreeMap<>(environment());
        whole.putAll(more);
        return Ran.of(LIMIT, whole, Stream.concat(Stream.of(binary.toString()), Stream.of(arguments)).toList());
    }

    /** Runs a command of the CLI that reads this file. */
    public Ran runWith(Path input, String... arguments) {
        return Ran.of(LIMIT, environment(), Stream.concat(Stream.of("sh", "-c", "exec \"$@\" <\"$0\"", input.toString(), binary.toString()),
                Stream.of(arguments)).toList());
    }

    /** Starts a command of the CLI whose output is followed while it runs, in this file. */
    public Process start(Path output, String... arguments) {
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same CLI, talking to another server. */
    public Cli at(String other) {
        return new Cli(binary, version, other, Optional.empty());
    }

    /** The same CLI, talking TLS to a server as a user. */
    public Cli at(String other, Path certificatesOfUser) {
        return new Cli(binary, version, other, Optional.of(certificatesOfUser));
    }

    /** The version's first number. */
    public int major() {
        return Integer.parseInt(version.replaceFirst("\\D.*", ""));
    }

    @Override
    public String toString() {
        return "docker CLI " + version;
    }

    /** What it is run with. */
    public Map<String, String> environment() {
        // A user's own configuration (contexts, plug-ins, formats) must not change what is seen.
        Map<String, String> environment = new TreeMap<>(
                Map.of("DOCKER_HOST", server, "DOCKER_CONFIG", "/nonexistent", "DOCKER_CONTEXT", "", "TZ", "UTC"));
        certificates.ifPresent(path -> environment.putAll(Map.of("DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", path.toString())));
        return environment;
    }

    private static String versionOf(Path binary) {
        return Ran.of(LIMIT, Map.of("DOCKER_HOST", "unix:///nonexistent", "DOCKER_CONFIG", "/nonexistent"),
                List.of(binary.toString(), "version", "--format", "{{.Client.Version}}")).out().strip();
    }
}
