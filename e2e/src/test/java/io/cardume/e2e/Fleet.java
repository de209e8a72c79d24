package io.cardume.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Several hosts on this machine, each with a real engine: made and unmade by {@code e2e/bin/fleet}, which says how.
 *
 * <p>Only one fleet can use a directory at a time. What an earlier run left is removed first; what this one leaves
 * is removed by {@link #close()}, or, should this process die, by a guard that outlives it.
 */
public final class Fleet implements AutoCloseable {

    /** The number of the host that has no engine and is the manager's. */
    public static final int MANAGER = 100;
    /** The address that this machine has among the hosts ends with this number; nothing listens there. */
    private static final int MACHINE = 250;
    private static final Duration LIMIT = Duration.ofSeconds(300);

    private final Map<String, String> environment;
    private final Path directory;
    private final FileLock lock;
    private final List<Host> hosts;

    private Fleet(Map<String, String> environment, Path directory, FileLock lock, int hosts) {
        this.environment = environment;
        this.directory = directory;
        this.lock = lock;
        this.hosts = IntStream.rangeClosed(1, hosts).mapToObj(number -> new Host(this, number)).toList();
    }

    /** Brings up hosts 1 to the number given, with engines that keep containers alive while they restart. */
    public static Fleet start(int hosts) {
        return start(hosts, "{\"live-restore\": true, \"insecure-registries\": [\"10.0.0.0/8\"], \"labels\": [\"rack=HOST\"]}");
    }

    /**
     * Brings up hosts 1 to the number given.
     *
     * @param daemonJson every engine's settings; the word HOST in it stands for the host's name
     */
    public static Fleet start(int hosts, String daemonJson) {
        Path directory = Path.of(Optional.ofNullable(System.getenv("FLEET_DIR")).orElse("/tmp/cardume-fleet"));
        Fleet fleet = new Fleet(Map.of("FLEET_DAEMON_JSON", daemonJson, "FLEET_DIR", directory.toString()),
                directory, lock(Path.of(directory + ".lock")), hosts);
        try {
            fleet.script("up", String.valueOf(hosts));
            fleet.script("host", String.valueOf(MANAGER));
            fleet.script("guard", String.valueOf(ProcessHandle.current().pid()));
            return fleet;
        } catch (AssertionError e) {
            fleet.close();
            throw e;
        }
    }

    /** The hosts with an engine, in the order of their numbers. */
    public List<Host> hosts() {
        return hosts;
    }

    /** The host with this number, from 1. */
    public Host host(int number) {
        return hosts.get(number - 1);
    }

    /** The host of the manager: no engine, and an address of its own. */
    public Host manager() {
        return new Host(this, MANAGER);
    }

    /** An address that every host reaches and where nothing listens: connections are refused at once. */
    public String nobody() {
        return address(MACHINE);
    }

    /** The source tree, which holds {@code bin/} and {@code e2e/}. */
    public static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("e2e/bin/fleet"))) {
            here = Optional.ofNullable(here.getParent())
                    .orElseThrow(() -> new IllegalStateException("not inside the source tree: " + Path.of("").toAbsolutePath()));
        }
        return here;
    }

    @Override
    public void close() {
        try {
            keepLogs();
            script("down");
            lock.acquiredBy().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was logged on the hosts outlives them, for whoever asks why a test failed. */
    private void keepLogs() throws IOException {
        Path kept = root().resolve("e2e/target/fleet-logs");
        Files.createDirectories(kept);
        for (int number : IntStream.concat(hosts.stream().mapToInt(Host::number), IntStream.of(MANAGER)).toArray()) {
            if (!Files.isDirectory(directory(number))) {
                continue;
            }
            try (Stream<Path> logs = Files.list(directory(number))) {
                for (Path log : logs.filter(file -> file.toString().endsWith(".log")).toList()) {
                    Files.copy(log, kept.resolve("h" + number + "-" + log.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    String address(int host) {
        return Optional.ofNullable(System.getenv("FLEET_NET")).orElse("10.88.0") + "." + host;
    }

    Path directory(int host) {
        return directory.resolve("h" + host);
    }

    String script(String... arguments) {
        return script(LIMIT, List.of(arguments)).ok().out().strip();
    }

    Ran script(Duration limit, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(root().resolve("e2e/bin/fleet").toString()));
        command.addAll(arguments);
        return Ran.of(limit, environment, command);
    }

    private static FileLock lock(Path file) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return Optional.ofNullable(channel.tryLock()).orElseThrow(() -> new IllegalStateException(
                    "another run uses the fleet behind " + file
                            + "; wait for its end, or set FLEET_DIR, FLEET_PREFIX and FLEET_NET to others"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
