package io.cardume.e2e.soak;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Host;
import io.cardume.e2e.Host.Container;
import io.cardume.e2e.Host.Daemon;
import io.cardume.e2e.Ran;
import io.cardume.e2e.soak.Samples.Figure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Looks at the processes every few seconds and at the hosts every minute. What cannot be seen, as while something restarts, is left out. */
final class Sampler {
    private static final Duration CALL = Duration.ofSeconds(60);
    private static final Pattern COLLECTION = Pattern.compile("Pause .* \\d+M->(\\d+)M\\(");
    /** The end of a histogram of classes, which is of what lives: instances and bytes. */
    private static final Pattern LIVE = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)\\s*$");
    private static final double TICKS = 100;

    /** A process that is looked at. */
    private record Watched(Host host, Daemon daemon, int number) {
        String subject() {
            return (host.name().equals("manager") ? "manager" : "agent of " + host.name()) + ", process " + number;
        }
    }

    private record Used(double seconds, long at) {
    }

    private final Cluster cluster;
    private final Samples samples;
    private final ConcurrentMap<String, Watched> watched = new ConcurrentHashMap<>();
    private final Map<Path, Long> read = new HashMap<>();
    private final Map<Long, Used> used = new HashMap<>();
    private final Set<String> strays = new HashSet<>();
    /** When nodes' certificates ended that were seen. */
    private final Set<String> certificates = ConcurrentHashMap.newKeySet();

    Sampler(Cluster cluster, Samples samples) {
        this.cluster = cluster;
        this.samples = samples;
    }

    /** This is the host's process from now on; its lines begin anew. */
    void watch(Host host, Daemon daemon) {
        watched.compute(host.name(), (_, before) -> new Watched(host, daemon, before == null ? 1 : before.number() + 1));
    }

    /** One look at all processes. */
    void processes() {
        watched.values().forEach(each -> {
            try {
                process(each);
            } catch (IOException | UncheckedIOException e) {
                // It has ended this moment; the next one is another line.
                used.remove(each.daemon().pid());
            }
        });
    }

    private void process(Watched each) throws IOException {
        Path proc = Path.of("/proc/" + each.daemon().pid());
        Map<String, String> status = new HashMap<>();
        for (String line : Files.readAllLines(proc.resolve("status"))) status.put(line.replaceFirst(":.*", ""), line.replaceFirst("^[^:]*:\\s*", ""));
        // What is ending has no memory any more, and what it used is not told whole.
        if (!status.containsKey("VmRSS")) throw new IOException("process " + each.daemon().pid() + " ends");
        samples.add(Figure.RESIDENT, each.subject(), Double.parseDouble(status.get("VmRSS").replaceAll("\\D", "")) / 1024);
        samples.add(Figure.THREADS, each.subject(), Double.parseDouble(status.get("Threads")));
        try (Stream<Path> open = Files.list(proc.resolve("fd"))) {
            samples.add(Figure.FILES_OPEN, each.subject(), open.count());
        }
        String[] fields = Files.readString(proc.resolve("stat")).replaceFirst(".*\\) ", "").split(" ");
        Used now = new Used((Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) / TICKS, System.nanoTime());
        Used before = used.put(each.daemon().pid(), now);
        if (before != null) samples.add(Figure.CPU, each.subject(), 100 * (now.seconds() - before.seconds()) / ((now.at() - before.at()) / 1e9));
        lastCollection(each.daemon().log()).ifPresent(megabytes -> samples.add(Figure.HEAP, each.subject(), megabytes));
    }

    /** What the last collection left, if there was one since the last look: the programs write their collections to their logs. */
    private Optional<Double> lastCollection(Path log) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(read.getOrDefault(log, 0L), file.length() - (1 << 20));
            byte[] more = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(more);
            read.put(log, from + more.length);
            Optional<Double> last = Optional.empty();
            Matcher matcher = COLLECTION.matcher(new String(more, StandardCharsets.ISO_8859_1));
            while (matcher.find()) last = Optional.of(Double.parseDouble(matcher.group(1)));
            return last;
        }
    }

    /**
     * Has every process collect all its garbage, and notes what lives. It changes what is measured, a little: what would have waited for
     * a full collection is gone. A heap that is looked at without one has any amount of garbage in it, and says nothing of a leak.
     */
    void liveHeaps() {
        List<String> inside = new ArrayList<>();
        for (Watched each : watched.values()) insideOf(each).ifPresent(inside::add);
        for (Watched each : watched.values()) {
            // The hosts share /tmp, through which the JVM is asked: two that have one number inside their hosts cannot be told apart.
            Optional<String> pid = insideOf(each).filter(own -> inside.stream().filter(own::equals).count() == 1);
            if (pid.isEmpty()) continue;
            try {
                String all = each.host().exec(CALL, Path.of(System.getProperty("java.home"), "bin/jcmd").toString(), pid.get(), "GC.class_histogram").ok().out();
                Matcher total = LIVE.matcher(all);
                if (total.find()) samples.add(Figure.LIVE, each.subject(), Double.parseDouble(total.group(1)) / (1 << 20));
            } catch (UncheckedIOException | AssertionError e) {
                System.err.println("no live heap of " + each.subject() + ": " + e.getMessage());
            }
        }
    }

    private static Optional<String> insideOf(Watched each) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + each.daemon().pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("NSpid:")).map(line -> line.replaceFirst(".*\\s", "")).findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** One look at all hosts. */
    void hosts() {
        try {
            directory("manager", cluster.fleet().manager().directory().resolve("manager"));
            Set<String> known = new HashSet<>();
            for (JsonNode task : cluster.api().get("/tasks")) known.add(task.path("Status").path("ContainerStatus").path("ContainerID").asText());
            for (JsonNode node : cluster.api().get("/nodes"))
                if (node.path("Description").hasNonNull("CertificateExpiresAt")) certificates.add(node.path("ID").asText() + " " + node.path("Description").path("CertificateExpiresAt").asText());
            Set<String> unknown = new HashSet<>();
            for (Host host : cluster.fleet().hosts()) host(host, known, unknown);
            strays.retainAll(unknown);
            // What is seen twice is no task that has just come or gone.
            for (Host host : cluster.fleet().hosts())
                samples.add(Figure.STRAYS, host.name(), strays.stream().filter(stray -> stray.startsWith(host.name() + " ")).count());
            if (!strays.isEmpty()) System.err.println("no task has these containers: " + strays);
            strays.addAll(unknown);
        } catch (IOException | UncheckedIOException | AssertionError e) {
            System.err.println("a look at the hosts failed: " + e.getMessage());
        }
    }

    /** How many certificates of nodes there were so far. */
    int certificates() {
        return certificates.size();
    }

    private void host(Host host, Set<String> known, Set<String> unknown) throws IOException {
        String own = host.exec(CALL, "sh", "-c", "cat /proc/net/dev; echo -; cat /proc/self/mounts; echo -; "
                + "nft list ruleset 2>/dev/null | wc -l; iptables-save 2>/dev/null | wc -l; cat /proc/sys/net/netfilter/nf_conntrack_count").ok().out();
        String[] parts = own.split("(?m)^-$");
        List<String> links = parts[0].lines().filter(line -> line.contains(":")).map(line -> line.replaceFirst(":.*", "").strip()).toList();
        samples.add(Figure.BRIDGES, host.name(), links.stream().filter(link -> link.matches("docker0|br-.*|cdmbr.*")).count());
        samples.add(Figure.TUNNELS, host.name(), links.stream().filter(link -> link.startsWith("cdmvx")).count());
        // The agent mounts its directory for secrets with the first of them, where /run is not in memory, and keeps it. Another one would be left.
        long secrets = parts[1].lines().filter(line -> line.contains(" /run/cardume/")).count();
        samples.add(Figure.MOUNTS, host.name(), parts[1].lines().filter(line -> !line.isBlank()).count() - Math.min(1, secrets));
        List<Double> counts = parts[2].lines().filter(line -> !line.isBlank()).map(line -> Double.parseDouble(line.strip())).toList();
        samples.add(Figure.RULES, host.name(), counts.get(0) + counts.get(1));
        samples.add(Figure.CONNECTIONS, host.name(), counts.get(2));
        samples.add(Figure.NETWORKS, host.name(), host.engine().get("/networks").size());
        List<Container> containers = host.tasks();
        samples.add(Figure.CONTAINERS, host.name(), containers.size());
        containers.stream().filter(container -> !known.contains(container.id())).forEach(container -> unknown.add(host.name() + " " + container));
        directory("agent of " + host.name(), host.directory().resolve("agent"));
    }

    private void directory(String subject, Path directory) throws IOException {
        // du bears it that files go while it looks.
        List<String> said = Ran.of(CALL, Map.of(), List.of("sh", "-c", "find \"$0\" | wc -l; du -sk \"$0\" | cut -f1", directory.toString())).ok().lines();
        samples.add(Figure.DATA_FILES, subject, Double.parseDouble(said.get(0).strip()));
        samples.add(Figure.DATA_BYTES, subject, Double.parseDouble(said.get(1).strip()));
    }
}
