package io.cardume.manager.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The right to use a directory, held by one process at a time; the system takes it back when the process dies. */
final class DirectoryLock implements AutoCloseable {
    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the lock, or says who is in the way. */
    static DirectoryLock take(Path directory) throws StoreException {
        var file = directory.resolve("lock");
        try {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() != null) return new DirectoryLock(channel);
            } catch (OverlappingFileLockException e) {
                channel.close();
                throw inUse(directory, e);
            }
            channel.close();
        } catch (IOException e) {
            throw new StoreException("the lock " + file + " cannot be taken: " + e.getMessage(), e);
        }
        throw inUse(directory, null);
    }

    private static StoreException inUse(Path directory, Exception cause) {
        return new StoreException("another manager uses " + directory
                + "; stop it, or give this one a data directory of its own", cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
