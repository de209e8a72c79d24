package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Addresses;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Leaving;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.pcollections.TreePSet;

/**
 * The one road by which a task leaves that requests are led to, so that none is lost. The state says at once that it is to
 * end: from then on no name and no balancer is to lead to it. Its agent is told so only when every node whose containers or
 * ports might reach it says that its tables are of that version or a later one. A node that is down need not say so, and
 * one that does not for too long is fenced out: it is not waited for, by this task or by others, until it does.
 */
final class Barrier implements PlanStep {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** Tells a task to end, by the barrier if anyone may be led to it. */
    static void leave(Draft draft, Task task, DesiredState wanted) {
        draft.put(byBarrier(draft, task, task.ending(wanted, draft.now())));
    }

    /** Gives a task up to its agent, which stops it because a check of it fails for good. */
    static void condemn(Draft draft, Task task) {
        draft.put(byBarrier(draft, task, task.condemned(true)));
    }

    private static Task byBarrier(Draft draft, Task task, Task told) {
        boolean reached = task.isBackend() && isReachable(draft.state(), task);
        return reached ? told.leaving(new Leaving(draft.version(), draft.now())) : told;
    }

    /** Whether it has an address that names or balancers lead to; who asks for a task of a job knows that it will end. */
    private static boolean isReachable(ClusterState state, Task task) {
        return state.addresses(task.id()).isPresent() && !state.services().get(task.service()).isJob();
    }

    @Override
    public void plan(Draft draft) {
        if (draft.state().leaving().isEmpty()) return;
        fence(draft);
        var waits = new Waits(draft.state());
        for (Task task : leaving(draft.state())) if (waits.of(task).isEmpty()) draft.put(task.left());
    }

    private static void fence(Draft draft) {
        var waits = new Waits(draft.state());
        for (Task task : leaving(draft.state())) {
            if (endOf(task).isAfter(draft.now())) continue;
            for (NodeId node : waits.of(task)) draft.add(new Change.NodeFenced(node, task.leaving().orElseThrow().version()));
        }
    }

    private static List<Task> leaving(ClusterState state) {
        return state.leaving().values().stream().flatMap(TreePSet::stream).map(state.tasks()::get).toList();
    }

    private static Instant endOf(Task task) {
        return task.leaving().orElseThrow().since().plus(LIMIT);
    }

    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        return leaving(state).stream().map(Barrier::endOf).min(Instant::compareTo);
    }

    /** Who is waited for. Tasks that left together are waited for together, so the question is asked once for all of them. */
    private static final class Waits {
        private record Road(Collection<NetworkId> networks, long version) {}

        private final ClusterState state;
        private final Map<Road, SortedSet<NodeId>> asked = new HashMap<>();
        private final Map<NetworkId, SortedSet<NodeId>> members = new HashMap<>();

        Waits(ClusterState state) {
            this.state = state;
        }

        SortedSet<NodeId> of(Task task) {
            var networks = List.copyOf(state.addresses(task.id()).map(Addresses::byNetwork).orElseThrow().keySet());
            return asked.computeIfAbsent(new Road(networks, task.leaving().orElseThrow().version()), this::of);
        }

        private SortedSet<NodeId> of(Road road) {
            var nodes = new TreeSet<NodeId>();
            road.networks().forEach(network -> nodes.addAll(members.computeIfAbsent(network, this::membersOf)));
            // What an agent has in its tables that said nothing yet, nobody knows.
            for (Node node : state.nodes().values())
                if (node.description().spansNetworks() && state.acknowledged(node.id()).isEmpty()) nodes.add(node.id());
            nodes.removeIf(node -> !isAwaited(node, road.version()));
            return nodes;
        }

        /** The nodes where a container or a published port may reach it. */
        private SortedSet<NodeId> membersOf(NetworkId network) {
            var nodes = new TreeSet<>(state.population(network).keySet());
            nodes.addAll(state.hostsOn(network).values());
            return nodes;
        }

        private boolean isAwaited(NodeId id, long version) {
            boolean there = state.node(id).filter(node -> node.hasAgent() && node.liveness() != Node.Liveness.DOWN).isPresent();
            return there && state.fenced(id).isEmpty() && state.acknowledged(id).filter(said -> said >= version).isEmpty();
        }
    }
}
