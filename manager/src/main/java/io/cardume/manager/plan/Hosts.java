package io.cardume.manager.plan;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.NodeLoad;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /** With more than this part of them in question all are looked at. */
    private static final int FEW = 8;

    private final Map<NodeId, Host> byNode = new HashMap<>();
    private final TreeMap<Spot, Host> order = new TreeMap<>();
    /** Nodes that may be otherwise than they are known here; where nothing is known for sure, all may be. */
    private final Set<NodeId> stale = new HashSet<>();
    private boolean known;

    /** The next state is none that follows from the last one: all nodes are looked at then. */
    void forget() {
        known = false;
    }

    /** What is touched in a state will have to be looked at, whether it was asked for or not; when that is too much, everything. */
    void touched(ClusterState state) {
        if (known) stale.addAll(state.touched().nodes());
        if (stale.size() > byNode.size() / FEW) known = false;
        if (!known) stale.clear();
    }

    /** Makes them those of a state: only what was touched since the last time can be otherwise, unless it was forgotten what was then. */
    void become(ClusterState state) {
        touched(state);
        if (!known) becomeWhole(state);
        else for (NodeId id : stale) become(state, id);
        stale.clear();
        known = true;
    }

    private void becomeWhole(ClusterState state) {
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
            for (NodeId id : List.copyOf(byNode.keySet())) if (state.node(id).filter(Node::takesTasks).isEmpty()) remove(id);
    }

    private void become(ClusterState state, NodeId id) {
        var node = state.node(id).filter(Node::takesTasks);
        if (node.isPresent()) put(node.get(), state.load(id));
        else remove(id);
    }

    private void remove(NodeId id) {
        var gone = byNode.remove(id);
        if (gone != null) order.remove(spot(gone));
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
