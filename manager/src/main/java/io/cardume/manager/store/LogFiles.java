package io.cardume.manager.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's files as they lie on disk, looked through before Ratis opens them: Ratis takes a log that was cut short for
 * a whole one, and does not say which file is damaged.
 *
 * <p>A segment is eight bytes of header, then entries: length (varint), a {@link LogEntryProto}, CRC-32C of both in four
 * bytes. The open segment, {@code log_inprogress_FIRST}, may end in zeros; a closed one is {@code log_FIRST-LAST}.
 */
final class LogFiles {
    private static final Logger LOG = LoggerFactory.getLogger(LogFiles.class);
    private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
    private static final int CHECKSUM_BYTES = 4;
    private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_(\\d+)|(\\d+)-(\\d+))");
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");

    private record Segment(Path path, long first, boolean open) {}

    private record Snapshot(Path path, long index, long version) {}

    private final Path directory;
    private final long acknowledged;
    private final Path acknowledgedFile;
    private final Optional<Snapshot> snapshot;
    private final Keyring keyring;
    private final SortedSet<Integer> keys = new TreeSet<>();
    private long next = -1;
    private ByteString lastTransaction = ByteString.EMPTY;

    private LogFiles(Path directory, Acknowledged acknowledged, Keyring keyring, Optional<Snapshot> snapshot) {
        this.keyring = keyring;
        this.directory = directory;
        this.acknowledged = acknowledged.version();
        this.acknowledgedFile = acknowledged.path();
        this.snapshot = snapshot;
    }

    /**
     * Looks through all files of a group.
     *
     * @param group the group's directory; nothing is looked at if it does not exist
     * @param keyring what they are sealed with
     * @throws StoreException if a file is damaged, or less is there than was acknowledged, or a key is missing: says which file
     *     and what to do
     */
    static LogFiles check(Path group, Acknowledged acknowledged, Keyring keyring) throws StoreException {
        var snapshots = group.resolve("sm");
        if (!Files.isDirectory(group)) {
            if (acknowledged.version() > 0) throw new StoreException("the log's directory " + group + " is missing, but "
                    + acknowledged.version() + " transactions were acknowledged; put back all of " + group.getParent()
                    + " from one backup, or, to begin anew, remove " + acknowledged.path());
            return new LogFiles(group.resolve("current"), acknowledged, keyring, Optional.empty());
        }
        try {
            var files = new LogFiles(group.resolve("current"), acknowledged, keyring, latestSnapshot(snapshots));
            for (Path snapshot : snapshots(snapshots)) files.needs(snapshot, head(snapshot).key());
            files.check();
            return files;
        } catch (IOException e) {
            throw new StoreException("the log in " + group + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void check() throws IOException, StoreException {
        for (Segment segment : segments(directory)) {
            if (next >= 0 && segment.first != next || next < 0 && segment.first > snapshotIndex() + 1)
                throw lost("the entries before " + segment.path + " are missing");
            next = segment.first;
            read(segment);
        }
        if (version() < acknowledged)
            throw lost("the log ends at transaction " + version() + ", but " + acknowledged + " was acknowledged:"
                    + " its last file was shortened, removed or replaced by an older one");
        if (next >= 0 && next <= snapshotIndex())
            throw lost("the log ends before its snapshot: its last file was shortened or replaced by an older one");
    }

    private void read(Segment segment) throws IOException, StoreException {
        var bytes = Files.readAllBytes(segment.path);
        int at = HEADER.length;
        if (bytes.length < at && segment.open && isZero(bytes, 0)) return;
        for (int i = 0; i < at; i++)
            if (i >= bytes.length || bytes[i] != HEADER[i]) {
                if (segment.open && isZero(bytes, i)) return;
                throw damaged(segment, 0, "its header is not that of a log");
            }
        while (at < bytes.length && bytes[at] != 0) {
            int length = 0;
            int body = at;
            for (int shift = 0; shift < 35 && body < bytes.length; shift += 7) {
                length |= (bytes[body] & 0x7f) << shift;
                if (bytes[body++] >= 0) break;
            }
            long end = (long) body + length + CHECKSUM_BYTES;
            if (length < 0) throw damaged(segment, at, "the length of the entry is negative");
            if (end > bytes.length) {
                if (segment.open) return;
                throw damaged(segment, at, "the file ends inside the entry");
            }
            var checksum = new CRC32C();
            checksum.update(bytes, at, body + length - at);
            if ((int) checksum.getValue() != ByteBuffer.wrap(bytes).getInt(body + length)) {
                if (segment.open && isZero(bytes, (int) end - 1) && version() >= acknowledged) {
                    forget(segment, at);
                    return;
                }
                throw damaged(segment, at, "the entry does not match its checksum");
            }
            var entry = LogEntryProto.parseFrom(ByteBuffer.wrap(bytes, body, length));
            if (entry.getIndex() != next) throw damaged(segment, at, "it is entry " + entry.getIndex() + " where " + next + " is due");
            next++;
            if (entry.hasStateMachineLogEntry()) {
                var due = lastTransaction.isEmpty() ? Optional.<Long>empty() : Optional.of(versionOf(lastTransaction) + 1);
                var data = entry.getStateMachineLogEntry().getLogData();
                prove(segment, at, data.toByteArray(), due);
                lastTransaction = data;
            }
            at = (int) end;
        }
        if (!isZero(bytes, at)) throw damaged(segment, at, "there is something after the end of the log");
    }

    private static boolean isZero(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) if (bytes[i] != 0) return false;
        return true;
    }

    /** A process that died while it wrote leaves the beginning of an entry that nobody was told of. */
    private void forget(Segment segment, long at) throws IOException {
        LOG.warn("{} ends in an entry that was never written whole and never acknowledged; it is cut off at byte {}",
                segment.path, at);
        try (var file = new RandomAccessFile(segment.path.toFile(), "rw")) {
            file.setLength(at);
            file.getFD().sync();
        }
    }

    private long snapshotIndex() {
        return snapshot.map(Snapshot::index).orElse(-1L);
    }

    /** The last version found so far. */
    private long version() throws IOException {
        long inSnapshot = snapshot.map(Snapshot::version).orElse(0L);
        return lastTransaction.isEmpty() ? inSnapshot
                : Math.max(inSnapshot, versionOf(lastTransaction));
    }

    private static long versionOf(ByteString transaction) throws IOException {
        return Seal.headOfEntry(transaction.toByteArray()).version();
    }

    /** An entry is what was sealed, and where it was put. */
    private void prove(Segment segment, long at, byte[] transaction, Optional<Long> due) throws StoreException, IOException {
        try {
            var head = Seal.headOfEntry(transaction);
            needs(segment.path, head.key());
            keyring.seal().open(transaction);
            if (due.isEmpty() || due.get() == head.version()) return;
            throw new IOException("it is transaction " + head.version() + " where " + due.get() + " is due");
        } catch (IOException e) {
            if (!lastTransaction.isEmpty()) throw damaged(segment, at, e.getMessage());
            // Not to be answered by cutting the log off: most likely all of it is well.
            throw new StoreException("the log cannot be read: " + segment.path + ", byte " + at + ": " + e.getMessage() + ", or "
                    + keyring.path() + " are the keys of another log; " + remedy(), e);
        }
    }

    private void needs(Path file, int key) throws StoreException {
        if (!keys.add(key) || keyring.seal().has(key)) return;
        throw new StoreException(file + " is sealed with key " + key + ", which is not in " + keyring.path()
                + ": the one is older than the other; " + restore());
    }

    /** The keys that something on disk is sealed with. */
    Set<Integer> keys() {
        return keys;
    }

    private StoreException damaged(Segment segment, long at, String why) throws IOException {
        var remedy = holdsEverything() || !segment.open ? ""
                : "; without one, \"truncate -s " + at + " " + segment.path + "\" and \"rm " + acknowledgedFile
                        + "\" go back to transaction " + version();
        return new StoreException("the log is damaged: " + segment.path + ", byte " + at + ": " + why + "; " + remedy() + remedy);
    }

    private StoreException lost(String why) {
        var remedy = holdsEverything() ? "" : "; or, to go on without what is lost, remove " + acknowledgedFile;
        return new StoreException("the log in " + directory + " is not whole: " + why + "; " + remedy() + remedy);
    }

    private boolean holdsEverything() {
        return snapshot.isPresent() && snapshot.get().version >= acknowledged;
    }

    private String remedy() {
        return holdsEverything()
                ? "its snapshot " + snapshot.get().path + " holds everything that was acknowledged, so remove " + directory
                        + "/log_* and start again"
                : restore();
    }

    private String restore() {
        return "put back all of " + keyring.path().getParent() + " from one backup";
    }

    private static List<Segment> segments(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) return List.of();
        try (Stream<Path> files = Files.list(directory)) {
            return files.flatMap(LogFiles::segment).sorted(Comparator.comparingLong(Segment::first)).toList();
        }
    }

    private static Stream<Segment> segment(Path path) {
        Matcher name = SEGMENT.matcher(path.getFileName().toString());
        if (!name.matches()) return Stream.empty();
        boolean open = name.group(1) != null;
        return Stream.of(new Segment(path, Long.parseLong(name.group(open ? 1 : 2)), open));
    }

    private static Optional<Snapshot> latestSnapshot(Path directory) throws IOException, StoreException {
        var latest = snapshots(directory).stream().max(Comparator.comparingLong(LogFiles::index));
        if (latest.isEmpty()) return Optional.empty();
        return Optional.of(new Snapshot(latest.get(), index(latest.get()), head(latest.get()).version()));
    }

    private static List<Path> snapshots(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) return List.of();
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> SNAPSHOT.matcher(file.getFileName().toString()).matches())
                    .filter(file -> Files.exists(file.resolveSibling(file.getFileName() + ".md5"))).toList();
        }
    }

    private static Seal.Head head(Path path) throws StoreException {
        try (var in = new BufferedInputStream(Files.newInputStream(path))) {
            return Seal.headOfSnapshot(in);
        } catch (IOException e) {
            throw new StoreException("the snapshot " + path + " is damaged: " + e.getMessage()
                    + "; put back all of the data directory from one backup", e);
        }
    }

    private static long index(Path snapshot) {
        var name = SNAPSHOT.matcher(snapshot.getFileName().toString());
        if (!name.matches()) throw new IllegalArgumentException("not a snapshot: " + snapshot);
        return Long.parseLong(name.group(2));
    }
}
