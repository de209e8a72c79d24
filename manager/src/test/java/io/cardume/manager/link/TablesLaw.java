package io.cardume.manager.link;

import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.loop.Committed;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What agents are told in parts comes to the same as if they were told everything: the tables after each transaction are
 * those of its state, and what an agent makes of the differences it hears, however seldom, is what it would be told anew.
 */
public final class TablesLaw {
    /** What an agent knows of what it was told. */
    private record Known(NodeTables told, SortedMap<NetworkId, NetworkOnNode> networks, SortedMap<ServiceId, BalancedService> services) {}

    private final Map<NodeId, Known> agents = new TreeMap<>();
    private Tables tables = Tables.nothing();

    /** The manager begins with a state; agents connect anew. */
    public void begins(ClusterState state) {
        tables = Tables.of(state);
        agents.clear();
    }

    /** A transaction was stored; some agents hear of it, others later. */
    public void committed(Committed committed) {
        tables = tables.after(committed);
        if (!tables.tellsAs(Tables.of(committed.after())))
            throw new AssertionError("the tables after transaction " + committed.transaction() + " are not those of its state");
        for (NodeId node : committed.after().nodes().keySet())
            if (Math.floorMod(node.value().hashCode() + committed.transaction().version(), 5) == 0) hears(node);
        agents.keySet().removeIf(node -> committed.after().node(node).isEmpty());
    }

    /** An agent is told. */
    public void hears(NodeId node) {
        var now = NodeTables.of(tables, node);
        var whole = new Known(now, now.wholeNetworks().after(new TreeMap<>()).orElseThrow(), now.wholeBalancing().after(new TreeMap<>()).orElseThrow());
        var before = agents.put(node, whole);
        if (before == null) return;
        var networks = now.networksSince(before.told());
        var services = now.balancingSince(before.told());
        var parts = new Known(now, networks.after(before.networks()).orElseThrow(), services.after(before.services()).orElseThrow());
        if (!parts.equals(whole)) throw new AssertionError("node " + node + " was told " + networks + " and " + services + " and makes of it " + parts + ", not " + whole);
        boolean same = before.networks().equals(whole.networks()) && before.services().equals(whole.services());
        if (same != (networks.saysNothing() && services.saysNothing()))
            throw new AssertionError("node " + node + " was told " + List.of(networks, services) + ", and what it knows is " + (same ? "as" : "not as") + " before");
    }
}
