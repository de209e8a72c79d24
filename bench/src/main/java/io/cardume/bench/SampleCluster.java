package io.cardume.bench;

import io.cardume.api.ContainerSpec;
import io.cardume.api.ContainerStatus;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.Reservations;
import io.cardume.api.Resources;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.CreateService;
import io.cardume.manager.loop.InitCluster;
import io.cardume.manager.loop.Turn;
import io.cardume.manager.plan.Planner;
import io.cardume.manager.plan.PlannerSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A cluster of 5,000 nodes, as the manager's own turns make it: the same objects, the same indexes. */
final class SampleCluster {
    static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    static final int NODES = 5_000;
    private static final Planner PLANNER = new Planner(PlannerSettings.DEFAULTS);

    private SampleCluster() {}

    /** Its nodes, and no service. */
    static ClusterState empty() {
        var manager = new InitCluster(new NodeId("manager"), host("manager"), "10.0.0.1", Node.Availability.DRAIN, "t", "t");
        var state = take(ClusterState.empty(), List.of(manager));
        List<Command<?>> joins = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            var id = new NodeId("node%05d".formatted(i));
            joins.add(draft -> {
                draft.put(new Node(id, 0, NOW, NOW, "", new TreeMap<>(), Node.Role.WORKER, Node.Availability.ACTIVE,
                        host(id.value()), "10.0.0.2", true, Node.Liveness.READY, "", Optional.empty()));
                draft.add(new Change.NodeHeard(id, NOW));
                return null;
            });
        }
        return take(state, joins);
    }

    /** So many services of so many replicas, all of which run. */
    static ClusterState running(int count, int replicas) {
        var placed = take(empty(), services(count, replicas));
        List<Command<?>> reports = new ArrayList<>();
        for (Task task : placed.tasks().values())
            reports.add(draft -> {
                draft.put(task.observed(new TaskStatus(NOW, TaskState.RUNNING, "started", "",
                        Optional.of(new ContainerStatus(String.format("%064x", task.id().hashCode()), 4_242, Optional.empty())), List.of(), false, 0, true, "", "")));
                return null;
            });
        var running = take(placed, reports);
        long well = running.tasks().values().stream().filter(Task::isRunning).count();
        if (well != (long) count * replicas) throw new IllegalStateException("only " + well + " tasks run");
        return running;
    }

    /** What makes the first so many nodes be lost. */
    static List<Command<?>> losses(ClusterState state, int count) {
        List<Command<?>> losses = new ArrayList<>();
        state.nodes().values().stream().filter(Node::hasAgent).limit(count).forEach(node -> losses.add(draft -> {
            draft.put(node.seen(Node.Liveness.DOWN, "not heard of"));
            return null;
        }));
        return losses;
    }

    /** The state after one turn of the manager's loop. */
    static ClusterState take(ClusterState before, List<? extends Command<?>> commands) {
        var turn = Turn.decide(before, commands, PLANNER, NOW, "bench");
        turn.fault().ifPresent(fault -> {
            throw fault;
        });
        return turn.after();
    }

    static List<CreateService> services(int count, int replicas) {
        var services = new ArrayList<CreateService>();
        for (int i = 0; i < count; i++) services.add(new CreateService(service("service" + i, replicas)));
        return services;
    }

    static ServiceSpec service(String name, int replicas) {
        return new ServiceSpec(name, new TreeMap<>(), template(), ServiceMode.UNSAID, Optional.empty(),
                Optional.empty(), Optional.empty()).replicas(replicas);
    }

    /** What a service's tasks are made by: an image, a few variables, reservations. */
    static TaskSpec template() {
        var reserved = Resources.of(Optional.empty(), Optional.of(new Reservations(10_000_000L, 16L << 20)));
        var container = ContainerSpec.of("registry.example.com/shop/web:1.27.3")
                .with(List.of("LOG_LEVEL=info", "DATABASE_HOST=database", "CACHE_SIZE=64m"), Optional.empty(), List.of());
        return new TaskSpec(container, Optional.of(reserved), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), List.of());
    }

    private static NodeDescription host(String name) {
        return new NodeDescription(name, new Platform("x86_64", "linux"), 8_000_000_000L, 32L << 30, "20.10.24",
                new TreeMap<>(), List.of());
    }
}
