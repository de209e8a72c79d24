package io.cardume.bench;

import io.cardume.api.ContainerStatus;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskStatus;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/**
 * What one read and one change of a map of 10,000 tasks cost: the sorted map that the state is made of, one that shares
 * structure without an order, the JDK's two that cannot be shared; and the same of the whole state with its indexes, with as many
 * tasks of 100 services, which run on 5,000 nodes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StateBenchmark {
    private static final Instant NOW = SampleCluster.NOW;
    /** Coprime to the number of tasks: all are visited, none next to the one before. */
    private static final int STRIDE = 6_181;

    private List<Task> tasks;
    private TreePMap<TaskId, Task> sorted = TreePMap.empty();
    private HashPMap<TaskId, Task> hashed = HashTreePMap.empty();
    private final Map<TaskId, Task> plainSorted = new TreeMap<>();
    private final Map<TaskId, Task> plainHashed = new HashMap<>();
    private ClusterState state;
    private List<NodeId> nodes;
    private List<ServiceId> services;
    private int next;
    private long version;

    @Setup
    public void fill() {
        state = SampleCluster.running(100, 100);
        tasks = List.copyOf(state.tasks().values());
        nodes = List.copyOf(state.nodes().keySet());
        services = List.copyOf(state.services().keySet());
        tasks.forEach(task -> plainHashed.put(task.id(), task));
        plainSorted.putAll(plainHashed);
        sorted = TreePMap.from(plainSorted);
        hashed = HashTreePMap.from(plainHashed);
        if (Math.floorMod(tasks.size(), STRIDE) == 0 || tasks.size() != 10_000) throw new IllegalStateException(tasks.size() + " tasks");
    }

    private Task task() {
        next = (next + STRIDE) % tasks.size();
        return tasks.get(next);
    }

    /** What an agent says of it now: another time in the same state, as when a check has passed again. */
    private Task reported() {
        var task = task();
        return task.observed(new TaskStatus(NOW, TaskState.RUNNING, "started", "", task.status().container(), List.of(), false, 0, true, "", "")).changed(++version, NOW);
    }

    @Benchmark
    public Task readTreePMap() {
        return sorted.get(task().id());
    }

    @Benchmark
    public Task readHashTreePMap() {
        return hashed.get(task().id());
    }

    @Benchmark
    public Task readTreeMap() {
        return plainSorted.get(task().id());
    }

    @Benchmark
    public Task readHashMap() {
        return plainHashed.get(task().id());
    }

    @Benchmark
    public Object writeTreePMap() {
        var task = reported();
        sorted = sorted.plus(task.id(), task);
        return sorted;
    }

    @Benchmark
    public Object writeHashTreePMap() {
        var task = reported();
        hashed = hashed.plus(task.id(), task);
        return hashed;
    }

    @Benchmark
    public Object writeTreeMap() {
        var task = reported();
        return plainSorted.put(task.id(), task);
    }

    @Benchmark
    public Object writeHashMap() {
        var task = reported();
        return plainHashed.put(task.id(), task);
    }

    @Benchmark
    public Optional<Task> readState() {
        return state.task(task().id());
    }

    /** The tasks of one node, of which there are two. */
    @Benchmark
    public List<Task> readStateTasksOnNode() {
        return state.tasksOn(nodes.get(Math.floorMod(next += STRIDE, nodes.size())));
    }

    /** The tasks of one service, of which there are 100. */
    @Benchmark
    public List<Task> readStateTasksOfService() {
        return state.tasksOf(services.get(Math.floorMod(next += STRIDE, services.size())));
    }

    /** An agent's word of one task. */
    @Benchmark
    public Object writeState() {
        state = state.with(List.of(new Change.TaskPut(reported()))).settled();
        return state;
    }

    /** A task ends, and is known to have, and runs again: it leaves the node's load and comes back. */
    @Benchmark
    public Object writeStateTaskEnds() {
        var task = task();
        var ended = task.observed(new TaskStatus(NOW, TaskState.FAILED, "failed", "exit 137",
                Optional.of(new ContainerStatus("c", 0, Optional.of(137))), List.of(), false, 0, false, "", "")).changed(++version, NOW);
        state = state.with(List.of(new Change.TaskPut(ended), new Change.TaskPut(task))).settled();
        return state;
    }

    /** An agent's sign of life. */
    @Benchmark
    public Object writeStateHeard() {
        state = state.with(List.of(new Change.NodeHeard(nodes.get(Math.floorMod(next += STRIDE, nodes.size())), NOW.plusSeconds(++version % 3_600)))).settled();
        return state;
    }
}
