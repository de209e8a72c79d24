package io.cardume.manager.plan;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The nodes that take tasks, in the order in which they would take one more: those with the fewest tasks first, of these the ones
 * with most to spare; equals stand in a ring, which every service goes around from a place of its own. It is kept from plan to plan,
 * and before each of them only what is otherwise by then is put in another place, so that a group of few tasks looks at few nodes.
 */
final class Hosts {
    /** Where a node stands. */
    private record Spot(int tasks, double free, long place, String id) implements Comparable<Spot> {
        /** Before all that are equal but for their place in the ring, and have none before the given one. */
        static Spot before(int tasks, double free, long place) {
            return new Spot(tasks, free, place, "");
        }

        boolean isBeside(Spot other) {
            return tasks == other.tasks && free == other.free;
        }

        /** Written out, for a plan compares millions of them. */
        @Override
        public int compareTo(Spot other) {
            int order = Integer.compare(tasks, other.tasks);
            if (order == 0) order = Double.compare(other.free, free);
            if (order == 0) order = Long.compare(place, other.place);
            return order == 0 ? id.compareTo(other.id) : order;
        }
    }

    private final Map<NodeId, Host> byNode = new HashMap<>();
    private final TreeMap<Spot, Host> order = new TreeMap<>();

    /** Makes them those of a state. */
    void become(ClusterState state) {
        // Both are in the order of the nodes: gone through side by side, for looking up each took a third of a plan's time.
        var loads = state.loads().entrySet().iterator();
        var load = loads.hasNext() ? loads.next() : null;
        int there = 0;
        for (Node node : state.nodes().values()) {
            while (load != null && load.getKey().compareTo(node.id()) < 0) load = loads.hasNext() ? loads.next() : null;
            if (!node.takesTasks()) continue;
            there++;
            put(node, load != null && load.getKey().equals(node.id()) ? load.getValue() : NodeLoad.NONE);
        }
        if (there < byNode.size())
            for (NodeId id : List.copyOf(byNode.keySet())) if (state.node(id).filter(Node::takesTasks).isEmpty()) order.remove(spot(byNode.remove(id)));
    }

    private void put(Node node, NodeLoad load) {
        var known = byNode.get(node.id());
        if (known != null && known.node() == node && known.load() == load) return;
        if (known != null) order.remove(spot(known));
        var host = new Host(node, load);
        byNode.put(node.id(), host);
        order.put(spot(host), host);
    }

    private static Spot spot(Host host) {
        return new Spot(host.load().tasks(), host.free(), host.place(), host.node().id().value());
    }

    /** The node of that id, if it takes tasks. */
    Optional<Host> host(NodeId id) {
        return Optional.ofNullable(byNode.get(id));
    }

    /** In no order that means anything. */
    Iterable<Host> all() {
        return order.values();
    }

    /** More is on a node, or less. */
    void bears(Host host, NodeLoad now) {
        order.remove(spot(host));
        host.bears(now);
        order.put(spot(host), host);
    }

    /** All of them in their order, as a service goes around those that are equal. One that bears more meanwhile may come again. */
    Walk walk(long from) {
        return new Walk(from);
    }

    /** A walk over the nodes, the best first. */
    final class Walk {
        private final long from;
        private Optional<Spot> at = Optional.empty();
        private boolean around;

        private Walk(long from) {
            this.from = from;
        }

        /** The next one; empty when there is none left. */
        Optional<Host> next() {
            while (at.isPresent() || enter(order.firstEntry())) {
                var last = at.get();
                var next = order.higherEntry(last);
                boolean beside = next != null && next.getKey().isBeside(last);
                if (beside && (!around || next.getKey().place() < from)) {
                    at = Optional.of(next.getKey());
                    return Optional.of(next.getValue());
                }
                if (!around) {
                    around = true;
                    at = Optional.of(Spot.before(last.tasks(), last.free(), -1));
                } else if (!enter(order.ceilingEntry(Spot.before(last.tasks(), Math.nextDown(last.free()), -1)))) return Optional.empty();
            }
            return Optional.empty();
        }

        /** Goes on with those that are equal to one. */
        private boolean enter(Map.Entry<Spot, Host> first) {
            if (first == null) return false;
            at = Optional.of(Spot.before(first.getKey().tasks(), first.getKey().free(), from));
            around = false;
            return true;
        }
    }
}
