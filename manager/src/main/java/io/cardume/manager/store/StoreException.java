package io.cardume.manager.store;

/** The store cannot keep what it is given; says why and what to do about it. */
public final class StoreException extends Exception {
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    public StoreException(String message) {
        super(message);
    }
}
