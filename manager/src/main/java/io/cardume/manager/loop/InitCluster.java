package io.cardume.manager.loop;

import io.cardume.api.AddressPool;
import io.cardume.api.NetworkSpec;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Authority;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Node;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A new cluster, where there is none.
 *
 * @param manager the node that is this manager
 * @param description its host
 * @param address where agents and users reach it
 * @param availability of the manager's own node
 * @param workerToken the secret with which agents join
 * @param managerToken the secret with which managers join
 * @param addresses where the subnets of networks come from
 * @param authority where certificates come from, for a state that has none yet; a rotation of its root that is under way ends, so the tokens are of the next one
 */
public record InitCluster(
        NodeId manager,
        NodeDescription description,
        String address,
        Node.Availability availability,
        String workerToken,
        String managerToken,
        AddressPool addresses,
        Optional<Authority> authority)
        implements Command<NodeId> {
    private static final int TASK_HISTORY = 5;

    /** With Swarm's addresses for networks. */
    public InitCluster(NodeId manager, NodeDescription description, String address, Node.Availability availability,
            String workerToken, String managerToken) {
        this(manager, description, address, availability, workerToken, managerToken, AddressPool.DEFAULT, Optional.empty());
    }

    /** The same with other addresses for networks. */
    public InitCluster with(AddressPool other) {
        return new InitCluster(manager, description, address, availability, workerToken, managerToken, other, authority);
    }

    /** The same with certificates. */
    public InitCluster with(Authority from) {
        return new InitCluster(manager, description, address, availability, workerToken, managerToken, addresses, Optional.of(from));
    }

    /** The same with its own node otherwise available. */
    public InitCluster with(Node.Availability other) {
        return new InitCluster(manager, description, address, other, workerToken, managerToken, addresses, authority);
    }

    @Override
    public NodeId apply(Draft draft) throws Refusal {
        if (draft.state().cluster().isPresent())
            throw new Refusal(Refusal.Kind.UNAVAILABLE,
                    "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.");
        var present = draft.state().authority();
        if (present.isEmpty()) authority.ifPresent(draft::put);
        // There is no node to wait for any more, and the tokens of a new cluster are not to change by themselves.
        else if (present.get().next().isPresent()) draft.put(present.get().rotated(draft.now()));
        draft.put(new Cluster(draft.newClusterId(), 0, draft.now(), draft.now(), manager, new TreeMap<>(), TASK_HISTORY,
                workerToken, managerToken, addresses));
        draft.put(new Node(manager, 0, draft.now(), draft.now(), "", new TreeMap<>(), Node.Role.MANAGER, availability,
                description, address, false, Node.Liveness.READY, "", Optional.empty()));
        new CreateNetwork(NetworkSpec.of(Network.INGRESS)).asIngress(draft);
        return manager;
    }
}
