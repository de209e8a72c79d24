package io.cardume.manager.compose;

import java.util.Comparator;

/**
 * One thing in a file that cannot be honoured.
 *
 * @param place where it stands
 * @param field its path in the file, e.g. {@code services.web.ports[0]}; "" for the whole file
 * @param text its value and what to write instead, in words
 * @param notBuilt whether it is right and only not built yet
 */
public record Fault(Place place, String field, String text, boolean notBuilt) implements Comparable<Fault> {
    private static final Comparator<Fault> ORDER =
            Comparator.comparing(Fault::place).thenComparing(Fault::field).thenComparing(Fault::text);

    @Override
    public int compareTo(Fault other) {
        return ORDER.compare(this, other);
    }

    /** All of it in one line. */
    @Override
    public String toString() {
        return place + ": " + (field.isEmpty() ? "" : field + ": ") + text;
    }
}
