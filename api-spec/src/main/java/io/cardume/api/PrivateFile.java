package io.cardume.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that only their owner may read, and that are replaced whole or not at all. */
public final class PrivateFile {
    private PrivateFile() {}

    /**
     * Puts bytes in the place of what a file held, mode 0600: written beside, flushed, renamed. After a loss of power
     * there is the old file or the new one.
     */
    public static void replace(Path file, byte[] bytes) throws IOException {
        var beside = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(beside);
        try (var out = FileChannel.open(beside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) out.write(left);
            out.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (var directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** The same with a text and a line's end after it. */
    public static void replace(Path file, String text) throws IOException {
        replace(file, (text + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
