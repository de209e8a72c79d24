package io.cardume.manager.store;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

/** The state all committed entries of the log give, and its snapshots: what Ratis calls the state machine. */
final class StoredState extends BaseStateMachine {
    private final SimpleStateMachineStorage snapshots = new SimpleStateMachineStorage();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> lost = new CompletableFuture<>();
    private final Supplier<Seal> seal;
    private final Consumer<StoreException> onLost;
    private volatile ClusterState state = ClusterState.empty();
    private volatile Optional<Transaction> submitted = Optional.empty();
    private volatile boolean open;

    /**
     * @param seal what is written is sealed with now
     * @param onLost told when the log can no longer be written or Ratis closes itself, once, between {@link #opened} and {@link #closing}
     */
    StoredState(Supplier<Seal> seal, Consumer<StoreException> onLost) {
        this.seal = seal;
        this.onLost = onLost;
    }

    /** The state as of the last entry applied. */
    ClusterState state() {
        return state;
    }

    /** Completes once every entry in the log has been applied and new ones can be taken. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    /** Fails when the log can no longer be written; never completes otherwise. */
    CompletableFuture<Void> lost() {
        return lost;
    }

    /** From now on a loss is told. */
    void opened() {
        open = true;
    }

    /** From now on the server may close without anyone being told. */
    void closing() {
        open = false;
    }

    /** The transaction of the next entry, so that it needs not be read back from the bytes just made of it. */
    void submitting(Transaction transaction) {
        submitted = Optional.of(transaction);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage) throws IOException {
        super.initialize(server, group, storage);
        snapshots.init(storage);
        load();
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        load();
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    private void load() throws IOException {
        var latest = snapshots.loadLatestSnapshot();
        if (latest == null) return;
        var path = latest.getFile().getPath();
        try {
            MD5FileUtil.verifySavedMD5(path.toFile(), MD5FileUtil.computeMd5ForFile(path.toFile()));
            try (var in = new BufferedInputStream(Files.newInputStream(path))) {
                in.mark(Seal.HEAD_BYTES);
                var head = Seal.headOfSnapshot(in);
                in.reset();
                state = TransactionCodec.readState(seal.get().openSnapshot(in));
                if (state.version() != head.version()) throw new IOException("its head does not say what it holds");
            }
        } catch (IOException | RuntimeException e) {
            throw new IOException("the snapshot " + path + " is damaged: " + e.getMessage(), e);
        }
        setLastAppliedTermIndex(latest.getTermIndex());
    }

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) {
        var own = submitted;
        submitted = Optional.empty();
        return TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setLogData(request.getMessage().getContent())
                .setStateMachineContext(own.orElse(null))
                .build();
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext context) {
        var entry = context.getLogEntry();
        Transaction transaction;
        if (context.getStateMachineContext() instanceof Transaction own) transaction = own;
        else {
            try {
                var sealed = entry.getStateMachineLogEntry().getLogData().toByteArray();
                transaction = TransactionCodec.decode(seal.get().open(sealed));
                if (transaction.version() != Seal.headOfEntry(sealed).version()) throw new IOException("its head does not say what it holds");
            } catch (IOException | RuntimeException e) {
                return unreadable(entry.getIndex(), "cannot be read: " + e.getMessage(), e);
            }
        }
        if (transaction.version() != state.version() + 1)
            return unreadable(entry.getIndex(), "is transaction " + transaction.version() + " where " + (state.version() + 1) + " is due", null);
        state = state.with(transaction).settled();
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    private CompletableFuture<Message> unreadable(long index, String why, Exception cause) {
        var failure = new StoreException("entry " + index + " of the log " + why, cause);
        lost(failure);
        return CompletableFuture.failedFuture(failure);
    }

    @Override
    public long takeSnapshot() throws IOException {
        var of = getLastAppliedTermIndex();
        if (of == null || of.getIndex() < 0 || lost.isDone()) return RaftLog.INVALID_LOG_INDEX;
        var file = snapshots.getSnapshotFile(of.getTerm(), of.getIndex()).toPath();
        var unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        var digest = MD5FileUtil.newMD5();
        try (var channel = FileChannel.open(unfinished, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            var out = new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), digest), 1 << 16);
            var taken = state;
            try (var sealed = seal.get().snapshot(taken.version(), out)) {
                TransactionCodec.write(taken, sealed);
            }
            channel.force(true);
        }
        var md5 = MD5Hash.newInstance(digest.digest());
        MD5FileUtil.saveMD5File(file.toFile(), md5);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(file.getParent());
        snapshots.updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(file, md5), of));
        return of.getIndex();
    }

    private static void force(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return snapshots;
    }

    @Override
    public SingleFileSnapshotInfo getLatestSnapshot() {
        return snapshots.getLatestSnapshot();
    }

    @Override
    public void notifyLeaderReady() {
        ready.complete(null);
    }

    @Override
    public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
        lost(new StoreException("the log cannot be written: " + words(cause), cause));
    }

    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean all) {
        lost(new StoreException("the log's server has closed itself; start the manager again"));
    }

    /** What an exception and its causes say, each once. */
    static String words(Throwable cause) {
        var words = new StringBuilder();
        for (Throwable e = cause; e != null; e = e.getCause()) {
            var said = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            if (words.indexOf(said) >= 0) continue;
            if (!words.isEmpty()) words.append(": ");
            words.append(said);
        }
        return words.toString();
    }

    private void lost(StoreException why) {
        if (lost.completeExceptionally(why) && open) onLost.accept(why);
    }
}
