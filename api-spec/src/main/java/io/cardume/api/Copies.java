package io.cardume.api;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Unmodifiable copies for values that are right from birth; what the wire left out (null) becomes the empty value. */
public final class Copies {
    private static final int LONGEST_WORDS = 4_096;

    private Copies() {}

    /** An unmodifiable copy in the same order; null elements are dropped, as Go's decoder would give zero values. */
    public static <T> List<T> list(List<T> given) {
        if (given == null || given.isEmpty()) return List.of();
        for (T element : given) if (element == null) return given.stream().filter(e -> e != null).toList();
        return List.copyOf(given);
    }

    /** An unmodifiable copy sorted by key, so that iteration is the same in every run; null values become "". */
    public static SortedMap<String, String> labels(Map<String, String> given) {
        if (given == null || given.isEmpty()) return Collections.emptySortedMap();
        var copy = new TreeMap<String, String>();
        given.forEach((key, value) -> copy.put(key, value == null ? "" : value));
        return Collections.unmodifiableSortedMap(copy);
    }

    /** The given value, or empty where the wire said nothing. */
    public static <T> Optional<T> optional(Optional<T> given) {
        return given == null ? Optional.empty() : given;
    }

    /** A text that somebody said in explanation, of 4,096 characters at most; "" where the wire said nothing. */
    public static String words(String given) {
        if (given == null || given.length() <= LONGEST_WORDS) return text(given);
        int end = Character.isHighSurrogate(given.charAt(LONGEST_WORDS - 2)) ? LONGEST_WORDS - 2 : LONGEST_WORDS - 1;
        return given.substring(0, end) + "…";
    }

    /** The same, where many say the same: mostly one object. */
    public static String commonWords(String given) {
        return Shared.words(words(given));
    }

    /** The given text, or "" where the wire said nothing. */
    public static String text(String given) {
        return given == null ? "" : given;
    }
}
