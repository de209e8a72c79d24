package io.cardume.manager.loop;

import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Node;
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
 */
public record InitCluster(
        NodeId manager,
        NodeDescription description,
        String address,
        Node.Availability availability,
        String workerToken,
        String managerToken)
        implements Command<NodeId> {
    private static final int TASK_HISTORY = 5;

    @Override
    public NodeId apply(Draft draft) throws Refusal {
        if (draft.state().cluster().isPresent())
            throw new Refusal(Refusal.Kind.UNAVAILABLE,
                    "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.");
        draft.put(new Cluster(draft.newClusterId(), 0, draft.now(), draft.now(), manager, new TreeMap<>(), TASK_HISTORY,
                workerToken, managerToken));
        draft.put(new Node(manager, 0, draft.now(), draft.now(), "", new TreeMap<>(), Node.Role.MANAGER, availability,
                description, address, false, Node.Liveness.READY, ""));
        return manager;
    }
}
