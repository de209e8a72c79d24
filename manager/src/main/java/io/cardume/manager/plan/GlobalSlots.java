package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.Optional;
import java.util.TreeSet;

/** One slot for every node that may take a task of the service, and what becomes of it as its node changes. */
final class GlobalSlots {
    private GlobalSlots() {}

    static void plan(Draft draft, Service service) {
        var demand = Demand.of(draft.state(), service, service.revision());
        var homes = new TreeSet<NodeId>();
        for (Slot slot : Slot.of(draft.state(), service)) {
            var home = Homes.of(draft.state(), slot);
            if (home.isEmpty()) {
                Slots.remove(draft, slot);
                continue;
            }
            homes.add(home.get().id());
            if (Homes.isOpen(demand, home.get())) Slots.tend(draft, slot);
            else Slots.leave(draft, slot, Homes.belongs(demand, home.get()) && home.get().availability() == Node.Availability.PAUSE);
        }
        // Numbers no task has, not even one that is about to be forgotten: that one may be of another node.
        var taken = draft.state().slots(service.id());
        int number = 1;
        for (Node node : draft.state().nodes().values()) {
            if (homes.contains(node.id()) || !Homes.isOpen(demand, node)) continue;
            while (taken.containsKey(number)) number++;
            Slot.open(draft, service, number++, service.revision(), Optional.of(node.id()), 0, draft.now(), "every node gets a task", 0);
        }
    }
}
