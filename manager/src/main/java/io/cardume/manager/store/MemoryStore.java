package io.cardume.manager.store;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;
import java.util.ArrayList;
import java.util.List;

/** A store that lives as long as its object; for tests and the simulator. */
public final class MemoryStore implements Store {
    private final List<Transaction> transactions = new ArrayList<>();

    @Override
    public ClusterState recovered() {
        var state = ClusterState.empty();
        for (Transaction transaction : transactions) state = state.with(transaction);
        return state;
    }

    @Override
    public void append(Transaction transaction) {
        transactions.add(transaction);
    }

    @Override
    public void close() {}
}
