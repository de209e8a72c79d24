package io.cardume.manager.store;

import io.cardume.manager.cluster.ClusterState;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot while it is being written, beside its place: of a value that does not change, so on a thread of its own, while
 * more is stored. {@link #placed} puts it where it is found; until then there is none.
 */
final class SnapshotInWork {
    /** The end of the names of files that are being written. */
    static final String UNFINISHED = ".unfinished";
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotInWork.class);

    /**
     * @param md5 of the file, for Ratis
     * @param weight how many bytes its state has, not compressed
     */
    private record Written(MD5Hash md5, long weight) {}

    private final TermIndex of;
    private final Path file;
    private final FutureTask<Written> work;
    private final Thread thread;

    private SnapshotInWork(ClusterState state, TermIndex of, Path file, Seal seal) {
        this.of = of;
        this.file = file;
        this.work = new FutureTask<>(() -> write(state, seal));
        this.thread = Thread.ofPlatform().name("snapshot").daemon().unstarted(work);
    }

    /** Begins to write. */
    static SnapshotInWork begin(ClusterState state, TermIndex of, Path file, Seal seal) {
        var begun = new SnapshotInWork(state, of, file, seal);
        begun.thread.start();
        return begun;
    }

    /** The last entry that is in it. */
    TermIndex of() {
        return of;
    }

    /** Whether it is written, or could not be. */
    boolean isDone() {
        return work.isDone();
    }

    private Path unfinished() {
        return file.resolveSibling(file.getFileName() + UNFINISHED);
    }

    private Written write(ClusterState state, Seal seal) throws IOException {
        long began = System.nanoTime();
        var digest = MD5FileUtil.newMD5();
        long weight;
        try (var channel = FileChannel.open(unfinished(), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            var out = new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), digest), 1 << 16);
            try (var sealed = seal.snapshot(state.version(), out)) {
                weight = StateCodec.write(state, sealed);
            }
            channel.force(true);
            LOG.info("a snapshot of transaction {} has {} bytes and took {} ms", state.version(), channel.size(), Duration.ofNanos(System.nanoTime() - began).toMillis());
        }
        return new Written(MD5Hash.newInstance(digest.digest()), weight);
    }

    /** How many bytes its state has, not compressed, once it is placed. */
    long weight() {
        return work.resultNow().weight;
    }

    /** Puts it in its place, once it is written; waits until then. */
    SingleFileSnapshotInfo placed() throws IOException {
        try {
            var md5 = work.get().md5;
            MD5FileUtil.saveMD5File(file.toFile(), md5);
            Files.move(unfinished(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(file.getParent());
            return new SingleFileSnapshotInfo(new FileInfo(file, md5), of);
        } catch (ExecutionException e) {
            Files.deleteIfExists(unfinished());
            throw new IOException("the snapshot " + file + " could not be written: " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the snapshot " + file + " was written", e);
        }
    }

    /** Gives it up. */
    void abandon() throws IOException {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(unfinished());
    }

    private static void force(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
