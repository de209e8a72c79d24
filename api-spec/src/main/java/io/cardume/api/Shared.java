package io.cardume.api;

/**
 * Values of which many equal ones are read, so that most of them are one object: what was given lately is kept, in as many
 * places as the values' hashes lead to, and a new one takes the place of another. May be used from any thread: a place that
 * two threads write at once holds the value of one of them, and each of them goes on with an equal one.
 */
final class Shared<T> {
    private static final int PLACES = 1 << 14;
    private static final int LONGEST = 64;
    private static final Shared<String> WORDS = new Shared<>();

    private final Object[] places = new Object[PLACES];

    /** One that is equal to the given. */
    @SuppressWarnings("unchecked")
    T of(T given) {
        int hash = given.hashCode();
        int place = (hash ^ hash >>> 16) & PLACES - 1;
        var known = places[place];
        if (given.equals(known)) return (T) known;
        places[place] = given;
        return given;
    }

    /** A text like many others; a long one is not looked for. */
    static String words(String given) {
        return given.length() > LONGEST ? given : WORDS.of(given);
    }
}
