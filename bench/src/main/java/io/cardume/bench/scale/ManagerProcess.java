package io.cardume.bench.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A manager of its own process, as {@code bin/cardume manager} starts it, and what can be seen of it from outside. */
final class ManagerProcess implements AutoCloseable {
    private static final double MEGABYTE = 1e6;
    private static final int TICKS_PER_SECOND = 100;
    private static final Pattern USED = Pattern.compile("used (\\d+)K");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");
    private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB");
    private static final Pattern SNAPSHOT = Pattern.compile("a snapshot of transaction \\d+ has (\\d+) bytes and took (\\d+) ms");
    private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?(\\d+).*");

    private final Path home;
    private final Path directory;
    private final List<String> command;
    private final String heap;
    private final int api;
    private final int cluster;
    private Process process;
    private double cpuBefore;
    /** The largest size that each of the log's files was seen at, by its first entry: what is in a snapshot is removed. */
    private final Map<Long, Long> segments = new ConcurrentHashMap<>();

    /**
     * @param home where Cardume was built
     * @param directory its data go there
     * @param heap its largest heap, as {@code CARDUME_HEAP} has it; "" for the usual one
     * @param heartbeat how often nodes give a sign of life
     */
    ManagerProcess(Path home, Path directory, String heap, Duration heartbeat) throws IOException {
        this.home = home;
        this.directory = directory;
        this.heap = heap;
        this.api = freePort();
        this.cluster = freePort();
        this.command = List.of(home.resolve("bin/cardume").toString(), "manager", "--api", "tcp://127.0.0.1:" + api, "--cluster-addr", "127.0.0.1:" + cluster,
                "--advertise-addr", "127.0.0.1", "--data-dir", data().toString(), "--heartbeat", heartbeat.toMillis() + "ms",
                "--suspect-after", 4 * heartbeat.toMillis() + "ms", "--down-after", downAfter(heartbeat).toMillis() + "ms",
                // All nodes come from one address here, and so do all requests.
                "--limit", "cluster-strangers-per-caller=1024,api-requests-per-second=1000000,api-requests-at-once=1000000");
    }

    /** After which silence a node is down. */
    static Duration downAfter(Duration heartbeat) {
        return heartbeat.multipliedBy(6);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    Path data() {
        return directory.resolve("manager");
    }

    Path log() {
        return directory.resolve("manager.log");
    }

    int apiPort() {
        return api;
    }

    int clusterPort() {
        return cluster;
    }

    void start() throws IOException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        if (!heap.isEmpty()) builder.environment().put("CARDUME_HEAP", heap);
        process = builder.directory(home.toFile()).start();
        cpuBefore = 0;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Seconds until the API answers. */
    double awaitAnswer(Api client, Duration limit) throws InterruptedException, IOException {
        long began = System.nanoTime();
        while (true) {
            try {
                client.get("/_ping");
                return (System.nanoTime() - began) / 1e9;
            } catch (IOException e) {
                if (!process.isAlive()) throw new IOException("the manager has ended, see " + log(), e);
                if (System.nanoTime() - began > limit.toNanos()) throw new IOException("the manager does not answer, see " + log(), e);
                Thread.sleep(5);
            }
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        cpuBefore = cpuSeconds();
        process.destroyForcibly().waitFor();
        cpuBefore = 0;
    }

    /** Seconds of processor it has taken. */
    double cpuSeconds() {
        var fields = proc("stat").replaceFirst("^.*\\) ", "").split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_PER_SECOND;
    }

    /** Seconds of processor since the last time this was asked. */
    double cpuSince() {
        double now = cpuSeconds();
        double since = now - cpuBefore;
        cpuBefore = now;
        return since;
    }

    /** MB resident. */
    double residentMb() {
        return number(RESIDENT, proc("status")) * 1024 / MEGABYTE;
    }

    /** MB resident at most so far. */
    double peakMb() {
        return number(PEAK, proc("status")) * 1024 / MEGABYTE;
    }

    private String proc(String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
        } catch (IOException e) {
            throw new UncheckedIOException("the manager has ended, see " + log(), e);
        }
    }

    private static double number(Pattern pattern, String text) {
        var matcher = pattern.matcher(text);
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
    }

    /** MB of heap that are alive: after a full collection. */
    double liveHeapMb() throws IOException, InterruptedException {
        jcmd("GC.run");
        double used = 0;
        var matcher = USED.matcher(jcmd("GC.heap_info").replaceAll("(?i)metaspace.*|class space.*", ""));
        while (matcher.find()) used += Double.parseDouble(matcher.group(1)) * 1024 / MEGABYTE;
        return used;
    }

    /** What a diagnostic command of its JVM says. */
    String jcmd(String... words) throws IOException, InterruptedException {
        var all = new ArrayList<String>();
        all.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        all.add(Long.toString(process.pid()));
        all.addAll(List.of(words));
        var asked = new ProcessBuilder(all).redirectErrorStream(true).start();
        var said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        asked.waitFor();
        return said;
    }

    /** MB of snapshots on its disk. */
    double snapshotsMb() throws IOException {
        return files("snapshot\\.\\d+_\\d+").stream().mapToLong(ManagerProcess::size).sum() / MEGABYTE;
    }

    /** How long each snapshot took to write, and how large it is, as it says in its log. */
    Map<String, List<Double>> snapshots() throws IOException {
        var seconds = new ArrayList<Double>();
        var megabytes = new ArrayList<Double>();
        var matcher = SNAPSHOT.matcher(Files.readString(log()));
        while (matcher.find()) {
            megabytes.add(Double.parseDouble(matcher.group(1)) / MEGABYTE);
            seconds.add(Double.parseDouble(matcher.group(2)) / 1e3);
        }
        return Map.of("a snapshot's size", megabytes, "a snapshot's time to write, beside all else", seconds);
    }

    /** MB that its log has grown by since it was first asked for, whatever was removed of it; to be asked for often. */
    double logMb() throws IOException {
        for (Path file : files(SEGMENT.pattern())) {
            var matcher = SEGMENT.matcher(file.getFileName().toString());
            if (matcher.matches()) segments.merge(Long.parseLong(matcher.group(1)), size(file), Math::max);
        }
        return segments.values().stream().mapToLong(Long::longValue).sum() / MEGABYTE;
    }

    private List<Path> files(String namesLike) throws IOException {
        try (Stream<Path> files = Files.find(data(), 9, (file, _) -> file.getFileName().toString().matches(namesLike))) {
            return files.toList();
        } catch (UncheckedIOException e) {
            return List.of(); // one was renamed meanwhile
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0; // it was removed meanwhile
        }
    }

    /** Ends it and waits. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
