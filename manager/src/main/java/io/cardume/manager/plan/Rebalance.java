package io.cardume.manager.plan;

import io.cardume.api.Mount;
import io.cardume.api.NodeId;
import io.cardume.api.PlacementLabels;
import io.cardume.api.RebalanceView;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which tasks would do better on another node. A move is good if it makes things more even at the first level at which it
 * makes a difference: over the values of each preference, then over the service's nodes, then over the tasks of all
 * services. A level where one side has just one more than the other changes nothing by a move, so every move makes the
 * whole more even, and moving comes to an end.
 */
public final class Rebalance {
    private static final int MOST_SHOWN = 200;

    private Rebalance() {}

    /** What is good about a move: how much more the old place has than the new one, level by level. */
    private record Gain(List<Integer> levels) {
        /** Whether it makes things more even at the first level at which it makes a difference. */
        boolean isGood() {
            return levels.stream().filter(more -> more != 1).findFirst().filter(more -> more >= 2).isPresent();
        }

        boolean isBetterThan(Gain other) {
            for (int level = 0; level < levels.size(); level++) {
                int order = Integer.compare(levels.get(level), other.levels.get(level));
                if (order != 0) return order > 0;
            }
            return false;
        }
    }

    /** A task that would move, and where to. */
    record Move(Task task, Node from, Node to, String why) {}

    /** Everything that could be moved, until all is even; 200 moves at most. */
    public static RebalanceView proposal(ClusterState state, Instant now) {
        var moves = new ArrayList<RebalanceView.Move>();
        var skipped = new ArrayList<RebalanceView.Skip>();
        var eligible = new ArrayList<ServiceId>();
        for (Service service : state.services().values()) {
            if (service.removed()) continue;
            var obstacle = obstacle(state, service);
            if (obstacle.isEmpty()) eligible.add(service.id());
            else skipped.add(new RebalanceView.Skip(service.id(), service.name(), obstacle.get()));
        }
        var imagined = state;
        boolean moved = true;
        while (moved && moves.size() < MOST_SHOWN) {
            moved = false;
            for (ServiceId id : eligible) {
                if (moves.size() >= MOST_SHOWN) break;
                var service = imagined.services().get(id);
                var next = next(imagined, service, now, Node::takesTasks, true);
                if (next.isEmpty()) continue;
                moves.add(shown(service, next.get()));
                imagined = imagined.with(List.of(new Change.TaskPut(next.get().task().on(next.get().to().id(),
                        TaskStatus.of(now, TaskState.RUNNING, "", "")))));
                moved = true;
            }
        }
        var underway = state.moving().keySet().stream().map(id -> state.services().get(id).name()).sorted().toList();
        return new RebalanceView(moves, underway, skipped);
    }

    private static RebalanceView.Move shown(Service service, Move move) {
        return new RebalanceView.Move(service.id(), service.name(), move.task().slot(), move.task().id(), place(move.from()), place(move.to()), move.why());
    }

    private static RebalanceView.Place place(Node node) {
        return new RebalanceView.Place(node.id(), node.description().hostname());
    }

    /** Why a service's tasks are not moved, whatever would be gained; empty if they may be. */
    public static Optional<String> never(Service service) {
        if (service.isJob()) return Optional.of("it is a job");
        if (service.isGlobal()) return Optional.of("it has a task on every node");
        if (PlacementLabels.rebalance(service.spec().labels()) == PlacementLabels.Rebalance.OFF)
            return Optional.of("it has the label " + PlacementLabels.REBALANCE + "=off");
        return service.current().template().containerSpec().mounts().stream().filter(Rebalance::isBound).findFirst()
                .map(mount -> "its data is bound to its nodes: " + mount.type() + " " + mount.source().orElse(""));
    }

    /** Whether what is mounted is on the node itself, and would not be there on another. */
    private static boolean isBound(Mount mount) {
        boolean named = mount.source().filter(source -> !source.isEmpty()).isPresent();
        boolean local = mount.volumeOptions().flatMap(options -> options.driverConfig()).map(driver -> driver.name())
                .filter(name -> !name.isEmpty() && !name.equals("local")).isEmpty();
        return mount.type().equals("bind") || !mount.type().equals("tmpfs") && named && local;
    }

    private static Optional<String> obstacle(ClusterState state, Service service) {
        return never(service).or(() -> isCalm(state, service) ? Optional.empty() : Optional.of("it is being started, updated or moved"));
    }

    /** Whether every task of a service that is to run serves, is of the current revision, and is alone in its slot. */
    static boolean isCalm(ClusterState state, Service service) {
        for (Slot slot : Slot.of(state, service)) {
            long alive = slot.tasks().stream().filter(task -> !task.isDead()).count();
            if (alive > 1) return false;
            if (alive == 1 && slot.serving().filter(task -> task.isServing() && service.isCurrent(task)).isEmpty()) return false;
        }
        return true;
    }

