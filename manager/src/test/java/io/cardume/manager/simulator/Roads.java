package io.cardume.manager.simulator;

import io.cardume.api.DesiredState;
import io.cardume.api.NetworkId;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Endpoint;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** No task is stopped while a host that is heard of leads anyone to it, and none is kept waiting for ever. */
final class Roads {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final List<SimAgent> agents;

    Roads(List<SimAgent> agents) {
        this.agents = agents;
    }

    void assertHold(ClusterState before, ClusterState after, Instant now) {
        for (Task was : before.tasks().values()) {
            var is = after.task(was.id()).filter(task -> !task.isDead());
            if (is.isEmpty()) continue;
            if (isEndedBesideTheRoad(before, was, after, is.get()))
                throw new AssertionError("nobody is lost: task " + was.id() + " took requests and is told to stop at once: " + is.get());
            if (was.leaving().isPresent() && is.get().leaving().isEmpty() && !is.get().isBackend()) nobodyIsLedTo(after, is.get());
        }
        for (Endpoint was : before.endpoints().values()) theAddressStays(was, after);
        after.leaving().values().forEach(tasks -> tasks.forEach(id -> {
            var since = after.tasks().get(id).leaving().orElseThrow().since();
            if (!since.plus(LIMIT).isAfter(now)) throw new AssertionError("task " + id + " leaves since " + since + " and is still waited for");
        }));
    }

    /** As long as a task lives whose service had an address when it was made. */
    private static void theAddressStays(Endpoint was, ClusterState after) {
        var service = after.service(was.service());
        if (service.isEmpty() || service.get().removed()) return;
        for (Task task : after.tasksOf(was.service())) {
            var revision = service.get().revisions().get(task.revision());
            if (task.isDead() || !revision.spec().hasVirtualAddresses()) continue;
            for (NetworkId network : after.networks(revision)) {
                var is = after.endpoint(was.service()).map(endpoint -> endpoint.virtual().get(network));
                if (was.virtual().containsKey(network) && !is.equals(Optional.of(was.virtual().get(network))))
                    throw new AssertionError("task " + task.id() + " may be spoken to by " + was.virtual().get(network) + ", which is its service's no more: " + is);
            }
        }
    }

    private static boolean isEndedBesideTheRoad(ClusterState before, Task was, ClusterState after, Task is) {
        boolean ledTo = was.isBackend() && before.addresses(was.id()).isPresent() && !after.services().get(was.service()).isJob();
        boolean ends = is.isServing() && !is.isBackend() && is.leaving().isEmpty();
        return ledTo && ends && after.fenced(is.node().orElseThrow()).isEmpty();
    }

    private void nobodyIsLedTo(ClusterState state, Task task) {
        var networks = state.addresses(task.id()).map(Addresses::byNetwork).orElseThrow().keySet();
        for (SimAgent agent : agents) {
            var node = state.node(agent.node);
            boolean counts = agent.hostUp && node.isPresent() && node.get().liveness() != Node.Liveness.DOWN && state.fenced(agent.node).isEmpty();
            if (counts && leads(state, agent, networks, task.id()))
                throw new AssertionError("nobody is lost: task " + task.id() + ", wanted " + task.told() + ", may be stopped, and " + agent.node + " still leads to it");
        }
    }

    /** Whether a container that runs there, or a client of a published port, may ask for the task and be led to it. */
    private static boolean leads(ClusterState state, SimAgent agent, Collection<NetworkId> networks, TaskId task) {
        return networks.stream().filter(network -> agent.balancer.ledTo(network).contains(task))
                .anyMatch(network -> state.network(network).orElseThrow().ingress() || agent.running().stream().anyMatch(other -> isOn(state, other, network)));
    }

    /** What is not known any more is about to be removed, wherever it is. */
    private static boolean isOn(ClusterState state, TaskId task, NetworkId network) {
        return state.task(task).filter(known -> !known.isDead() && known.desired() != DesiredState.REMOVE).isPresent()
                && state.addresses(task).filter(addresses -> addresses.byNetwork().containsKey(network)).isPresent();
    }
}
