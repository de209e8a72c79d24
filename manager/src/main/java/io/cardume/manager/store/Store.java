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

    @Override
    void close();
}
