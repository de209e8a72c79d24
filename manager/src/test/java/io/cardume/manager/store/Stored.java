package io.cardume.manager.store;

import io.cardume.manager.cluster.Transaction;
import java.io.IOException;

/** What comes back of a transaction that was stored. */
public final class Stored {
    private Stored() {}

    /** Written as the log has it, and read again. */
    public static Transaction andReadAgain(Transaction transaction) {
        try {
            return TransactionCodec.decode(TransactionCodec.encode(transaction));
        } catch (IOException e) {
            throw new AssertionError("a stored transaction cannot be read", e);
        }
    }
}
