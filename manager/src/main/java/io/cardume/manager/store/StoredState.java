package io.cardume.manager.store;

import io.cardume.manager.cluster.Assembly;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;
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

/** The state all committed entries of the log give, and its snapshots: what Ratis calls the state machine. */
final class StoredState extends BaseStateMachine {
    /** How many entries have to have come until it is asked whether a snapshot is due. */
    static final int ENTRIES_UNTIL_ASKED = 100;
    /** One that failed is tried again after so many. */
    private static final int RETRY_ENTRIES = 2_000;

    /**
     * What the next entry makes of the state.
     *
     * @param weight how many bytes it has, not compressed
     */
    private record Submitted(ClusterState after, long weight) {}

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
    private volatile Optional<Submitted> submitted = Optional.empty();
    private volatile boolean open;
    private volatile boolean ending;

    // All below is touched by the thread that applies entries alone, and by the one that started it before.
    /** What was read so far, until all is; then the state is made of it. */
    private Optional<Assembly> reading = Optional.of(new Assembly());
    private long version;
    private Optional<SnapshotInWork> inWork = Optional.empty();
    private long notBefore;
    private long snapshotWeight;
    private SinceSnapshot since = SinceSnapshot.NOTHING;

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

    /**
     * What the next entry makes of the state, so that it needs not be made once more from the bytes, with indexes of its own.
     *
     * @param weight how many bytes the entry has, not compressed
     */
    void submitting(ClusterState after, long weight) {
        submitted = Optional.of(new Submitted(after, weight));
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
            // What is sealed proves itself: Ratis' checksum of the file would have it read once more.
            try (var in = new BufferedInputStream(Files.newInputStream(path))) {
                in.mark(Seal.HEAD_BYTES);
                var head = Seal.headOfSnapshot(in);
                in.reset();
                var whole = StateCodec.read(seal.get().openSnapshot(in));
                if (whole.version() != head.version()) throw new IOException("its head does not say what it holds");
                reading = Optional.of(whole.changes());
                version = whole.version();
                snapshotWeight = whole.weight();
            }
        } catch (OtherFormat e) {
            throw new IOException("the snapshot " + path + " is another version's", e);
        } catch (IOException | RuntimeException e) {
            throw new IOException("the snapshot " + path + " is damaged: " + e.getMessage(), e);
        }
        setLastAppliedTermIndex(latest.getTermIndex());
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
        var logged = entry.getStateMachineLogEntry().getLogData();
        long weight;
        try {
            weight = context.getStateMachineContext() instanceof Submitted own ? become(own) : read(logged.toByteArray());
        } catch (IOException | RuntimeException e) {
            return unreadable(entry.getIndex(), e);
        }
        since = since.plus(logged.size(), weight);
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    private long become(Submitted own) throws IOException {
        follows(own.after.version());
        state = own.after;
        version = state.version();
        return own.weight;
    }

    private long read(byte[] sealed) throws IOException {
        var entry = seal.get().open(sealed);
        var transaction = TransactionCodec.decode(entry);
        if (transaction.version() != Seal.headOfEntry(sealed).version()) throw new IOException("its head does not say what it holds");
        follows(transaction.version());
        if (reading.isPresent()) reading.get().add(transaction.changes());
        else state = state.with(transaction).settled();
        version = transaction.version();
        return TransactionCodec.weight(entry);
    }

    private void follows(long next) throws IOException {
        if (next != version + 1) throw new IOException("it is transaction " + next + " where " + (version + 1) + " is due");
    }

    /** Makes the state of what was read. */
    private void assemble() {
        if (reading.isEmpty()) return;
        state = reading.get().state(version);
        reading = Optional.empty();
    }

    private CompletableFuture<Message> unreadable(long index, Exception cause) {
        var failure = new StoreException("entry " + index + " of the log cannot be read: " + cause.getMessage(), cause);
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

    /** While the log is read nothing is written: the first answer waits for it. */
    private boolean isDue(long index) {
        return open && (index >= notBefore || since.isLarge()) && since.isDue(snapshotWeight);
    }

    private SnapshotInWork begin(TermIndex last) {
        assemble();
        since = SinceSnapshot.NOTHING;
        return SnapshotInWork.begin(state, last, snapshots.getSnapshotFile(last.getTerm(), last.getIndex()).toPath(), seal.get());
    }

    private long place(SnapshotInWork written) throws IOException {
        inWork = Optional.empty();
        notBefore = written.of().getIndex() + RETRY_ENTRIES;
        var placed = written.placed();
        notBefore = 0;
        snapshotWeight = written.weight();
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
        try {
            assemble();
            ready.complete(null);
        } catch (RuntimeException e) {
            lost(new StoreException("what is in the log does not make a state: " + e, e));
        }
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
