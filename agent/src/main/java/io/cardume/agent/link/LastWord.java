package io.cardume.agent.link;

import io.cardume.api.ClusterId;
import io.cardume.api.Copies;
import io.cardume.api.Json;
import io.cardume.api.PrivateFile;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.NetworkOnNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the manager said last, on disk as {@code last-word}, so that an agent that is started while no manager is near goes
 * on from it. Registry logins and the bytes of secrets and configs are never in it. May be used from any thread.
 */
public final class LastWord implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LastWord.class);
    private static final Duration GATHER = Duration.ofMillis(500);

    /**
     * What was said.
     *
     * @param cluster whose manager said it
     * @param tasks all of the node's tasks
     * @param networks all networks they are on
     */
    public record Said(ClusterId cluster, List<AssignedTask> tasks, List<NetworkOnNode> networks) {
        public Said {
            tasks = Copies.list(tasks);
            networks = Copies.list(networks);
        }
    }

    private final Path file;
    /** Held by who is at the file, which may take long; never waited for by who only keeps. */
    private final Object atFile = new Object();
    private Optional<Said> unwritten = Optional.empty();
    private boolean writing;
    private boolean closed;

    LastWord(Path dir) {
        this.file = dir.resolve("last-word");
    }

    /** What was kept; empty if nothing was, or if it cannot be understood. */
    public Optional<Said> read() {
        synchronized (atFile) {
            return inFile();
        }
    }

    private Optional<Said> inFile() {
        try {
            return Files.exists(file) ? Optional.of(Json.lenient().readValue(Files.readAllBytes(file), Said.class)) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            LOG.warn("what the manager said last cannot be read from {}; a manager has to say it again: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /** Keeps it instead of what was kept; it is on disk soon, and when this is closed. */
    public synchronized void keep(Said said) {
        if (closed) return;
        unwritten = Optional.of(said);
        if (writing) return;
        writing = true;
        Thread.ofVirtual().name("last-word").start(() -> {
            LockSupport.parkNanos(GATHER.toNanos());
            write();
        });
    }

    /** Nothing was said any more. */
    void forget() throws IOException {
        synchronized (atFile) {
            taken();
            Files.deleteIfExists(file);
        }
    }

    private synchronized Optional<Said> taken() {
        var said = unwritten;
        unwritten = Optional.empty();
        writing = false;
        return said;
    }

    private void write() {
        synchronized (atFile) {
            taken().ifPresent(this::write);
        }
    }

    private void write(Said said) {
        try {
            // Environment variables may tell what is nobody else's business.
            PrivateFile.replace(file, Json.lenient().writeValueAsBytes(said));
        } catch (IOException e) {
            LOG.warn("what the manager said last cannot be kept in {}: {}", file, e.toString());
        }
    }

    /** Writes what is not written yet. */
    @Override
    public void close() {
        write();
        synchronized (this) {
            closed = true;
        }
    }
}
