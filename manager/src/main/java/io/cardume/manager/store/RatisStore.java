package io.cardume.manager.store;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log on disk: Apache Ratis, a group of one. An entry is one transaction; it is submitted in process and is on disk
 * when {@link #append} returns. Entries and snapshots are sealed with the keys of a {@link Keyring}. Used by one thread.
 *
 * <p>In its directory: {@code lock}, held while it is open; {@code acknowledged}, the version last acknowledged, by which
 * a log that was cut short is found out; and a directory of Ratis with the log's segments and the snapshots.
 */
public final class RatisStore implements Store {
    /** What Ratis handles at once, in bytes; an entry and what Ratis adds to it must fit. */
    private static final int LARGEST_BATCH = 16 << 20;

    private static final int LARGEST_ENTRY = LARGEST_BATCH - (64 << 10);
    private static final Logger LOG = LoggerFactory.getLogger(RatisStore.class);
    /** A million tasks take minutes to read where processors are few. */
    private static final Duration READY_WITHIN = Duration.ofMinutes(10);
    private static final Duration STORED_WITHIN = Duration.ofSeconds(30);
    private static final TimeDuration NEVER = TimeDuration.valueOf(36_500, TimeUnit.DAYS);
    // Both are part of every log ever written.
    private static final RaftPeerId SELF = RaftPeerId.valueOf("1");
    private static final RaftGroupId GROUP = RaftGroupId.valueOf(UUID.fromString("ca2d04e0-0000-4000-8000-000000000001"));

    private final Path directory;
    private final DirectoryLock lock;
    private final Keyring keys;
    private final Acknowledged acknowledged;
    private final StoredState stored;
    private final RaftServer server;
    private final RaftClientAsynchronousProtocol group;
    private final ClientId client = ClientId.randomId();
    private long version;
    private long call;

    private RatisStore(
            Path directory, DirectoryLock lock, Keyring keys, Acknowledged acknowledged, StoredState stored, RaftServer server)
            throws IOException {
        this.directory = directory;
        this.lock = lock;
        this.keys = keys;
        this.acknowledged = acknowledged;
        this.stored = stored;
        this.server = server;
        // The server would hand a request to another thread and wait for that; its group takes it on the thread that has it.
        this.group = server.getDivision(GROUP) instanceof RaftClientAsynchronousProtocol itself ? itself : server;
        this.version = stored.state().version();
    }

    /**
     * Opens the log in a directory, which is made if it is missing; returns when all of it has been read.
     *
     * @param keys what all of it is sealed with; not locked
     * @param onLost told, once, when the log can no longer be written: the process must end
     * @throws StoreException if another manager has it open, or if it is damaged: says which file and what to do
     */
    public static RatisStore open(Path directory, Keyring keys, Consumer<StoreException> onLost) throws StoreException {
        try {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new StoreException("the directory " + directory + " cannot be made: " + e.getMessage(), e);
        }
        var lock = DirectoryLock.take(directory);
        try {
            return open(directory, lock, keys, onLost);
        } catch (StoreException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static RatisStore open(Path directory, DirectoryLock lock, Keyring keys, Consumer<StoreException> onLost)
            throws StoreException {
        var acknowledged = Acknowledged.open(directory);
        var stored = new StoredState(keys::seal, onLost);
        RaftServer server;
        LogFiles files;
        try {
            files = LogFiles.check(directory.resolve(GROUP.getUuid().toString()), acknowledged, keys);
            server = server(directory, stored);
        } catch (StoreException e) {
            acknowledged.close();
            throw e;
        } catch (IOException | RuntimeException e) {
            acknowledged.close();
            throw damaged(directory, e);
        }
        var store = started(directory, lock, keys, acknowledged, stored, server);
        if (store.version < acknowledged.version()) {
            store.close();
            throw new StoreException("the log in " + directory + " gives transaction " + store.version + ", but "
                    + acknowledged.version() + " was acknowledged; put back all of " + directory + " from one backup");
        }
        keys.onlyNeeds(files.keys());
        return store;
    }

    private static RatisStore started(
            Path directory, DirectoryLock lock, Keyring keys, Acknowledged acknowledged, StoredState stored, RaftServer server)
            throws StoreException {
        try {
            server.start();
            awaitPatiently(CompletableFuture.anyOf(stored.ready(), stored.lost()), READY_WITHIN);
            stored.opened();
            return new RatisStore(directory, lock, keys, acknowledged, stored, server);
        } catch (ExecutionException e) {
            abandon(acknowledged, stored, server);
            throw new StoreException("the log in " + directory + " cannot be opened: " + StoredState.words(e.getCause()), e.getCause());
        } catch (IOException | RuntimeException e) {
            abandon(acknowledged, stored, server);
            throw damaged(directory, e);
        } catch (TimeoutException e) {
            abandon(acknowledged, stored, server);
            throw new StoreException("the log in " + directory + " was not ready after " + READY_WITHIN.toSeconds()
                    + " s; the lines above say how far it came", e);
        } catch (InterruptedException e) {
            abandon(acknowledged, stored, server);
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while the log in " + directory + " was opened", e);
        }
    }

    private static void abandon(Acknowledged acknowledged, StoredState stored, RaftServer server) {
        stored.closing();
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("closing after a failed start", e);
        }
        acknowledged.close();
    }

    private static StoreException damaged(Path directory, Throwable cause) {
        if (Stream.iterate(cause, Objects::nonNull, Throwable::getCause).anyMatch(OtherFormat.class::isInstance))
            return new StoreException("the log in " + directory + " cannot be read: " + StoredState.words(cause), cause);
        return new StoreException("the log in " + directory + " cannot be read: " + StoredState.words(cause)
                + "; put back all of " + directory + " from one backup", cause);
    }

    private static RaftServer server(Path directory, StoredState stored) throws IOException {
        var group = RaftGroup.valueOf(GROUP, RaftPeer.newBuilder().setId(SELF).build());
        boolean isNew = !Files.exists(directory.resolve(GROUP.getUuid().toString()).resolve("current"));
        return RaftServer.newBuilder()
                .setServerId(SELF)
                .setGroup(group)
                .setProperties(properties(directory))
                .setStateMachine(stored)
                .setOption(isNew ? RaftStorage.StartupOption.FORMAT : RaftStorage.StartupOption.RECOVER)
                .build();
    }

    private static RaftProperties properties(Path directory) {
        var all = new RaftProperties();
        RaftConfigKeys.Rpc.setType(all, new LocalRpc());
        RaftServerConfigKeys.setStorageDir(all, List.of(directory.toFile()));
        // A pause of the process must not cost the leadership; alone it is elected at once all the same.
        RaftServerConfigKeys.Rpc.setTimeoutMin(all, TimeDuration.ONE_SECOND);
        RaftServerConfigKeys.Rpc.setTimeoutMax(all, TimeDuration.valueOf(2, TimeUnit.SECONDS));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(all, TimeDuration.valueOf(1, TimeUnit.MILLISECONDS));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(all, TimeDuration.valueOf(2, TimeUnit.MILLISECONDS));
        // Nor its life: by default it is given up after 10 s and 60 s. Nobody else can lead, so it goes on where it was.
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(all, NEVER);
        RaftServerConfigKeys.setCloseThreshold(all, NEVER);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(all, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(all, StoredState.ENTRIES_UNTIL_ASKED);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(all, 2);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(all, true);
        RaftServerConfigKeys.Log.setPurgePreservationLogNum(all, 2_000);
        // The largest entry, and a buffer that holds it: with a smaller one Ratis never becomes leader.
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(all, SizeInBytes.valueOf(LARGEST_BATCH));
        RaftServerConfigKeys.Log.setWriteBufferSize(all, SizeInBytes.valueOf(LARGEST_BATCH + 8));
        // The open segment is in memory, whole, and whatever segment a start finds is read; an entry that is larger goes into the open one.
        RaftServerConfigKeys.Log.setSegmentSizeMax(all, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setPreallocatedSize(all, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(all, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(all, SizeInBytes.valueOf("8MB"));
        RaftServerConfigKeys.Log.setLogMetadataEnabled(all, false);
        // Answers are kept for clients that ask again, which this one does not; by default those of a minute are.
        RaftServerConfigKeys.RetryCache.setExpiryTime(all, TimeDuration.valueOf(5, TimeUnit.SECONDS));
        RaftServerConfigKeys.Log.setCorruptionPolicy(all, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
        return all;
    }

    @Override
    public ClusterState recovered() {
        return stored.state();
    }

    @Override
    public void append(Transaction transaction) throws StoreException, EntryTooLarge {
        append(transaction, stored.state().with(transaction).settled());
    }

    @Override
    public void append(Transaction transaction, ClusterState after) throws StoreException, EntryTooLarge {
        if (transaction.version() != version + 1)
            throw new IllegalArgumentException("transaction " + transaction.version() + " after " + version);
        var plain = TransactionCodec.encode(transaction);
        var bytes = keys.seal().entry(transaction.version(), plain);
        if (bytes.length > LARGEST_ENTRY) throw new EntryTooLarge(bytes.length, LARGEST_ENTRY);
        stored.submitting(after, TransactionCodec.weight(plain));
        var request = RaftClientRequest.newBuilder()
                .setClientId(client)
                .setServerId(SELF)
                .setGroupId(GROUP)
                .setCallId(++call)
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(bytes)))
                .setType(RaftClientRequest.writeRequestType())
                .build();
        try {
            var reply = group.submitClientRequestAsync(request);
            awaitPatiently(CompletableFuture.anyOf(reply, stored.lost()), STORED_WITHIN);
            if (!reply.join().isSuccess()) throw unstored(transaction, reply.join().getException());
        } catch (ExecutionException e) {
            throw unstored(transaction, e.getCause());
        } catch (TimeoutException e) {
            throw new StoreException("transaction " + transaction.version() + " was not stored in " + directory + " within "
                    + STORED_WITHIN.toSeconds() + " s", e);
        } catch (IOException e) {
            throw unstored(transaction, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unstored(transaction, e);
        }
        version = transaction.version();
        acknowledged.now(version);
    }

    /** Second by second: while the process, or its machine, was stopped nothing was waited for. */
    private static void awaitPatiently(CompletableFuture<?> future, Duration limit) throws ExecutionException, TimeoutException, InterruptedException {
        for (long left = limit.toSeconds(); ; left--) {
            try {
                future.get(1, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                if (left <= 1) throw e;
            }
        }
    }

    private StoreException unstored(Transaction transaction, Throwable why) {
        return new StoreException("it is not known whether transaction " + transaction.version() + " was stored in "
                + directory + ": " + StoredState.words(why), why);
    }

    @Override
    public void close() {
        abandon(acknowledged, stored, server);
        lock.close();
    }
}
