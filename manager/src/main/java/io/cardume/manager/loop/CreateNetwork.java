package io.cardume.manager.loop;

import io.cardume.api.NetworkId;
import io.cardume.api.NetworkSpec;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.StackLabels;
import io.cardume.api.Subnet;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.plan.Subnets;
import java.util.stream.Collectors;

/** A new network; it gets its subnet and its number at once. The spec has been checked at the door. */
public record CreateNetwork(NetworkSpec spec) implements Command<NetworkId> {
    @Override
    public NetworkId apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        if (PredefinedNetwork.of(spec.name()).isPresent())
            throw new Refusal(Refusal.Kind.FORBIDDEN, "operation is not permitted on predefined " + spec.name() + " network");
        if (draft.state().networkNamed(spec.name()).isPresent())
            throw new Refusal(Refusal.Kind.CONFLICT, "network with name " + spec.name() + " already exists");
        var network = network(draft, subnet(draft.state()));
        draft.put(network);
        return network.id();
    }

    /** Makes it the network for published ports, in a cluster that has none. */
    void asIngress(Draft draft) throws Refusal {
        draft.put(network(draft, Subnets.forIngress(draft.state()).orElseThrow(CreateNetwork::exhausted)).asIngress());
    }

    private Network network(Draft draft, Subnet subnet) {
        return Network.of(draft.newNetworkId(), spec, subnet, Subnets.nextNumber(draft.state()), draft.now());
    }

    private Subnet subnet(ClusterState state) throws Refusal {
        if (spec.subnet().isEmpty())
            return Subnets.next(state).orElseThrow(CreateNetwork::exhausted);
        var taker = Subnets.taker(state, spec.subnet().get());
        if (taker.isPresent()) {
            var words = "IPAM.Config[0].Subnet: " + spec.subnet().get() + " overlaps: ";
            // A network that is there for everybody, or a node, is told to everybody.
            var others = state.networks().values().stream().filter(network -> !network.ingress() && network.subnet().overlaps(spec.subnet().get()))
                    .map(network -> StackLabels.stack(network.spec().labels())).collect(Collectors.toSet());
            throw Refusal.telling(Refusal.Kind.CONFLICT, words + taker.get(), others, words + "another network has some of it");
        }
        return spec.subnet().get();
    }

    private static Refusal exhausted() {
        return new Refusal(Refusal.Kind.CONFLICT,
                "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network: "
                        + "remove networks that are not used, or give one with --subnet");
    }
}
