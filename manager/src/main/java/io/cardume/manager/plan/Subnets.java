package io.cardume.manager.plan;

import io.cardume.api.AddressPool;
import io.cardume.api.Ipv4;
import io.cardume.api.Subnet;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import java.util.HashSet;
import java.util.Optional;

/**
 * What new networks get: a subnet and a number of their own. Both go round, so that what a network gave back is taken
 * again last: hosts may still be clearing it away.
 */
public final class Subnets {
    private static final int NUMBERS = 1 << 24;
    /** Swarm counts from 4096: a network of ours on the same host is to be told from its. */
    private static final int FIRST_NUMBER = 1 << 16;

    /** Of the network for published ports, at most: it holds an address for each service that publishes something, each task of theirs and each node. */
    private static final int LARGEST_INGRESS = 16;
    /** That network leaves the others at least three quarters of the pool. */
    private static final int INGRESS_SHARE = 4;

    private Subnets() {}

    /**
     * The subnet of the network for published ports: a /16, or what a quarter of the pool holds where that is less, or one subnet of
     * the pool's size where that is more.
     */
    public static Optional<Subnet> forIngress(ClusterState state) {
        var pool = pool(state);
        long all = pool.ranges().stream().mapToLong(Subnet::size).sum();
        for (int prefix = Math.min(LARGEST_INGRESS, pool.size()); prefix < pool.size(); prefix++) {
            if (INGRESS_SHARE * (1L << 32 - prefix) > all) continue;
            for (Subnet range : pool.ranges()) {
                var free = range.prefix() > prefix ? Optional.<Subnet>empty() : free(state, range, prefix, range.first());
                if (free.isPresent()) return free;
            }
        }
        return next(state);
    }

    private static AddressPool pool(ClusterState state) {
        return state.cluster().map(Cluster::addresses).orElse(AddressPool.DEFAULT);
    }

    /** The next subnet of the pool that no network has and no node is in. */
    public static Optional<Subnet> next(ClusterState state) {
        var pool = pool(state);
        var after = state.newestNetwork().map(Network::subnet);
        int start = 0;
        for (int i = 0; i < pool.ranges().size(); i++)
            if (after.filter(pool.ranges().get(i)::overlaps).isPresent()) start = i;
        for (int i = 0; i <= pool.ranges().size(); i++) {
            var range = pool.ranges().get((start + i) % pool.ranges().size());
            var free = i == 0 && after.filter(range::overlaps).isPresent()
                    ? free(state, range, pool.size(), after.get().last().plus(1))
                    : free(state, range, pool.size(), range.first());
            if (free.isPresent()) return free;
        }
        return Optional.empty();
    }

    private static Optional<Subnet> free(ClusterState state, Subnet range, int size, Ipv4 from) {
        long step = 1L << 32 - size;
        long offset = from.minus(range.first());
        for (long at = offset < 0 ? range.size() : (offset + step - 1) / step * step; at < range.size(); at += step) {
            var subnet = new Subnet(range.first().plus(at), size);
            if (taker(state, subnet).isEmpty()) return Optional.of(subnet);
        }
        return Optional.empty();
    }

    /** Who has an address of a subnet already, in words. */
    public static Optional<String> taker(ClusterState state, Subnet subnet) {
        for (Network network : state.networks().values())
            if (network.subnet().overlaps(subnet)) return Optional.of("network " + network.name() + " has " + network.subnet());
        for (Node node : state.nodes().values())
            if (Ipv4.of(node.address()).filter(subnet::contains).isPresent())
                return Optional.of("node " + node.description().hostname() + " has the address " + node.address());
        return Optional.empty();
    }

    /** A number no network has; two clusters hardly ever begin to count at the same place. */
    public static int nextNumber(ClusterState state) {
        var taken = new HashSet<Integer>();
        state.networks().values().forEach(network -> taken.add(network.vni()));
        int number = state.newestNetwork().map(network -> network.vni() + 1).orElseGet(() -> first(state));
        while (taken.contains(number) || number >= NUMBERS) number = number >= NUMBERS ? FIRST_NUMBER : number + 1;
        return number;
    }

    private static int first(ClusterState state) {
        int seed = state.cluster().map(cluster -> cluster.id().value().hashCode()).orElse(0);
        return FIRST_NUMBER + Math.floorMod(seed, NUMBERS - FIRST_NUMBER);
    }
}
