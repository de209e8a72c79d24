package io.cardume.agent.loop;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets its eldest entries when it has more than so many. */
final class Newest<K, V> extends LinkedHashMap<K, V> {
    private final int most;

    Newest(int most) {
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
