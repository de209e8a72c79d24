package io.cardume.manager.plan;

import io.cardume.manager.cluster.Takeover;
import io.cardume.manager.cluster.Task;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Whether the new tasks of a service have room only where its old ones are. It lives as long as one step. */
final class Room {
    private final Stage stage;
    private final StartOrder order;
    private final Map<Long, Demand> demands = new HashMap<>();
    private Optional<Spread> spread = Optional.empty();

    Room(Stage stage) {
        this.stage = stage;
        this.order = new StartOrder(stage.state());
    }

    /**
     * Whether a new revision would find a node if only the old task were gone. A caller who asked for start-first gets it
     * while waiting may help; beside a fixed port, on a node that may have no more replicas, or on a network without another
     * address, it never will.
     */
    boolean isTakenBy(Task old, Task next) {
        if (!next.takesOverFor(Takeover.Reason.REVISION) || next.node().isPresent() || old.node().isEmpty()) return false;
        if (!stage.isTimeFor(next) || order.holdsBack(next)) return false;
        if (Addressing.holdsBack(stage.state(), next)) return Addressing.isInTheWay(stage.state(), old, next);
        var node = stage.state().nodes().get(old.node().get());
        var demand = demands.computeIfAbsent(next.revision(), revision -> Demand.of(stage.state(), stage.service(), revision));
        var load = stage.state().load(node.id());
        int replicas = spread().replicas(node.id());
        var with = demand.veto(node, load, replicas);
        var without = demand.veto(node, load.without(stage.service().revisions().get(old.revision())), replicas);
        if (with.isEmpty() || without.isPresent()) return false;
        boolean asked = next.startsFirst() && stage.pace().said();
        return !asked || with.get() == Veto.HOST_PORT || with.get() == Veto.MAX_REPLICAS;
    }

    private Spread spread() {
        if (spread.isEmpty()) spread = Optional.of(new Spread(stage.state(), stage.service(), stage.now()));
        return spread.get();
    }
}
