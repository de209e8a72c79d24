package io.cardume.manager.store;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Transaction;

/** Where committed transactions are kept. Used by one thread. */
public interface Store extends AutoCloseable {
    /** The state all stored transactions give, in order; {@link ClusterState#empty()} for none. */
    ClusterState recovered();

    /**
     * Stores the next transaction; when it returns, the transaction survives the process's death and loss of power.
     *
     * @throws StoreException if it could not be stored, or it is not known whether it was: the manager must not go on
     * @throws EntryTooLarge if it is more than one entry may be; nothing was stored, and the manager may go on
     */
    void append(Transaction transaction) throws StoreException, EntryTooLarge;

    /**
     * The same where the state after it is known, so that no second one has to be made and kept.
     *
     * @param after what {@code transaction} makes of the state before it
     */
    default void append(Transaction transaction, ClusterState after) throws StoreException, EntryTooLarge {
        append(transaction);
    }

    @Override
    void close();
}
