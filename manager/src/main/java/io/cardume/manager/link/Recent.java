package io.cardume.manager.link;

import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.pcollections.ConsPStack;

/**
 * What changed last in a table, so that who knows an older one need not compare the two.
 *
 * @param since every change after this version is in it
 * @param changes the newest first
 */
record Recent<K extends Comparable<K>>(long since, ConsPStack<Recent.Change<K>> changes) {
    private static final int MOST = 1_024;

    /** One key is otherwise as of a version. */
    record Change<K>(long version, K key) {}

    /** Nothing has changed since a version. */
    static <K extends Comparable<K>> Recent<K> nothing(long since) {
        return new Recent<>(since, ConsPStack.empty());
    }

    /** With one more change, of the version of the last one or a later one. */
    Recent<K> plus(long version, K key) {
        var more = changes.plus(new Change<>(version, key));
        if (more.size() <= MOST) return new Recent<>(since, more);
        var kept = more.subList(0, MOST / 2);
        return new Recent<>(more.get(MOST / 2).version(), ConsPStack.from(kept));
    }

    /** What changed after a version; empty if that is not known any more. */
    Optional<SortedSet<K>> after(long version) {
        if (version < since) return Optional.empty();
        var keys = new TreeSet<K>();
        for (Change<K> change : changes) {
            if (change.version() <= version) break;
            keys.add(change.key());
        }
        return Optional.of(keys);
    }
}
