package io.cardume.manager.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The version last acknowledged, in a file beside the log: a log that ends before it was cut short. It is written after
 * the log and not forced to disk, so after a loss of power it may say less than the log, never more.
 */
final class Acknowledged implements AutoCloseable {
    private static final int DIGITS = 20;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer line = ByteBuffer.allocateDirect(DIGITS + 1);
    private long version;

    private Acknowledged(Path path, FileChannel channel, long version) {
        this.path = path;
        this.channel = channel;
        this.version = version;
    }

    /** Opens the file in a directory; a missing or empty one says 0. */
    static Acknowledged open(Path directory) throws StoreException {
        var path = directory.resolve("acknowledged");
        try {
            var text = Files.exists(path) ? Files.readString(path).strip() : "";
            var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new Acknowledged(path, channel, text.isEmpty() ? 0 : Long.parseLong(text));
        } catch (IOException e) {
            throw new StoreException("the file " + path + " cannot be read: " + e.getMessage(), e);
        } catch (NumberFormatException e) {
            throw new StoreException("the file " + path + " is damaged: it should hold one number; remove it if the log"
                    + " beside it was not touched", e);
        }
    }

    /** Where it is. */
    Path path() {
        return path;
    }

    /** The version last acknowledged. */
    long version() {
        return version;
    }

    /** Everything up to a version is acknowledged from now on. */
    void now(long acknowledged) throws StoreException {
        version = acknowledged;
        long rest = acknowledged;
        for (int i = DIGITS - 1; i >= 0; i--, rest /= 10) line.put(i, (byte) ('0' + rest % 10));
        line.put(DIGITS, (byte) '\n').clear();
        try {
            channel.write(line, 0);
        } catch (IOException e) {
            throw new StoreException("the file " + path + " cannot be written: " + e.getMessage(), e);
        }
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
