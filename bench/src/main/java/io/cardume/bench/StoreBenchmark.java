package io.cardume.bench;

import io.cardume.api.AddressPool;
import io.cardume.api.ClusterId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.Task;
import io.cardume.manager.cluster.Transaction;
import io.cardume.manager.store.Keyring;
import io.cardume.manager.store.RatisStore;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What it takes to have transactions on disk, and to read them back: times of single appends, one after the other, of one
 * task and of a hundred tasks each, and how long the log takes to be opened again. {@code bench/store} starts it.
 */
public final class StoreBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final int WARM_UP = 2_000;

    private StoreBenchmark() {}

    /** Arguments: an empty directory on the disk that is measured; how many appends of each kind (4,000). */
    public static void main(String[] arguments) throws Exception {
        var directory = Path.of(arguments[0]);
        int times = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4_000;
        long version = 0;
        try (var keys = Keyring.open(directory, directory.resolve("log")); var store = open(directory, keys)) {
            store.append(first());
            version = append(store, 1, 1, WARM_UP, Optional.empty());
            version = append(store, version, 1, times, Optional.of("1 task"));
            version = append(store, version, 100, times / 10, Optional.of("100 tasks"));
        }
        long began = System.nanoTime();
        try (var keys = Keyring.open(directory, directory.resolve("log")); var store = open(directory, keys)) {
            if (store.recovered().version() != version) throw new IllegalStateException("not all is there again");
            System.out.printf(Locale.ROOT, "opened with %d tasks in %.0f ms%n",
                    store.recovered().tasks().size(), (System.nanoTime() - began) / 1e6);
        }
    }

    private static RatisStore open(Path directory, Keyring keys) throws Exception {
        return RatisStore.open(directory.resolve("log"), keys, why -> Runtime.getRuntime().halt(1));
    }

    private static long append(RatisStore store, long version, int tasks, int times, Optional<String> name) throws Exception {
        var took = new long[times];
        long began = System.nanoTime();
        for (int i = 0; i < times; i++) {
            var transaction = tasks(++version, tasks);
            long start = System.nanoTime();
            store.append(transaction);
            took[i] = System.nanoTime() - start;
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        Arrays.sort(took);
        name.ifPresent(what -> System.out.printf(Locale.ROOT, "append of %s: p50 %.3f ms, p99 %.3f ms, %.0f a second%n",
                what, took[times / 2] / 1e6, took[times * 99 / 100] / 1e6, times / seconds));
        return version;
    }

    private static Transaction first() {
        var cluster = new Cluster(new ClusterId("c1"), 1, NOW, NOW, new NodeId("n1"), new TreeMap<>(), 5, "w", "m", AddressPool.DEFAULT);
        return new Transaction(1, NOW, List.of(new Change.ClusterPut(cluster)));
    }

    private static Transaction tasks(long version, int count) {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < count; i++) {
            // A thousand tasks that change again and again, as in a cluster that lives.
            var id = new TaskId(String.format("task%021d", (version * count + i) % 1_000));
            changes.add(new Change.TaskPut(Task.of(id, new ServiceId("s1"), 1 + (int) ((version * count + i) % 1_000), 1, Optional.empty(), 0,
                    "a replica is missing", NOW).changed(version, NOW)));
        }
        return new Transaction(version, NOW, changes);
    }
}
