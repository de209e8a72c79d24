package io.cardume.api;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word somebody probably meant. */
public final class Nearest {
    private Nearest() {}

    /** The known word closest to a given one; empty if none is close. Case does not count. */
    public static Optional<String> to(String given, Collection<String> known) {
        if (given.length() > 100) return Optional.empty();
        var plain = given.toLowerCase(Locale.ROOT);
        return known.stream()
                .filter(word -> distance(plain, word.toLowerCase(Locale.ROOT)) <= Math.max(2, word.length() / 3))
                .min(Comparator.comparingInt((String word) -> distance(plain, word.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** {@code ; did you mean X?}, or nothing. */
    public static String hint(String given, Collection<String> known) {
        return to(given, known).map(word -> "; did you mean " + word + "?").orElse("");
    }

    private static int distance(String a, String b) {
        var before = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) before[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swap = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], before[j]) + 1, before[j - 1] + swap);
            }
            before = row;
        }
        return before[b.length()];
    }
}
