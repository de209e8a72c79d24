package io.cardume.manager.gate;

/**
 * How many bytes may wait for those who are slow to take them, all together. Whoever has nothing waiting may always have a
 * little, so that a few who take nothing do not stop the others altogether.
 */
public final class Memory {
    private static final int SHARE_OF_HEAP = 8;

    private final long most;
    private long used;

    /** @param most bytes */
    public Memory(long most) {
        this.most = most;
    }

    /** An eighth of the heap. */
    public static Memory ofThisProcess() {
        return new Memory(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    }

    /**
     * Takes some for what waits; false if there is not so much.
     *
     * @param own what the same one has taken and not given back
     * @param ownMost the most it may have, if it has anything
     */
    public synchronized boolean take(long bytes, long own, long ownMost) {
        if (own > 0 && (own + bytes > ownMost || used + bytes > most)) return false;
        used += bytes;
        return true;
    }

    /** Gives it back. */
    public synchronized void give(long bytes) {
        used -= bytes;
    }

    /** How much is taken. */
    public synchronized long used() {
        return used;
    }

    /** How much there is, in bytes. */
    public long most() {
        return most;
    }
}
