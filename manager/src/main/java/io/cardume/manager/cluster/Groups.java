package io.cardume.manager.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * An index: the values under each key, both in order. A key without values is not in it.
 *
 * @param sets the values by key, none of them empty
 */
record Groups<K extends Comparable<? super K>, V extends Comparable<? super V>>(TreePMap<K, TreePSet<V>> sets) {
    /** Nothing under any key. */
    static <K extends Comparable<? super K>, V extends Comparable<? super V>> Groups<K, V> none() {
        return new Groups<>(TreePMap.<K, TreePSet<V>>empty());
    }

    /** These values, under these keys. */
    static <K extends Comparable<? super K>, V extends Comparable<? super V>> Groups<K, V> of(Map<K, ? extends SortedSet<V>> values) {
        var sets = new TreeMap<K, TreePSet<V>>();
        values.forEach((key, under) -> {
            if (!under.isEmpty()) sets.put(key, TreePSet.fromSortedSet(under));
        });
        return new Groups<>(TreePMap.fromSortedMap(sets));
    }

    /** The values under a key; empty if there are none. */
    TreePSet<V> of(K key) {
        // Most keys have none, and getOrDefault would search twice for those.
        var values = sets.get(key);
        return values == null ? TreePSet.empty() : values;
    }

    Groups<K, V> plus(K key, V value) {
        return new Groups<>(sets.plus(key, of(key).plus(value)));
    }

    /** The same where the value was not under the key. */
    Groups<K, V> minus(K key, V value) {
        var values = sets.get(key);
        if (values == null) return this;
        var others = values.minus(value);
        return new Groups<>(others.isEmpty() ? sets.minus(key) : sets.plus(key, others));
    }

    /** With the value under another key than before; it was or will be under none where a key is empty. */
    Groups<K, V> moved(Optional<K> from, Optional<K> to, V value) {
        if (from.equals(to)) return this;
        var without = from.isPresent() ? minus(from.get(), value) : this;
        return to.isPresent() ? without.plus(to.get(), value) : without;
    }
}