    /**
     * The best move of a calm service.
     *
     * @param targets the nodes it may go to, beside what a task of the service asks of a node
     * @param evenAll whether it may also make the nodes more even that is not of this service
     */
    static Optional<Move> next(ClusterState state, Service service, Instant now, Predicate<Node> targets, boolean evenAll) {
        var spread = new Spread(state, service, now);
        var tasks = movable(state, service);
        int most = tasks.keySet().stream().mapToInt(spread::replicas).max().orElse(0);
        if (most == 0) return Optional.empty();
        var demand = Demand.of(state, service, service.revision());
        // Without preferences nothing is gained where all nodes have one replica or none.
        if (demand.preferences().isEmpty() && most < 2 && !evenAll) return Optional.empty();
        var level = new Level(state, demand.preferences(), spread);
        Map<List<String>, Candidate> best = new HashMap<>();
        for (Node node : state.nodes().values()) {
            if (!node.takesTasks() || !targets.test(node)) continue;
            int replicas = spread.replicas(node.id());
            if (demand.preferences().isEmpty() && replicas > most - 1) continue;
            if (demand.veto(node, state.load(node.id()), replicas).isPresent()) continue;
            var host = new Host(node, state.load(node.id()));
            var candidate = new Candidate(host, replicas, false, Mix.around(host.place(), Mix.of(service.id().value())));
            best.merge(level.path(node), candidate, (one, other) -> one.compareTo(other) <= 0 ? one : other);
        }
        Optional<Move> found = Optional.empty();
        var gained = new Gain(List.of());
        for (var source : tasks.entrySet()) {
            var from = state.nodes().get(source.getKey());
            for (Candidate target : byNode(best).values()) {
                var to = target.host().node();
                if (to.id().equals(from.id())) continue;
                var gain = level.gain(from, to, evenAll);
                if (!gain.isGood() || found.isPresent() && !gain.isBetterThan(gained)) continue;
                found = Optional.of(new Move(source.getValue(), from, to, level.why(service, from, to, gain)));
                gained = gain;
            }
        }
        return found;
    }

    private static TreeMap<NodeId, Candidate> byNode(Map<List<String>, Candidate> best) {
        var sorted = new TreeMap<NodeId, Candidate>();
        best.values().forEach(candidate -> sorted.put(candidate.host().node().id(), candidate));
        return sorted;
    }

    /** Of each node that is as it should be, the task of the highest slot that serves there. */
    private static TreeMap<NodeId, Task> movable(ClusterState state, Service service) {
        var tasks = new TreeMap<NodeId, Task>();
        for (Slot slot : Slot.of(state, service))
            slot.serving().filter(Task::isServing).ifPresent(task -> task.node()
                    .filter(node -> state.node(node).filter(Node::takesTasks).isPresent()).ifPresent(node -> tasks.put(node, task)));
        return tasks;
    }

    /** How much there is of a service at each level: at the values of its preferences, on the nodes, and of all services. */
    private static final class Level {
        private final ClusterState state;
        private final List<Preference> preferences;
        private final Spread spread;
        private final Map<List<String>, Integer> replicas = new HashMap<>();

        Level(ClusterState state, List<Preference> preferences, Spread spread) {
            this.state = state;
            this.preferences = preferences;
            this.spread = spread;
            if (preferences.isEmpty()) return;
            for (Node node : state.nodes().values()) {
                var path = path(node);
                for (int depth = 1; depth <= path.size(); depth++)
                    replicas.merge(path.subList(0, depth), spread.replicas(node.id()), Integer::sum);
            }
        }

        /** The values a node has of the preferences. */
        List<String> path(Node node) {
            return preferences.stream().map(preference -> preference.value(node)).toList();
        }

        Gain gain(Node from, Node to, boolean evenAll) {
            var levels = new ArrayList<Integer>();
            var source = path(from);
            var target = path(to);
            for (int depth = 1; depth <= source.size(); depth++) {
                var left = source.subList(0, depth);
                var right = target.subList(0, depth);
                levels.add(left.equals(right) ? 1 : replicas.get(left) - replicas.get(right));
            }
            levels.add(spread.replicas(from.id()) - spread.replicas(to.id()));
            if (evenAll) levels.add(state.load(from.id()).tasks() - state.load(to.id()).tasks());
            return new Gain(List.copyOf(levels));
        }

        String why(Service service, Node from, Node to, Gain gain) {
            int depth = 0;
            while (gain.levels().get(depth) == 1) depth++;
            if (depth < preferences.size())
                return "%s %s has %d replicas of %s, %s %s has %d".formatted(preferences.get(depth).label(), quoted(path(from).get(depth)),
                        replicas.get(path(from).subList(0, depth + 1)), service.name(), preferences.get(depth).label(), quoted(path(to).get(depth)),
                        replicas.get(path(to).subList(0, depth + 1)));
            if (depth == preferences.size())
                return "%s has %d replicas of %s, %s has %d".formatted(from.description().hostname(), spread.replicas(from.id()),
                        service.name(), to.description().hostname(), spread.replicas(to.id()));
            return "%s has %d tasks of all services, %s has %d".formatted(from.description().hostname(), state.load(from.id()).tasks(),
                    to.description().hostname(), state.load(to.id()).tasks());
        }

        private static String quoted(String value) {
            return value.isEmpty() ? "(none)" : value;
        }
    }

    /** The services whose tasks move by themselves or were asked to. */
    static Set<ServiceId> watched(ClusterState state) {
        return state.moving().isEmpty() ? state.balanced() : state.balanced().plusAll(state.moving().keySet());
    }
}
