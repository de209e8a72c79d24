package io.cardume.manager.compose;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** What was found to be wrong so far. Reading goes on after a fault, so that all are said at once. */
final class Faults {
    private final TreeSet<Fault> found = new TreeSet<>();

    void wrong(Place place, String field, String text) {
        found.add(new Fault(place, field, text, false));
    }

    void notBuilt(Place place, String field, String text) {
        found.add(new Fault(place, field, text, true));
    }

    /** Whether something is wrong with a field, or within it. */
    boolean has(String field) {
        return found.stream().anyMatch(fault -> fault.field().equals(field) || fault.field().startsWith(field + "."));
    }

    boolean none() {
        return found.isEmpty();
    }

    /** In the order of the file. */
    List<Fault> all() {
        return List.copyOf((Collection<Fault>) found);
    }
}
