package io.cardume.manager.plan;

/** Numbers that look like chance but are the same in every run. */
final class Mix {
    private Mix() {}

    /** A well-mixed, non-negative number made of a text. */
    static long of(String text) {
        return of((long) text.hashCode());
    }

    /** How far a place in the ring of all such numbers is from another one, onwards. */
    static long around(long place, long from) {
        return (place - from) & Long.MAX_VALUE;
    }

    private static long of(long number) {
        long mixed = number * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
        return (mixed ^ (mixed >>> 32)) & Long.MAX_VALUE;
    }
}
