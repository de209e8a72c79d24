package io.cardume.bench;

import io.cardume.agent.balance.Balances;
import io.cardume.agent.balance.NftBalancer;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.Subnet;
import io.cardume.api.TaskId;
import io.cardume.api.link.BalancedService;
import io.cardume.api.link.NetworkOnNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How long a host's balancers take to be programmed: 1,000 services, each with a virtual address, a published port and five
 * back ends, from nothing, and for one change. {@code bench/balancers} starts it in a network namespace of its own.
 */
public final class BalancersBenchmark {
    private static final int SERVICES = 1_000;
    private static final int BACKENDS = 5;
    private static final int FIRST_PORT = 10_000;
    private static final NodeId NODE = new NodeId("here");
    private static final NetworkId INGRESS = new NetworkId("ingress0id");
    private static final ClusterId CLUSTER = new ClusterId("benchbalancers00000000000");

    private BalancersBenchmark() {}

    /** Argument: rounds (5). */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
        var nothing = new ArrayList<Double>();
        var change = new ArrayList<Double>();
        var same = new ArrayList<Double>();
        var removal = new ArrayList<Double>();
        try (var balancer = new NftBalancer()) {
            balancer.obstacle().ifPresent(why -> {
                throw new IllegalStateException(why);
            });
            var whole = balances(BACKENDS);
            // The Java around it is not what is measured.
            balancer.balance(CLUSTER, whole, true);
            balancer.balance(CLUSTER, balances(BACKENDS - 1), true);
            balancer.end(CLUSTER);
            for (int round = 0; round < rounds; round++) {
                nothing.add(seconds(() -> balancer.balance(CLUSTER, whole, true)));
                change.add(seconds(() -> balancer.balance(CLUSTER, balances(BACKENDS - 1), false)));
                change.add(seconds(() -> balancer.balance(CLUSTER, whole, false)));
                same.add(seconds(() -> balancer.balance(CLUSTER, whole, true)));
                removal.add(seconds(() -> balancer.end(CLUSTER)));
            }
        }
        System.out.printf(Locale.ROOT, "%,d services with an address, a port and %d back ends each; medians of %d rounds%n", SERVICES, BACKENDS, rounds);
        System.out.printf(Locale.ROOT, "  from nothing, with listening on every port  %7.3f s%n", median(nothing));
        System.out.printf(Locale.ROOT, "  one service loses or gets a back end        %7.3f s%n", median(change));
        System.out.printf(Locale.ROOT, "  looking whether all is as it was made       %7.3f s%n", median(same));
        System.out.printf(Locale.ROOT, "  removing everything                         %7.3f s%n", median(removal));
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(List<Double> figures) {
        return figures.stream().sorted().toList().get(figures.size() / 2);
    }

    /** All services; the first has so many back ends. */
    private static Balances balances(int ofFirst) {
        var services = new ArrayList<BalancedService>();
        for (int i = 0; i < SERVICES; i++) {
            var backends = new ArrayList<BalancedService.Backend>();
            for (int k = 0; k < (i == 0 ? ofFirst : BACKENDS); k++) {
                int number = i * BACKENDS + k;
                backends.add(new BalancedService.Backend(new TaskId("task" + number), NODE, at(Ipv4.parse("10.9.1.0").plus(number))));
            }
            var port = new PortConfig(Optional.empty(), "tcp", 80, FIRST_PORT + i, "ingress");
            services.add(new BalancedService(new ServiceId("service" + i), "service" + i, at(Ipv4.parse("10.9.128.0").plus(i)), List.of(port), new TreeMap<>(), backends));
        }
        var subnet = Subnet.parse("10.9.0.0/16");
        var host = new NetworkOnNode.Host(NODE, subnet.first().plus(2), "127.0.0.1");
        var network = new NetworkOnNode(INGRESS, "ingress", subnet, subnet.first().plus(1), 0x100, Optional.empty(), false, List.of(), List.of(host), List.of());
        return Balances.of(List.of(network), services, NODE);
    }

    private static TreeMap<NetworkId, Ipv4> at(Ipv4 address) {
        var addresses = new TreeMap<NetworkId, Ipv4>();
        addresses.put(INGRESS, address);
        return addresses;
    }
}
