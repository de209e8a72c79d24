package io.cardume.manager.cluster;

import io.cardume.api.DesiredState;
import io.cardume.api.ServiceId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * An index: which slots an update has to look at one by one. A slot is steady where one task is released, lives and serves, and before
 * it there are only dead ones that did not end by themselves: those have only to be counted.
 *
 * @param unsteady by service the slots that are not
 * @param stale by service the steady slots whose task is of another revision than the service
 */
record Steadiness(Groups<ServiceId, Integer> unsteady, Groups<ServiceId, Integer> stale) {
    /** No tasks. */
    static final Steadiness NONE = new Steadiness(Groups.none(), Groups.none());

    /**
     * Of all slots at once.
     *
     * @param revision that of the service, of which there are tasks
     */
    static Steadiness of(TasksBySlot tasks, Function<Task, Long> revision) {
        var unsteady = new HashMap<ServiceId, TreeSet<Integer>>();
        var stale = new HashMap<ServiceId, TreeSet<Integer>>();
        tasks.slots().forEach((service, slots) -> slots.forEach((slot, oldestFirst) -> {
            var newest = oldestFirst.getLast();
            if (!isSteady(oldestFirst)) unsteady.computeIfAbsent(service, _ -> new TreeSet<>()).add(slot);
            else if (newest.revision() != revision.apply(newest)) stale.computeIfAbsent(service, _ -> new TreeSet<>()).add(slot);
        }));
        return new Steadiness(Groups.of(unsteady), Groups.of(stale));
    }

    /**
     * With a slot as it is now.
     *
     * @param tasks its tasks, oldest first; empty = there is no such slot any more
     * @param revision that of the service
     */
    Steadiness with(ServiceId service, int slot, List<Task> tasks, long revision) {
        boolean steady = isSteady(tasks);
        var not = set(unsteady, service, slot, !steady && !tasks.isEmpty());
        var old = set(stale, service, slot, steady && tasks.getLast().revision() != revision);
        return not == unsteady && old == stale ? this : new Steadiness(not, old);
    }

    /** With a service of another revision than before. */
    Steadiness with(Service service, Map<Integer, List<Task>> slots) {
        var now = this;
        for (var slot : slots.entrySet()) now = now.with(service.id(), slot.getKey(), slot.getValue(), service.revision());
        return now;
    }

    private static boolean isSteady(List<Task> oldestFirst) {
        if (oldestFirst.isEmpty()) return false;
        var newest = oldestFirst.getLast();
        if (!newest.isServing() || newest.desired() != DesiredState.RUNNING) return false;
        for (Task before : oldestFirst.subList(0, oldestFirst.size() - 1)) if (!before.isDead() || before.endedByItself()) return false;
        return true;
    }

    private static Groups<ServiceId, Integer> set(Groups<ServiceId, Integer> index, ServiceId service, int slot, boolean in) {
        if (index.of(service).contains(slot) == in) return index;
        return in ? index.plus(service, slot) : index.minus(service, slot);
    }
}
