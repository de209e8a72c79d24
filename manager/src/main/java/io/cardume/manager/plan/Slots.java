package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** As many slots as the service's mode asks for, and in each a living task, as far as the restart policy allows. */
final class Slots implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id).ifPresent(service -> plan(draft, service));
    }

    private static void plan(Draft draft, Service service) {
        if (service.removed()) Slot.of(draft.state(), service).forEach(slot -> remove(draft, slot));
        else if (service.isJob()) JobSlots.plan(draft, service);
        else if (service.isGlobal()) GlobalSlots.plan(draft, service);
        else replicas(draft, service);
    }

    private static void replicas(Draft draft, Service service) {
        int wanted = service.spec().replicas();
        var unsettled = Slot.unsettled(draft.state(), service);
        int ending = draft.state().unsettled(service.id()).size() - unsettled.size();
        if (draft.state().slots(service.id()).size() - ending == wanted) {
            unsettled.forEach(slot -> tend(draft, slot));
            return;
        }
        var slots = Slot.of(draft.state(), service);
        if (slots.size() > wanted) {
            var leaving = firstToLeave(slots).subList(0, slots.size() - wanted);
            leaving.forEach(slot -> remove(draft, slot));
            slots.removeAll(leaving);
        }
        slots.forEach(slot -> tend(draft, slot));
        addSlots(draft, service, slots, wanted - slots.size());
    }

    /** Gives a slot what it needs, and says of what is dead that it is to stay so. */
    static void tend(Draft draft, Slot slot) {
        var decision = SlotDecision.of(slot, draft.now());
        for (Task task : slot.tasks()) if (task.isDead()) draft.put(task.desired(DesiredState.SHUTDOWN));
        switch (decision) {
            case SlotDecision.Keep() -> {}
            case SlotDecision.Fill(var notBefore, var why, int failures) ->
                Slot.fill(draft, slot.service(), slot.number(), notBefore, why, failures);
            case SlotDecision.GiveUp(var why) -> {
                var last = slot.currentRun().getFirst();
                draft.put(draft.state().tasks().get(last.id()).givenUp(why));
            }
        }
    }

    /** New slots take the lowest numbers that are free. */
    private static void addSlots(Draft draft, Service service, List<Slot> slots, int missing) {
        var taken = new HashSet<Integer>();
        slots.forEach(slot -> taken.add(slot.number()));
        for (int number = 1; missing > 0; number++) {
            if (taken.contains(number)) continue;
            Slot.fill(draft, service, number, draft.now(), "one more replica is wanted", 0);
            missing--;
        }
    }

    /** Leaves a slot empty: nothing new is made for it, and what lives ends, or only what is not placed yet. */
    static void leave(Draft draft, Slot slot, boolean placedMayStay) {
        for (Task task : slot.tasks())
            if (task.isDead()) draft.put(task.desired(DesiredState.SHUTDOWN));
            else if (!placedMayStay || task.isPending()) Barrier.leave(draft, task, DesiredState.SHUTDOWN);
    }

    static void remove(Draft draft, Slot slot) {
        for (Task task : slot.tasks()) Barrier.leave(draft, task, DesiredState.REMOVE);
    }

    /**
     * The slots in the order in which they go when there are too many: those that do not run, then one from the node with
     * most of them, and so on; of equals the highest number.
     */
    private static List<Slot> firstToLeave(List<Slot> slots) {
        Map<NodeId, Integer> onNode = new HashMap<>();
        Map<Slot, Integer> height = new HashMap<>();
        var running = new HashSet<Slot>();
        for (Slot slot : slots) {
            var serving = slot.serving().filter(Task::isRunning);
            if (serving.isEmpty()) continue;
            running.add(slot);
            height.put(slot, onNode.merge(serving.get().node().orElseThrow(), 1, Integer::sum));
        }
        var order = new ArrayList<>(slots);
        order.sort(Comparator.<Slot>comparingInt(slot -> running.contains(slot) ? 1 : 0)
                .thenComparing(slot -> height.getOrDefault(slot, 0), Comparator.reverseOrder())
                .thenComparing(Slot::number, Comparator.reverseOrder()));
        return order;
    }
}
