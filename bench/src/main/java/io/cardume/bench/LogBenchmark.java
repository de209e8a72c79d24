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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A transaction on its way to the temporary directory's disk: through the log, sealed and synchronised; what sealing as many
 * bytes costs alone; and the same bytes written and synchronised by nobody but the disk.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"})
public class LogBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    /** About what a task takes in the log. */
    private static final int BYTES_A_TASK = 400;

    private static final int TASKS = 1_000;
    private final List<Task> all = IntStream.range(0, TASKS).mapToObj(i -> Task.of(new TaskId(String.format("task%021d", i)), new ServiceId("s1"), 1 + i, 1,
            Optional.empty(), 0, "a replica is missing", NOW)).toList();

    @Param({"1", "100"})
    public int tasks;

    private Path directory;
    private Keyring keys;
    private RatisStore store;
    private FileChannel file;
    private long version = 1;
    private byte[] plain;
    private long nonce;

    @Setup
    public void open() throws Exception {
        directory = Files.createTempDirectory("log-benchmark");
        keys = Keyring.open(directory, directory.resolve("log"));
        store = RatisStore.open(directory.resolve("log"), keys, why -> Runtime.getRuntime().halt(1));
        var cluster = new Cluster(new ClusterId("c1"), 1, NOW, NOW, new NodeId("n1"), new TreeMap<>(), 5, "w", "m", AddressPool.DEFAULT);
        store.append(new Transaction(version, NOW, List.of(new Change.ClusterPut(cluster))));
        file = FileChannel.open(directory.resolve("plain"), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        plain = new byte[tasks * BYTES_A_TASK];
    }

    @TearDown
    public void close() throws Exception {
        store.close();
        keys.close();
        file.close();
        try (var all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
    }

    @Benchmark
    public void appendSealed() throws Exception {
        version++;
        var changes = new ArrayList<Change>();
        for (int i = 0; i < tasks; i++) {
            // A thousand tasks that change again and again, as in a cluster that lives.
            long number = (version * tasks + i) % TASKS;
            changes.add(new Change.TaskPut(all.get((int) number).changed(version, NOW)));
        }
        store.append(new Transaction(version, NOW, changes));
    }

    @Benchmark
    public byte[] sealAlone() throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "AES"),
                new GCMParameterSpec(128, ByteBuffer.allocate(12).putLong(4, ++nonce).array()));
        return cipher.doFinal(plain);
    }

    @Benchmark
    public void diskAlone() throws IOException {
        file.write(ByteBuffer.wrap(plain));
        file.force(false);
    }
}
