package io.cardume.bench;

import io.cardume.api.ContainerSpec;
import io.cardume.api.NodeDescription;
import io.cardume.api.NodeId;
import io.cardume.api.Platform;
import io.cardume.api.Reservations;
import io.cardume.api.Resources;
import io.cardume.api.ServiceMode;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Node;
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
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Placements a second on 5,000 nodes: one turn of the loop from the command to the transaction, on one core. The scores
 * are placements per second, not turns.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class PlannerBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final int NODES = 5_000;
    private static final int TASKS = 10_000;

    private final Planner planner = new Planner(PlannerSettings.DEFAULTS);
    private ClusterState nodes;
    private ClusterState busy;

    @Setup
    public void makeCluster() {
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
        nodes = take(state, joins);
        busy = take(nodes, services(100, TASKS / 100));
    }

    /** One service of 10,000 replicas. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public ClusterState oneLargeService() {
        return take(nodes, services(1, TASKS));
    }

    /** 100 services of 100 replicas each, in one turn. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public ClusterState hundredServices() {
        return take(nodes, services(100, TASKS / 100));
    }

    /** One more service of 100 replicas beside 10,000 tasks: the incremental pass. */
    @Benchmark
    @OperationsPerInvocation(100)
    public ClusterState oneMoreService() {
        return take(busy, List.of(new CreateService(service("more", 100))));
    }

    private ClusterState take(ClusterState before, List<? extends Command<?>> commands) {
        var turn = Turn.decide(before, commands, planner, NOW, "bench");
        turn.fault().ifPresent(fault -> {
            throw fault;
        });
        return turn.after();
    }

    private static List<CreateService> services(int count, int replicas) {
        var services = new ArrayList<CreateService>();
        for (int i = 0; i < count; i++) services.add(new CreateService(service("service" + i, replicas)));
        return services;
    }

    private static ServiceSpec service(String name, int replicas) {
        var reserved = Resources.of(Optional.empty(), Optional.of(new Reservations(10_000_000L, 16L << 20)));
        var template = new TaskSpec(ContainerSpec.of("web:1"), Optional.of(reserved), Optional.empty(), Optional.empty(),
                Optional.empty(), 0, Optional.empty(), null);
        return new ServiceSpec(name, new TreeMap<>(), template, ServiceMode.UNSAID, Optional.empty(),
                Optional.empty(), Optional.empty()).replicas(replicas);
    }

    private static NodeDescription host(String name) {
        return new NodeDescription(name, new Platform("x86_64", "linux"), 8_000_000_000L, 32L << 30, "20.10.24",
                new TreeMap<>(), List.of());
    }
}
