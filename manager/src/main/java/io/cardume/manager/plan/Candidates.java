package io.cardume.manager.plan;

import io.cardume.api.NodeId;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Service;
import java.util.Optional;

/**
 * The nodes that may take the tasks of one group, the best first. Nodes without a replica come before all others, so that those
 * are looked at only when none is left; only where there are placement preferences every node counts from the beginning.
 */
final class Candidates {
    private final Hosts hosts;
    private final Demand demand;
    private final Spread spread;
    private final long from;
    private final Hosts.Walk walk;
    private final Branch rest;
    /** Those in the rest are all there are. */
    private boolean whole;

    Candidates(ClusterState state, Hosts hosts, Service service, Demand demand, Spread spread) {
        this.hosts = hosts;
        this.demand = demand;
        this.spread = spread;
        this.from = Mix.of(service.id().value());
        this.walk = hosts.walk(from);
        this.rest = new Branch(demand.preferences());
        if (demand.preferences().isEmpty()) return;
        whole = true;
        state.nodes().values().forEach(node -> rest.count(node, spread.replicas(node.id())));
        hosts.all().forEach(this::add);
    }

    /** The best node, which gets a replica. */
    Optional<Host> take() {
        while (!whole) {
            var next = walk.next();
            if (next.isEmpty()) {
                whole = true;
                spread.nodes().forEach(node -> hosts.host(node).ifPresent(this::add));
            } else if (isUntouched(next.get().node().id()) && demand.veto(next.get().node(), next.get().load(), 0).isEmpty()) {
                spread.more(next.get().node().id());
                return next;
            }
        }
        var best = rest.take().map(Candidate::host);
        best.ifPresent(host -> spread.more(host.node().id()));
        return best;
    }

    /** A node that was taken bears what it took. */
    void again(Host host) {
        if (whole) add(host);
    }

    private boolean isUntouched(NodeId node) {
        return spread.replicas(node) == 0 && !spread.isShunned(node);
    }

    private void add(Host host) {
        var node = host.node();
        int replicas = spread.replicas(node.id());
        if (demand.veto(node, host.load(), replicas).isEmpty())
            rest.add(new Candidate(host, replicas, spread.isShunned(node.id()), Mix.around(host.place(), from)));
    }
}
