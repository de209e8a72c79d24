package io.cardume.manager.store;

/** A transaction is more than one entry of the log may be; nothing was stored. */
public final class EntryTooLarge extends Exception {
    /**
     * @param bytes what it would take
     * @param limit what it may take, in bytes
     */
    public EntryTooLarge(long bytes, long limit) {
        super(bytes + " bytes as stored, " + limit + " are allowed");
    }
}
