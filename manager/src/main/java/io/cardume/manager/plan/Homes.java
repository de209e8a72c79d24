package io.cardume.manager.plan;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import java.util.Optional;

/** Where tasks of a service with one task on every node belong: each slot has one node for ever, its home. */
final class Homes {
    private Homes() {}

    /** Whether a node is one of those a service's tasks are for, as far as what it is goes. */
    static boolean belongs(Demand demand, Node node) {
        return node.hasAgent() && demand.suits(node);
    }

    /** Whether it may get a new task too: a paused, drained or lost one may not, one that is late may, once it is heard. */
    static boolean isOpen(Demand demand, Node node) {
        return belongs(demand, node) && node.availability() == Node.Availability.ACTIVE && node.liveness() != Node.Liveness.DOWN;
    }

    /** Whether a new task may be made for a slot; one whose tasks go anywhere is always open. */
    static boolean isOpen(ClusterState state, Slot slot) {
        var home = slot.tasks().getFirst().home();
        var node = home.flatMap(state::node);
        return home.isEmpty() || node.filter(known -> isOpen(Demand.of(state, slot.service(), slot.service().revision()), known)).isPresent();
    }

    /** The node a slot belongs to, if its service is one with such slots and the node is still there. */
    static Optional<Node> of(ClusterState state, Slot slot) {
        return slot.tasks().getFirst().home().flatMap(state::node);
    }
}
