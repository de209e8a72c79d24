package io.cardume.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.api.NodeId;
import io.cardume.api.ObjectVersion;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskState;
import io.cardume.api.TaskView;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** A list of 10,000 running tasks as the API answers it: written, and read by a client. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JsonBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123456789Z");
    private static final int TASKS = 10_000;

    private final List<TaskView> tasks = IntStream.range(0, TASKS).mapToObj(JsonBenchmark::task).toList();
    private byte[] written;

    @Setup
    public void prepare() {
        written = write();
    }

    private static TaskView task(int i) {
        var status = new TaskView.Status(NOW, TaskState.RUNNING, "started", "",
                Optional.of(new TaskView.ContainerView(String.format("%064x", i), 1_000 + i, 0)), new TaskView.PortStatus(List.of()),
                Optional.of(true), Optional.empty());
        return new TaskView(new TaskId(String.format("task%021d", i)), new ObjectVersion(i), NOW, NOW, new TreeMap<>(), SampleCluster.template(),
                new ServiceId("service000000000000000001"), Optional.of(i + 1), Optional.of(new NodeId("node000000000000000000001")), List.of(),
                status, "running", Optional.empty(), List.of());
    }

    /** As the API writes its answers. */
    @Benchmark
    public byte[] write() {
        try {
            return Json.lenient().writeValueAsBytes(tasks);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a client in Java may read it. */
    @Benchmark
    public JsonNode read() throws IOException {
        return Json.lenient().readTree(written);
    }
}
