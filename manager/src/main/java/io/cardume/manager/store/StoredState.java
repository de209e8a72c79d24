package io.cardume.manager.store;

import io.cardume.manager.cluster.ClusterState;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

/** The state all committed entries of the log give, and its snapshots: what Ratis calls the state machine. */
final class StoredState extends BaseStateMachine {
    /** With more entries than these since the last snapshot another one is due, however small they are: some seconds to read. */
    private static final int MOST_ENTRIES = 10_000;
    /** With fewer entries than these since the last snapshot none is due, unless they are large. */
    private static final int FEW_ENTRIES = 500;
    /** As many bytes of entries take seconds to read, however few they are; large entries are packed, a snapshot is not. */
    private static final long LARGE_BYTES = 8 << 20;
    /** With more bytes of entries another one is due, however large the state is: most of a minute to read. */
    private static final long MOST_BYTES = 64 << 20;
    /** How many entries have to have come until it is asked whether a snapshot is due. */
    static final int ENTRIES_UNTIL_ASKED = 100;
    /** One that failed is tried again after so many. */
    private static final int RETRY_ENTRIES = 2_000;

    /** Looks for old snapshots only where there is a new one: it is asked after every entry while one is being written. */
    private static final class Snapshots extends SimpleStateMachineStorage {
        private boolean placed;

        @Override
        public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) throws IOException {
            if (placed) super.cleanupOldSnapshots(policy);
            placed = false;
        }
    }

    private final Snapshots snapshots = new Snapshots();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> lost = new CompletableFuture<>();
    private final Supplier<Seal> seal;
    private final Consumer<StoreException> onLost;
    private volatile ClusterState state = ClusterState.empty();
    private volatile Optional<ClusterState> submitted = Optional.empty();
    private volatile boolean open;
    private volatile boolean ending;

    // All below is touched by the thread that applies entries alone.
    private Optional<SnapshotInWork> inWork = Optional.empty();
    private long snapshotAt;
    private long notBefore;
    private long snapshotBytes;
    private long bytesSinceSnapshot;

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
        ending = true;
    }

    /** What the next entry makes of the state, so that it needs not be made once more from the bytes, with indexes of its own. */
    void submitting(ClusterState after) {
        submitted = Optional.of(after);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage) throws IOException {
        super.initialize(server, group, storage);
        snapshots.init(storage);
        clear(storage.getStorageDir().getStateMachineDir().toPath());
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
        snapshotAt = latest.getIndex();
        snapshotBytes = Files.size(path);
    }

    /** What a manager that was killed had begun. */
    private static void clear(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) return;
        try (var files = Files.newDirectoryStream(directory, "*" + SnapshotInWork.UNFINISHED)) {
            for (Path file : files) Files.deleteIfExists(file);
        }
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
        ClusterState next;
        if (context.getStateMachineContext() instanceof ClusterState known) next = known;
        else {
            try {
                var sealed = entry.getStateMachineLogEntry().getLogData().toByteArray();
                var transaction = TransactionCodec.decode(seal.get().open(sealed));
                if (transaction.version() != Seal.headOfEntry(sealed).version()) throw new IOException("its head does not say what it holds");
                next = state.with(transaction).settled();
            } catch (IOException | RuntimeException e) {
                return unreadable(entry.getIndex(), "cannot be read: " + e.getMessage(), e);
            }
        }
        if (next.version() != state.version() + 1)
            return unreadable(entry.getIndex(), "is transaction " + next.version() + " where " + (state.version() + 1) + " is due", null);
        state = next;
        bytesSinceSnapshot += entry.getStateMachineLogEntry().getLogData().size();
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    private CompletableFuture<Message> unreadable(long index, String why, Exception cause) {
        var failure = new StoreException("entry " + index + " of the log " + why, cause);
        lost(failure);
        return CompletableFuture.failedFuture(failure);
    }

    /**
     * Called after an entry was applied, when enough of them were or the server ends; nothing is applied until it returns. So what
     * is to be written is written on another thread, and one of the next calls puts it in its place.
     */
    @Override
    public long takeSnapshot() throws IOException {
        var last = getLastAppliedTermIndex();
        if (last == null || last.getIndex() < 0 || lost.isDone()) return RaftLog.INVALID_LOG_INDEX;
        if (ending) return takeLast(last);
        if (inWork.isEmpty()) {
            if (isDue(last.getIndex())) inWork = Optional.of(begin(last));
            return RaftLog.INVALID_LOG_INDEX;
        }
        return inWork.get().isDone() ? place(inWork.get()) : RaftLog.INVALID_LOG_INDEX;
    }

    /** Whatever is in work, the last snapshot holds everything. */
    private long takeLast(TermIndex last) throws IOException {
        if (inWork.isPresent() && !inWork.get().of().equals(last)) {
            inWork.get().abandon();
            inWork = Optional.empty();
        }
        return place(inWork.isPresent() ? inWork.get() : begin(last));
    }

    /** A large state is not written again for a few entries: as long as they are small beside it, and are soon read. */
    private boolean isDue(long index) {
        long entries = index - snapshotAt;
        if (index < notBefore && bytesSinceSnapshot < LARGE_BYTES) return false;
        if (entries < FEW_ENTRIES && bytesSinceSnapshot < LARGE_BYTES) return false;
        return 2 * bytesSinceSnapshot >= snapshotBytes || entries >= MOST_ENTRIES || bytesSinceSnapshot >= MOST_BYTES;
    }

    private SnapshotInWork begin(TermIndex last) {
        snapshotAt = last.getIndex();
        bytesSinceSnapshot = 0;
        return SnapshotInWork.begin(state, last, snapshots.getSnapshotFile(last.getTerm(), last.getIndex()).toPath(), seal.get());
    }

    private long place(SnapshotInWork written) throws IOException {
        inWork = Optional.empty();
        notBefore = written.of().getIndex() + RETRY_ENTRIES;
        var placed = written.placed();
        notBefore = 0;
        snapshotAt = placed.getIndex();
        snapshotBytes = placed.getFile().getFileSize();
        snapshots.updateLatestSnapshot(placed);
        snapshots.placed = true;
        return placed.getIndex();
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
