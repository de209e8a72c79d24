package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.AuditEntry;
import io.cardume.api.Json;
import io.cardume.manager.gate.Origin;
import io.cardume.manager.gate.Rates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed what: one line of JSON for each request that was to change something or was shown a key, in files that only their owner may
 * read. What was done, what was shown and what was refused are in files of their own, and of one caller only so much that was refused is
 * written: whoever is refused pushes nothing out. A request is answered when its line is written, or after a second: a disk that is slow keeps
 * nobody from working.
 */
public final class Audit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    /** Entries one may ask for. */
    static final int REMEMBERED = 1_000;
    private static final int QUEUE = 4_096;
    private static final int FILES = 8;
    private static final long PATIENCE_MILLIS = 1_000;
    /** Refused requests of one caller that are written: so many at once, and one a second. Those who prove nothing are one caller. */
    private static final int AT_ONCE = 60;
    private static final Origin NOBODY = new Origin("nobody");

    /** What an entry tells of. */
    private enum Kind {
        DONE(""), SHOWN("-shown"), REFUSED("-refused");

        private final String suffix;

        Kind(String suffix) {
            this.suffix = suffix;
        }

        /** Of what failed and has changed something all the same it is that which counts. */
        private static Kind of(AuditEntry entry) {
            if (entry.status() >= 400 && entry.objects().isEmpty()) return REFUSED;
            return entry.method().equals("GET") ? SHOWN : DONE;
        }
    }

    /** What the writer is told. */
    private sealed interface Told {
        /** To write an entry. */
        record Waiting(AuditEntry entry, Kind kind, CompletableFuture<Void> written) implements Told {}

        /** To look whether it is to end. */
        record Look() implements Told {}
    }

    private record Kept(long number, AuditEntry entry) {}

    private final SortedMap<Kind, Trail> trails = new TreeMap<>();
    private final BlockingQueue<Told> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Rates refused = new Rates(1, AT_ONCE, System::nanoTime);
    private final Thread writer = new Thread(this::write, "audit");
    private long number;
    private volatile boolean closing;

    /**
     * Goes on with what is there.
     *
     * @param file the newest lines of what was done, {@code NAME.log}; older ones are in {@code NAME.log.1} to {@code .7}, and beside them
     *     {@code NAME-shown.log} and {@code NAME-refused.log}, likewise
     * @param largest bytes of one file
     * @throws IOException if a file cannot be read
     */
    public Audit(Path file, long largest) throws IOException {
        var before = new ArrayList<Map.Entry<Kind, AuditEntry>>();
        for (Kind kind : Kind.values()) {
            var trail = new Trail(file.resolveSibling(file.getFileName().toString().replaceFirst("(\\.[a-z]+)?$", kind.suffix + "$1")), largest);
            trails.put(kind, trail);
            for (AuditEntry entry : trail.read()) before.add(Map.entry(kind, entry));
        }
        before.sort(Comparator.comparing(one -> one.getValue().at()));
        for (var one : before) trails.get(one.getKey()).remember(new Kept(number++, one.getValue()));
        writer.setDaemon(true);
        writer.start();
    }

    /** The same with files of 16 MiB. */
    public Audit(Path file) throws IOException {
        this(file, 16L << 20);
    }

    /** The newest entries of all kinds, the newest first. */
    List<AuditEntry> newest(int limit) {
        return trails.values().stream().flatMap(trail -> trail.remembered().stream())
                .sorted(Comparator.comparingLong(Kept::number).reversed()).limit(limit).map(Kept::entry).toList();
    }

    /** Writes an entry; returns when that is done, or after a second. */
    void add(AuditEntry entry) {
        var kind = Kind.of(entry);
        var trail = trails.get(kind);
        if ((kind == Kind.REFUSED || entry.proof().isEmpty()) && !refused.take(caller(entry)).isZero()) {
            trail.leftOut.incrementAndGet();
            return;
        }
        var waiting = new Told.Waiting(entry, kind, new CompletableFuture<>());
        try {
            if (!queue.offer(waiting, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                trail.leftOut.incrementAndGet();
                LOG.error("{} {} by {} is in no audit log: the disk does not keep up", entry.method(), entry.path(), entry.user().map(Object::toString).orElse(entry.from()));
                return;
            }
            waiting.written.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // It is written as soon as the disk takes it; what becomes of it is in the log.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Origin caller(AuditEntry entry) {
        if (entry.proof().isEmpty()) return NOBODY;
        return new Origin(entry.user().map(user -> "user " + user).orElse("this host"));
    }

    private void write() {
        var told = new ArrayList<Told>();
        try {
            while (!closing || !queue.isEmpty()) {
                told.add(queue.take());
                queue.drainTo(told);
                write(told.stream().flatMap(one -> one instanceof Told.Waiting waiting ? Stream.of(waiting) : Stream.empty()).toList());
                told.clear();
            }
        } catch (InterruptedException e) {
            LOG.warn("the audit log was interrupted");
        }
    }

    private void write(List<Told.Waiting> waiting) {
        var entries = new TreeMap<Kind, List<Kept>>();
        for (Told.Waiting each : waiting)
            entries.computeIfAbsent(each.kind, _ -> new ArrayList<>()).add(new Kept(number++, each.entry.after(trails.get(each.kind).leftOut.getAndSet(0))));
        entries.forEach((kind, all) -> trails.get(kind).write(all));
        waiting.forEach(each -> each.written.complete(null));
    }

    /** The files of one kind of entries, and the newest of these. Written by one thread. */
    private static final class Trail {
        private final Path file;
        private final long largest;
        private final Deque<Kept> last = new ArrayDeque<>();
        private final AtomicLong leftOut = new AtomicLong();
        private boolean failing;

        Trail(Path file, long largest) {
            this.file = file;
            this.largest = largest;
        }

        private Path numbered(int number) {
            return file.resolveSibling(file.getFileName() + "." + number);
        }

        /** The newest that were written before. A line that was cut off by a crash is no entry. */
        List<AuditEntry> read() throws IOException {
            var entries = new ArrayDeque<AuditEntry>();
            for (Path from : List.of(numbered(1), file)) {
                if (!Files.exists(from)) continue;
                try (var lines = Files.lines(from, StandardCharsets.ISO_8859_1)) {
                    lines.forEach(line -> {
                        try {
                            entries.addLast(Json.lenient().readValue(line.getBytes(StandardCharsets.ISO_8859_1), AuditEntry.class));
                            if (entries.size() > REMEMBERED) entries.removeFirst();
                        } catch (IOException e) {
                            LOG.warn("{} has a line that is no entry", from);
                        }
                    });
                }
            }
            return List.copyOf(entries);
        }

        synchronized void remember(Kept entry) {
            last.addLast(entry);
            if (last.size() > REMEMBERED) last.removeFirst();
        }

        synchronized List<Kept> remembered() {
            return List.copyOf(last);
        }

        void write(List<Kept> entries) {
            var text = new StringBuilder();
            entries.forEach(kept -> text.append(line(kept.entry)).append('\n'));
            try {
                if (Files.exists(file) && Files.size(file) > largest) rotate();
                append(text.toString().getBytes(StandardCharsets.UTF_8));
                failing = false;
                entries.forEach(this::remember);
            } catch (IOException e) {
                leftOut.addAndGet(entries.size() + entries.stream().mapToLong(kept -> kept.entry.leftOut().orElse(0L)).sum());
                if (!failing) LOG.error("{} cannot be written, and what is done is in no audit log: {}", file, e.toString());
                failing = true;
            }
        }

        private static String line(AuditEntry entry) {
            try {
                return Json.lenient().writeValueAsString(entry);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("an entry cannot be written", e);
            }
        }

        private void append(byte[] lines) throws IOException {
            if (!Files.exists(file)) Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                channel.position(channel.size());
                if (cutOff(channel)) lines = concat(lines);
                for (var rest = ByteBuffer.wrap(lines); rest.hasRemaining(); ) channel.write(rest);
            }
        }

        /** Whether the last line has no end: the process or its host was ended while it was written. */
        private static boolean cutOff(FileChannel channel) throws IOException {
            if (channel.size() == 0) return false;
            var end = ByteBuffer.allocate(1);
            channel.read(end, channel.size() - 1);
            return end.get(0) != '\n';
        }

        private static byte[] concat(byte[] lines) {
            return ByteBuffer.allocate(lines.length + 1).put((byte) '\n').put(lines).array();
        }

        private void rotate() throws IOException {
            for (int number = FILES - 1; number > 1; number--)
                if (Files.exists(numbered(number - 1))) Files.move(numbered(number - 1), numbered(number), StandardCopyOption.REPLACE_EXISTING);
            Files.move(file, numbered(1), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Writes what is waiting, then stops. */
    @Override
    public void close() {
        closing = true;
        // In a full queue there is something to take without it.
        queue.offer(new Told.Look());
        try {
            writer.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
