package io.cardume.agent.link;

import io.cardume.agent.trust.Identity;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.api.trust.Subject;
import io.cardume.api.PrivateFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who the agent is and whose containers it keeps, on disk: {@code node-id}, {@code cluster-id}, and
 * {@code ended-clusters} while containers of clusters that are no more may be left, and {@code last-word}. May be used from any thread.
 */
public final class Membership implements AutoCloseable {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LENGTH = 25;

    private final Path dir;
    private final NodeId node;
    private final Identity identity;
    private Optional<ClusterId> cluster;
    private final TreeSet<ClusterId> ended = new TreeSet<>();
    private final LastWord lastWord;
    private Optional<FileChannel> lock = Optional.empty();

    private Membership(Path dir, NodeId node, Identity identity, Optional<ClusterId> cluster, SortedSet<ClusterId> ended) {
        this.dir = dir;
        this.lastWord = new LastWord(dir);
        this.node = node;
        this.identity = identity;
        this.cluster = cluster;
        this.ended.addAll(ended);
    }

    /**
     * Reads it from a directory, which is made if missing; an agent without an id gets one.
     *
     * @param given the id to take instead of one of its own
     */
    public static Membership at(Path dir, Optional<NodeId> given) throws IOException {
        if (!Files.isDirectory(dir)) {
            Files.createDirectories(dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        NodeId node;
        if (given.isPresent()) node = given.get();
        else {
            var kept = read(dir.resolve("node-id"));
            node = kept.isEmpty() ? newNode() : new NodeId(kept.first());
            if (kept.isEmpty()) PrivateFile.replace(dir.resolve("node-id"), node.value());
        }
        var cluster = read(dir.resolve("cluster-id")).stream().findFirst().map(ClusterId::new);
        var ended = new TreeSet<ClusterId>();
        read(dir.resolve("ended-clusters")).forEach(id -> ended.add(new ClusterId(id)));
        return new Membership(dir, node, Identity.in(dir, node, InstantSource.system()), cluster, ended);
    }

    /**
     * Keeps other agents out of the directory until closed or the process ends: two with one id would take the node from
     * each other for ever.
     */
    public synchronized Membership alone() throws IOException {
        var file = dir.resolve("lock");
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) throw new OverlappingFileLockException();
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException("another agent uses the data directory " + dir, e);
        }
        lock = Optional.of(channel);
        return this;
    }

    @Override
    public synchronized void close() throws IOException {
        lastWord.close();
        if (lock.isPresent()) lock.get().close();
        lock = Optional.empty();
    }

    /** What the cluster's manager said last. */
    public LastWord lastWord() {
        return lastWord;
    }

    /** What the node proves itself with. */
    public Identity identity() {
        return identity;
    }

    /** The node's id. */
    public NodeId node() {
        return node;
    }

    /** The cluster it is a member of. */
    public synchronized Optional<ClusterId> cluster() {
        return cluster;
    }

    /** The cluster it is a member of, or has a certificate of to become one. */
    public synchronized Optional<ClusterId> belongsTo() {
        return cluster.or(() -> identity.held().flatMap(held -> Subject.of(held.chain().leaf())).map(subject -> new ClusterId(subject.organization())));
    }

    /** Clusters that are no more and of which containers may be left. */
    public synchronized SortedSet<ClusterId> ended() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(ended));
    }

    /** Becomes a member; if it was one of another cluster, that one has ended for this node. */
    public synchronized void join(ClusterId joined) throws IOException {
        if (cluster.equals(Optional.of(joined))) return;
        if (cluster.isPresent()) end(cluster.get());
        if (ended.remove(joined)) writeEnded();
        PrivateFile.replace(dir.resolve("cluster-id"), joined.value());
        cluster = Optional.of(joined);
    }

    /** A cluster is no more; what is left of it is still to be removed. */
    public synchronized void end(ClusterId gone) throws IOException {
        ended.add(gone);
        writeEnded();
        // Also where it was never known to be a member: who ended between its certificate and its welcome could not join another.
        forgetIdentityOf(gone);
        if (cluster.equals(Optional.of(gone))) {
            Files.deleteIfExists(dir.resolve("cluster-id"));
            lastWord.forget();
            cluster = Optional.empty();
        }
    }

    private void forgetIdentityOf(ClusterId gone) throws IOException {
        boolean itsOwn = identity.held().flatMap(held -> Subject.of(held.chain().leaf())).filter(subject -> subject.organization().equals(gone.value())).isPresent();
        if (itsOwn) identity.forget();
    }

    /** Nothing is left of a cluster that is no more. */
    public synchronized void forget(ClusterId gone) throws IOException {
        if (ended.remove(gone)) writeEnded();
    }

    private void writeEnded() throws IOException {
        var file = dir.resolve("ended-clusters");
        if (ended.isEmpty()) Files.deleteIfExists(file);
        else PrivateFile.replace(file, String.join("\n", ended.stream().map(ClusterId::value).toList()));
    }

    private static NodeId newNode() {
        var chance = new SecureRandom();
        var id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) id.append(ALPHABET.charAt(chance.nextInt(ALPHABET.length())));
        return new NodeId(id.toString());
    }

    private static SortedSet<String> read(Path file) throws IOException {
        var lines = new TreeSet<String>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) if (!line.isBlank()) lines.add(line.strip());
        }
        return lines;
    }
}
