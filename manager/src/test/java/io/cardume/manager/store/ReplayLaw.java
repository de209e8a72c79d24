package io.cardume.manager.store;

import io.cardume.manager.cluster.Assembly;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is read back from a disk is the state that was published, down to its last index; but for what is not stored: who was heard of when, and
 * what is to be planned for.
 */
public final class ReplayLaw {
    private static final Set<String> NOT_STORED = Set.of("contact", "touched");

    private ClusterState read = ClusterState.empty();
    private Assembly start = new Assembly();
    private final List<Transaction> written = new ArrayList<>();

    /** A transaction was stored. */
    public void stored(Transaction transaction) {
        written.add(transaction);
    }

    /** The log, as it is on a disk, and a snapshot give the published state again; the next log begins after it. */
    public void assertHolds(ClusterState published) {
        try {
            for (Transaction transaction : written) {
                var again = TransactionCodec.decode(TransactionCodec.encode(transaction));
                read = read.with(again);
                start.add(again.changes());
            }
            written.clear();
            assertSame("the log", read, published);
            assertSame("a start with a snapshot and the log after it", start.state(published.version()), published);
            var snapshot = new ByteArrayOutputStream();
            StateCodec.write(published, snapshot);
            var whole = StateCodec.read(new ByteArrayInputStream(snapshot.toByteArray()));
            read = whole.state();
            start = whole.changes();
            assertSame("a snapshot", read, published);
        } catch (IOException | ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertSame(String what, ClusterState read, ClusterState published) throws ReflectiveOperationException {
        if (!read.equals(published)) throw new AssertionError("law 5, replayable: " + what + " gives " + read + ", published is " + published);
        var parts = ClusterState.class.getDeclaredField("parts");
        parts.setAccessible(true);
        for (Field part : parts.getType().getDeclaredFields()) {
            if (NOT_STORED.contains(part.getName())) continue;
            part.setAccessible(true);
            var given = part.get(parts.get(read));
            var had = part.get(parts.get(published));
            if (!given.equals(had))
                throw new AssertionError("law 5, replayable: of " + part.getName() + " " + what + " gives " + given + ", published is " + had);
        }
    }
}
