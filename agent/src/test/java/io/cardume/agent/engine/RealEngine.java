package io.cardume.agent.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A real dockerd for tests, in network, process and mount namespaces of its own: nothing it does is seen on the host, and
 * when it is closed nothing of it is left. Needs root and Debian's packages docker.io and busybox-static.
 */
public final class RealEngine implements AutoCloseable {
    /** Its default command waits for a file that says how to end. */
    public static final String IMAGE = "cardume/test:1";

    private static final String DOCKERD = "/usr/sbin/dockerd";
    private static final String DOCKER = "/usr/bin/docker";
    private static final String BUSYBOX = "/bin/busybox";
    private static final Duration START = Duration.ofSeconds(60);
    private static final String TASK = """
            #!/bin/sh
            trap 'exit 0' TERM
            while [ ! -f /exit ]; do sleep 0.05; done
            exit $(cat /exit)
            """;

    private final Path home;
    private final List<Process> daemons = new ArrayList<>();

    /** Starts it, and puts {@link #IMAGE} into it. */
    public RealEngine() throws IOException {
        for (String needed : List.of(DOCKERD, DOCKER, BUSYBOX))
            if (!Files.isExecutable(Path.of(needed)))
                throw new IllegalStateException(
                        needed + " is missing: apt-get install -y docker.io busybox-static iproute2");
        if (!"root".equals(System.getProperty("user.name")))
            throw new IllegalStateException("tests with a real engine need root: they make namespaces");
        home = Files.createTempDirectory("cardume-engine");
        start();
        importImage();
    }

    /** Where it listens. */
    public String host() {
        return "unix://" + home.resolve("docker.sock");
    }

    /** Starts it, or starts it again after {@link #kill}, with the same data. */
    public void start() throws IOException {
        Files.deleteIfExists(home.resolve("pid"));
        delete(home.resolve("exec"));
        Files.createDirectories(Path.of("/run/docker"));
        Files.createDirectories(Path.of("/etc/docker"));
        Files.createDirectories(home.resolve("etc"));
        String script = "ip link set lo up && mount -t tmpfs none /run/docker && mount --bind $HOME/etc /etc/docker"
                + " && exec " + DOCKERD + " --data-root $HOME/data --exec-root $HOME/exec --cgroup-parent " + cgroup() + " --pidfile $HOME/pid"
                + " --node-generic-resource gpu=UUID1 --node-generic-resource gpu=UUID2 --node-generic-resource ssd=3 -H " + host();
        var builder = new ProcessBuilder(
                        "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "sh", "-c", script)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("log").toFile()));
        builder.environment().put("HOME", home.toString());
        Process daemon = builder.start();
        daemons.add(daemon);
        Instant end = Instant.now().plus(START);
        while (!answers()) {
            if (!daemon.isAlive() || Instant.now().isAfter(end))
                throw new IllegalStateException("dockerd does not answer: " + Files.readString(home.resolve("log")));
            LockSupport.parkNanos(50_000_000);
        }
    }

    private String cgroup() {
        return "/" + home.getFileName();
    }

    private boolean answers() {
        return run(List.of("version")) == 0;
    }

    /** SIGKILLs it, with all its containers; nothing of it is alive when this returns. */
    public void kill() {
        daemons.forEach(daemon -> {
            // The child is the first process of the namespace: it has ended only when all others have.
            daemon.children().forEach(ProcessHandle::destroyForcibly);
            try {
                daemon.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        daemons.clear();
    }

    /** Runs the docker CLI against it; it must succeed. */
    public void docker(String... arguments) {
        int code = run(List.of(arguments));
        if (code != 0) throw new IllegalStateException("docker " + String.join(" ", arguments) + " ended with " + code + ": " + output());
    }

    private int run(List<String> arguments) {
        var command = new ArrayList<>(List.of(DOCKER, "-H", host()));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("out").toFile())
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the last docker command printed. */
    public String output() {
        try {
            return Files.readString(home.resolve("out"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void importImage() throws IOException {
        Path root = home.resolve("root");
        Path bin = Files.createDirectories(root.resolve("bin"));
        Files.createDirectories(root.resolve("tmp"));
        Files.createDirectories(root.resolve("etc"));
        Files.copy(Path.of(BUSYBOX), bin.resolve("busybox"));
        for (String applet : List.of("sh", "cat", "sleep", "test", "touch", "id", "hostname", "env", "pwd", "httpd", "ls", "tty"))
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        Files.writeString(bin.resolve("task"), TASK);
        Files.setPosixFilePermissions(bin.resolve("task"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Path tar = home.resolve("image.tar");
        int code;
        try {
            code = new ProcessBuilder("tar", "-C", root.toString(), "-cf", tar.toString(), ".").inheritIO().start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (code != 0) throw new IllegalStateException("tar ended with " + code);
        docker("import", "-c", "CMD [\"/bin/task\"]", tar.toString(), IMAGE);
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
            Instant end = Instant.now().plus(START);
            for (Path hierarchy : hierarchies.toList()) {
                Path group = Path.of(hierarchy + cgroup());
                for (delete(group); Files.exists(group) && Instant.now().isBefore(end); delete(group))
                    LockSupport.parkNanos(20_000_000); // its last processes are still dying
            }
            delete(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a tree as far as it can be deleted; in a control group only the directories can. */
    private static void delete(Path tree) throws IOException {
        if (!Files.isDirectory(tree)) return;
        try (Stream<Path> files = Files.walk(tree)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (UncheckedIOException e) {
            // something in it went away by itself
        }
    }
}
