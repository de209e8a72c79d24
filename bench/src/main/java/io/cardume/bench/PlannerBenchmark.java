package io.cardume.bench;

import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.loop.Command;
import io.cardume.manager.loop.CreateService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class PlannerBenchmark {
    private static final int TASKS = 10_000;
    private static final int LOST = 50;

    private ClusterState nodes;
    private ClusterState busy;
    private List<Command<?>> losses;
    private ClusterState growing;
    private int more;

    @Setup
    public void makeCluster() {
        nodes = SampleCluster.empty();
        busy = SampleCluster.running(100, TASKS / 100);
        losses = SampleCluster.losses(busy, LOST);
        var after = lostNodes();
        int moved = after.tasks().size() - busy.tasks().size();
        if (moved != LOST * TASKS / SampleCluster.NODES) throw new IllegalStateException(moved + " tasks moved");
    }

    @Setup(Level.Iteration)
    public void beginAnew() {
        growing = busy;
    }

    /** One service of 10,000 replicas. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public ClusterState oneLargeService() {
        return SampleCluster.take(nodes, SampleCluster.services(1, TASKS));
    }

    /** 100 services of 100 replicas each, in one turn. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public ClusterState hundredServices() {
        return SampleCluster.take(nodes, SampleCluster.services(100, TASKS / 100));
    }

    /** One more service of 100 replicas beside 10,000 tasks, and another one after that: each plan goes on from the one before, as the manager's do. */
    @Benchmark
    @OperationsPerInvocation(100)
    public ClusterState oneMoreService() {
        growing = SampleCluster.take(growing, List.of(new CreateService(SampleCluster.service("more" + more++, 100))));
        return growing;
    }

    /** One node of a hundred is lost, and the tasks on it are placed elsewhere; the planner has not seen the state before. */
    @Benchmark
    @OperationsPerInvocation(LOST * TASKS / SampleCluster.NODES)
    public ClusterState lostNodes() {
        return SampleCluster.take(busy, losses);
    }
}
