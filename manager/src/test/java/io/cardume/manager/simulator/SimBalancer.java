package io.cardume.manager.simulator;

import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import io.cardume.api.link.FromAgent;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Whom the containers of one host are led to, by name or by balancer. It follows what its agent was told some time later, or
 * for a while not at all; it stays as it is when the agent dies, and is gone when the host has no power.
 */
final class SimBalancer {
    /**
     * Whom the host is to lead to, as of a version of the state.
     *
     * @param table tasks by network; networks that none of the node's tasks is on are not in it, but for that of published ports
     */
    record Said(long version, SortedMap<NetworkId, SortedSet<TaskId>> table) {
        static Said of(ClusterState state, NodeId node) {
            var table = new TreeMap<NetworkId, SortedSet<TaskId>>();
            for (Task own : state.tasksOn(node))
                state.addresses(own.id()).ifPresent(addresses -> addresses.byNetwork().keySet().forEach(network ->
                        table.computeIfAbsent(network, _ -> ledTo(state, network))));
            var ingress = state.ingress().map(Network::id).filter(id -> state.hostAddress(node, id).isPresent());
            ingress.ifPresent(network -> table.computeIfAbsent(network, _ -> ledTo(state, network)));
            return new Said(state.version(), table);
        }

        private static SortedSet<TaskId> ledTo(ClusterState state, NetworkId network) {
            var tasks = new TreeSet<TaskId>();
            for (TaskId id : state.addressesOn(network).values()) if (state.tasks().get(id).isBackend()) tasks.add(id);
            return tasks;
        }
    }

    private Said inForce = new Said(0, new TreeMap<>());
    private Optional<Said> wanted = Optional.empty();
    private Instant stuckUntil = Instant.MIN;

    /** Whom it leads to now on a network. */
    SortedSet<TaskId> ledTo(NetworkId network) {
        return inForce.table().getOrDefault(network, new TreeSet<>());
    }

    void hears(Said said) {
        if (said.version() < inForce.version() || wanted.filter(later -> later.version() > said.version()).isPresent()) return;
        wanted = Optional.of(said);
    }

    /** Until then it neither follows nor answers, though its agent lives. */
    void stuckUntil(Instant end) {
        stuckUntil = end;
    }

    /** What it was told and has not done is forgotten. */
    void agentDies() {
        wanted = Optional.empty();
    }

    void hostDies() {
        wanted = Optional.empty();
        inForce = new Said(inForce.version(), new TreeMap<>());
    }

    /** Follows by chance; what there is to say then. */
    Optional<FromAgent.Balanced> works(Instant now, RandomGenerator random, double follows) {
        if (wanted.isEmpty() || now.isBefore(stuckUntil) || random.nextDouble() >= follows) return Optional.empty();
        inForce = wanted.get();
        wanted = Optional.empty();
        return Optional.of(new FromAgent.Balanced(inForce.version(), List.of()));
    }
}
