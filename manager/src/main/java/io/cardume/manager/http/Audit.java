package io.cardume.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cardume.api.AuditEntry;
import io.cardume.api.Json;
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
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed what: one line of JSON for each request that was to change something, in files that only their owner may read. A
 * request is answered when its line is written, or after a second: a disk that is slow keeps nobody from working.
 */
public final class Audit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    /** Entries one may ask for. */
    static final int REMEMBERED = 1_000;
    private static final int QUEUE = 4_096;
    private static final int FILES = 8;
    private static final long PATIENCE_MILLIS = 1_000;
    /** Callers who prove nothing may fill no more of the files than so many entries at once, and one a second. */
    private static final int NOBODYS = 60;

    private record Waiting(AuditEntry entry, CompletableFuture<Void> written) {}

    private final Path file;
    private final long largest;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Deque<AuditEntry> last = new ArrayDeque<>();
    private final AtomicLong leftOut = new AtomicLong();
    private final Thread writer = new Thread(this::write, "audit");
    private long nobodys = NOBODYS;
    private long refilled = System.nanoTime();
    private volatile boolean closing;
    private boolean failing;

    /**
     * Goes on with what is there.
     *
     * @param file the newest lines; older ones are in {@code file.1} to {@code file.7}
     * @param largest bytes of one file
     * @throws IOException if the file cannot be read
     */
    public Audit(Path file, long largest) throws IOException {
        this.file = file;
        this.largest = largest;
        for (Path older : List.of(numbered(1), file)) if (Files.exists(older)) remember(older);
        writer.setDaemon(true);
        writer.start();
    }

    /** The same with files of 16 MiB. */
    public Audit(Path file) throws IOException {
        this(file, 16L << 20);
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    /** A line that was cut off by a crash is no entry. */
    private void remember(Path from) throws IOException {
        try (var lines = Files.lines(from, StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                try {
                    remember(Json.lenient().readValue(line.getBytes(StandardCharsets.ISO_8859_1), AuditEntry.class));
                } catch (IOException e) {
                    LOG.warn("{} has a line that is no entry", from);
                }
            });
        }
    }

    private void remember(AuditEntry entry) {
        synchronized (last) {
            last.addLast(entry);
            if (last.size() > REMEMBERED) last.removeFirst();
        }
    }

    /** The newest entries, the newest first. */
    List<AuditEntry> newest(int limit) {
        synchronized (last) {
            var newest = new ArrayList<AuditEntry>();
            for (var each = last.descendingIterator(); each.hasNext() && newest.size() < limit; ) newest.add(each.next());
            return newest;
        }
    }

    /** Writes an entry; returns when that is done, or after a second. */
    void add(AuditEntry entry) {
        if (entry.proof().isEmpty() && !mayNobody()) {
            leftOut.incrementAndGet();
            return;
        }
        var waiting = new Waiting(entry, new CompletableFuture<>());
        try {
            if (!queue.offer(waiting, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                leftOut.incrementAndGet();
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

    private synchronized boolean mayNobody() {
        long seconds = (System.nanoTime() - refilled) / 1_000_000_000L;
        nobodys = Math.min(NOBODYS, nobodys + seconds);
        refilled += seconds * 1_000_000_000L;
        if (nobodys == 0) return false;
        nobodys--;
        return true;
    }

    private void write() {
        var waiting = new ArrayList<Waiting>();
        try {
            while (!closing || !queue.isEmpty()) {
                var first = queue.poll(200, TimeUnit.MILLISECONDS);
                if (first == null) continue;
                waiting.add(first);
                queue.drainTo(waiting);
                write(waiting);
                waiting.clear();
            }
        } catch (InterruptedException e) {
            LOG.warn("the audit log was interrupted");
        }
    }

    private void write(List<Waiting> waiting) {
        var text = new StringBuilder();
        var entries = new ArrayList<AuditEntry>();
        for (Waiting each : waiting) {
            var entry = each.entry.after(leftOut.getAndSet(0));
            entries.add(entry);
            text.append(line(entry)).append('\n');
        }
        try {
            if (Files.exists(file) && Files.size(file) > largest) rotate();
            append(text.toString().getBytes(StandardCharsets.UTF_8));
            failing = false;
            entries.forEach(this::remember);
        } catch (IOException e) {
            leftOut.addAndGet(entries.size() + entries.stream().mapToLong(entry -> entry.leftOut().orElse(0L)).sum());
            if (!failing) LOG.error("{} cannot be written, and what is done is in no audit log: {}", file, e.toString());
            failing = true;
        }
        waiting.forEach(each -> each.written.complete(null));
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

    /** Writes what is waiting, then stops. */
    @Override
    public void close() {
        closing = true;
        try {
            writer.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
