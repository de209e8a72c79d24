package io.cardume.manager.link;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import io.cardume.api.link.BackendsChange;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.NetworkChange;
import io.cardume.api.link.NetworkOnNode;
import io.cardume.api.link.ToAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What concerns one node of the tables.
 *
 * @param tables the tables
 * @param networks the networks the node has tasks on, the dead that are remembered among them, or an address of its own; but not
 *     a removed one for what was lost alone
 * @param everywhere whether the node answers for services whose tasks are elsewhere
 */
record NodeTables(Tables tables, SortedSet<NetworkId> networks, boolean everywhere) {
    NodeTables {
        networks = Collections.unmodifiableSortedSet(new TreeSet<>(networks));
    }

    static NodeTables nothing() {
        return new NodeTables(Tables.nothing(), Collections.emptySortedSet(), false);
    }

    static NodeTables of(Tables tables, NodeId node) {
        var state = tables.state();
        var networks = new TreeSet<NetworkId>();
        for (NetworkId id : state.populated()) if (state.population(id).containsKey(node)) networks.add(id);
        var own = state.hostAddresses().get(node);
        if (own != null) networks.addAll(own.byNetwork().keySet());
        networks.removeIf(id -> !tables.networks().containsKey(id) || isOver(state, node, id));
        return new NodeTables(tables, networks, isEverywhere(state, node));
    }

    /**
     * Whether a network was removed and only what was lost is remembered on it for its addresses: nothing of that is to be on the
     * node when it is there again.
     */
    private static boolean isOver(ClusterState state, NodeId node, NetworkId id) {
        return state.network(id).filter(Network::removed).isPresent() && state.tasksOn(node).stream()
                .filter(task -> state.addresses(task.id()).filter(addresses -> addresses.byNetwork().containsKey(id)).isPresent())
                .allMatch(task -> task.status().state() == TaskState.ORPHANED);
    }

    private static boolean isEverywhere(ClusterState state, NodeId node) {
        Optional<Ipv4> own = state.ingress().map(Network::id).flatMap(id -> state.hostAddress(node, id));
        return own.isPresent();
    }

    private ServiceBackends.Reach reach() {
        return new ServiceBackends.Reach(networks, everywhere);
    }

    private long version() {
        return tables.state().version();
    }

    /** All networks, for an agent that was told nothing yet. */
    ToAgent.Networks wholeNetworks() {
        return ToAgent.Networks.all(networks.stream().map(id -> tables.networks().get(id).whole()).toList());
    }

    /** The difference to the networks the agent was told before. */
    ToAgent.Networks networksSince(NodeTables told) {
        var come = new ArrayList<NetworkOnNode>();
        var changed = new ArrayList<NetworkChange>();
        for (NetworkId id : networks) {
            var now = tables.networks().get(id);
            var change = told.networks.contains(id) ? now.since(told.tables.networks().get(id), told.version()) : Optional.<NetworkChange>empty();
            if (change.isEmpty()) come.add(now.whole());
            else if (!change.get().saysNothing()) changed.add(change.get());
        }
        return new ToAgent.Networks(false, come, changed, told.networks.stream().filter(id -> !networks.contains(id)).toList());
    }

    /** All services the node's balancers lead to, for an agent that was told nothing yet. */
    ToAgent.Balancing wholeBalancing() {
        var reach = reach();
        return ToAgent.Balancing.all(version(), tables.services().values().stream().flatMap(service -> service.whole(reach).stream()).toList());
    }

    /** The difference to the services the agent was told before. */
    ToAgent.Balancing balancingSince(NodeTables told) {
        var come = new ArrayList<BalancedService>();
        var changed = new ArrayList<BackendsChange>();
        var gone = new ArrayList<ServiceId>();
        boolean sameReach = networks.equals(told.networks) && everywhere == told.everywhere;
        for (ServiceId id : sameReach ? touchedSince(told) : both(told)) {
            var before = Optional.ofNullable(told.tables.services().get(id));
            var now = Optional.ofNullable(tables.services().get(id));
            if (sameReach && before.isPresent() && now.isPresent()) {
                var change = now.get().since(before.get(), told.version(), reach());
                change.filter(one -> !one.saysNothing()).ifPresent(changed::add);
                if (change.isPresent()) continue;
            }
            var was = before.flatMap(service -> service.whole(told.reach()));
            var is = now.flatMap(service -> service.whole(reach()));
            if (was.equals(is)) continue;
            is.ifPresentOrElse(come::add, () -> gone.add(id));
        }
        return new ToAgent.Balancing(version(), false, come, changed, gone);
    }

    private Collection<ServiceId> touchedSince(NodeTables told) {
        return tables.recent().after(told.version()).orElseGet(() -> both(told));
    }

    private SortedSet<ServiceId> both(NodeTables told) {
        var all = new TreeSet<>(tables.services().keySet());
        all.addAll(told.tables.services().keySet());
        return all;
    }

    /** What the node shows that is asked for a service by HTTPS; nothing, if it answers for none. */
    Certificates certificates() {
        return everywhere ? tables.certificates() : Certificates.nothing();
    }
}
