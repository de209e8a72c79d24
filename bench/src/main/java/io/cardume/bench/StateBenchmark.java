package io.cardume.bench;

import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
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
 * What one read and one change of a map of 100,000 tasks cost: the sorted map that the state is made of, one that shares
 * structure without an order, the JDK's two that cannot be shared, and the whole state with its indexes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StateBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final int TASKS = 100_000;
    /** Coprime to the number of tasks: all are visited, none next to the one before. */
    private static final int STRIDE = 61_803;

    private final List<Task> tasks = new ArrayList<>();
    private TreePMap<TaskId, Task> sorted = TreePMap.empty();
    private HashPMap<TaskId, Task> hashed = HashTreePMap.empty();
    private final Map<TaskId, Task> plainSorted = new TreeMap<>();
    private final Map<TaskId, Task> plainHashed = new HashMap<>();
    private ClusterState state = ClusterState.empty();
    private int next;

    @Setup
    public void fill() {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < TASKS; i++) {
            var task = Task.of(new TaskId(String.format("task%021d", i)), new ServiceId("s" + i / 1_000), 1 + i % 1_000, 1, Optional.empty(), 0,
                    "a replica is missing", NOW);
            tasks.add(task);
            plainSorted.put(task.id(), task);
            plainHashed.put(task.id(), task);
            changes.add(new Change.TaskPut(task));
        }
        sorted = TreePMap.from(plainSorted);
        hashed = HashTreePMap.from(plainHashed);
        state = state.with(changes);
    }

    private Task task() {
        next = (next + STRIDE) % TASKS;
        return tasks.get(next);
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
        var task = task();
        sorted = sorted.plus(task.id(), task.changed(1, NOW));
        return sorted;
    }

    @Benchmark
    public Object writeHashTreePMap() {
        var task = task();
        hashed = hashed.plus(task.id(), task.changed(1, NOW));
        return hashed;
    }

    @Benchmark
    public Object writeTreeMap() {
        var task = task();
        return plainSorted.put(task.id(), task.changed(1, NOW));
    }

    @Benchmark
    public Object writeHashMap() {
        var task = task();
        return plainHashed.put(task.id(), task.changed(1, NOW));
    }

    /** One task changed in the state, with all its indexes. */
    @Benchmark
    public Object writeState() {
        var task = task();
        state = state.with(List.of(new Change.TaskPut(task.changed(1, NOW)))).settled();
        return state;
    }
}
