package io.cardume.agent.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A directory whose files are in memory and nowhere else. Where it is not on a tmpfs by itself, as {@code /run} is on most
 * hosts, one is mounted on it.
 */
public final class MemoryDirectory {
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
    private static final long MOUNT_SECONDS = 10;

    private final Path path;

    /** At this absolute path; nothing is made before it is asked for. */
    public MemoryDirectory(Path path) {
        this.path = path;
    }

    /** Whether it is there already. */
    boolean exists() {
        return Files.isDirectory(path);
    }

    /**
     * The directory, made and mounted if need be.
     *
     * @throws IOException if it is not in memory and cannot be; says what to do
     */
    synchronized Path present() throws IOException {
        if (!exists())
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (isInMemory()) return path;
        var words = mount();
        if (!isInMemory())
            throw new IOException(path + " is not in memory, and no tmpfs can be mounted there: " + words
                    + "; mount a tmpfs on the host's " + path.getParent() + ", or run the agent as root outside containers");
        return path;
    }

    private boolean isInMemory() throws IOException {
        return IN_MEMORY.contains(Files.getFileStore(path).type());
    }

    private String mount() throws IOException {
        var mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "mode=0700,nosuid,nodev,noexec", "cardume", path.toString())
                .redirectErrorStream(true).start();
        mount.getOutputStream().close();
        try {
            if (!mount.waitFor(MOUNT_SECONDS, TimeUnit.SECONDS)) {
                mount.destroyForcibly();
                return "mount did not end within " + MOUNT_SECONDS + " s";
            }
            return new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().findFirst().orElse("").strip();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
