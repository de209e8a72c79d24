package io.cardume.manager.store;

/**
 * What came into the log since the last snapshot. As long as it weighs less than the snapshot does, a start reads it in about as much time, and the
 * snapshot is not written again: so a large one is not for little.
 *
 * @param entries how many
 * @param bytes how many they have on disk
 * @param weight how many they have when nothing is compressed: what reading takes goes by these
 */
record SinceSnapshot(long entries, long bytes, long weight) {
    static final SinceSnapshot NOTHING = new SinceSnapshot(0, 0, 0);
    /** With more entries than these another snapshot is due, however small they are: some seconds to read. */
    private static final int MOST_ENTRIES = 10_000;
    /** With more bytes another one is due, however large the state is. */
    private static final long MOST_BYTES = 64 << 20;
    /** With fewer entries than these none is due, unless they are large. */
    private static final int FEW_ENTRIES = 500;
    private static final long LARGE_WEIGHT = 8 << 20;

    /** And one more. */
    SinceSnapshot plus(long itsBytes, long itsWeight) {
        return new SinceSnapshot(entries + 1, bytes + itsBytes, weight + itsWeight);
    }

    /** Whether it is too much to wait for more, where a state is small, or the last snapshot failed. */
    boolean isLarge() {
        return weight >= LARGE_WEIGHT;
    }

    /**
     * Whether another snapshot is due.
     *
     * @param snapshot how much the last one weighs; 0 if there is none
     */
    boolean isDue(long snapshot) {
        if (entries < FEW_ENTRIES && !isLarge()) return false;
        return weight >= snapshot || entries >= MOST_ENTRIES || bytes >= MOST_BYTES;
    }
}
