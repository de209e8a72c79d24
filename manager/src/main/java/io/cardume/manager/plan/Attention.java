package io.cardume.manager.plan;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.ClusterState;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Which services have to be looked at, of those that time alone may carry on: the ones something happened to, and the ones whose time
 * has come. When that is, is kept from plan to plan; what is not known any more is looked at whole. So what it costs to
 * carry them on does not depend on how many there are, but on what happens in them.
 */
final class Attention {
    private final Map<ServiceId, Instant> times = new HashMap<>();
    private final TreeMap<Instant, TreeSet<ServiceId>> byTime = new TreeMap<>();
    private boolean known;

    /** What was kept does not hold any more. */
    void forget() {
        known = false;
        times.clear();
        byTime.clear();
    }

    /** There are none at all that time alone may carry on. */
    void none() {
        forget();
        known = true;
    }

    /**
     * Those to be looked at, by id.
     *
     * @param all asked where nothing is known: those that time alone may carry on
     */
    SortedSet<ServiceId> of(ClusterState state, Supplier<? extends Collection<ServiceId>> all, Instant now) {
        var looked = new TreeSet<>(state.touched().services());
        if (known) byTime.headMap(now, true).values().forEach(looked::addAll);
        else looked.addAll(all.get());
        return looked;
    }

    /**
     * Keeps when each of those that were looked at is to be looked at again.
     *
     * @param next when time alone may carry on one of them after this; the service may be no more
     * @return the first of these times
     */
    Optional<Instant> keep(
            ClusterState state, Supplier<? extends Collection<ServiceId>> all, Instant now, Function<ServiceId, Optional<Instant>> next) {
        for (ServiceId id : of(state, all, now)) keep(id, next.apply(id));
        known = true;
        return byTime.isEmpty() ? Optional.empty() : Optional.of(byTime.firstKey());
    }

    private void keep(ServiceId id, Optional<Instant> at) {
        var before = at.isPresent() ? times.put(id, at.get()) : times.remove(id);
        if (before != null && byTime.get(before).remove(id) && byTime.get(before).isEmpty()) byTime.remove(before);
        if (at.isPresent()) byTime.computeIfAbsent(at.get(), _ -> new TreeSet<>()).add(id);
    }
}
