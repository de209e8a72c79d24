package io.cardume.e2e.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Fleet;
import io.cardume.e2e.Host;
import io.cardume.e2e.soak.Samples.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Gentle churn for hours on three real engines, with a look at every process and host all the while. At the end everything must be as
 * wanted, then everything is removed and nothing may be left; the lines of memory, threads and open files must be flat. {@code bench/soak}
 * starts it.
 */
public final class SoakBench {
    private static final int HOSTS = 3;
    private static final long SEED = 1;
    private static final Duration LIMIT = Duration.ofMinutes(4);
    /** What is lost keeps its addresses for five minutes, and its network so long. */
    private static final Duration ALL_GONE = Duration.ofMinutes(7);
    private static final Duration START = Duration.ofSeconds(5);
    private static final Duration LEAST_PAUSE = Duration.ofSeconds(2);
    private static final List<Figure> LEFT = List.of(Figure.BRIDGES, Figure.TUNNELS, Figure.RULES, Figure.MOUNTS, Figure.NETWORKS, Figure.CONTAINERS, Figure.STRAYS);

    private final Cluster cluster;
    private final double minutes;
    private final Path out;
    private final String commit;
    private final Samples samples;
    private final Sampler sampler;
    private final Churn churn;
    private final List<String> troubles = new ArrayList<>();
    /** How often what there was was not what is wanted, and did not become so in time. */
    private int differed;

    private SoakBench(Cluster cluster, double minutes, Path out, String commit) {
        this.cluster = cluster;
        this.minutes = minutes;
        this.out = out;
        this.commit = commit;
        this.samples = new Samples(out.resolve("samples.csv"));
        this.sampler = new Sampler(cluster, samples);
        this.churn = new Churn(cluster, SEED);
    }

    /** Arguments: minutes; a directory for what is measured; the commit that is measured. Or: {@code --judge}; a directory in which samples are. */
    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("--judge")) {
            Judgement judgement = Judgement.of(Samples.read(Path.of(arguments[1]).resolve("samples.csv")).lines());
            judgement.table().forEach(System.out::println);
            System.out.println("\n" + judgement.words());
            System.exit(judgement.isFlat() ? 0 : 1);
        }
        Path out = Files.createDirectories(Path.of(arguments[1]));
        boolean right;
        try (Fleet fleet = Fleet.start(HOSTS)) {
            right = new SoakBench(new Cluster(fleet), Double.parseDouble(arguments[0]), out, arguments[2]).run();
        }
        System.exit(right ? 0 : 1);
    }

    private boolean run() throws IOException {
        startManager();
        // The shortest there is: each node's is renewed every half an hour, or the node is out after an hour.
        cluster.localCli().run("swarm", "update", "--cert-expiry", "1h").ok();
        cluster.fleet().hosts().forEach(this::startAgent);
        Gently.until("all nodes are ready", LIMIT, () -> cluster.nodes().values().stream().filter("ready"::equals).count() >= HOSTS);
        Gently.until("hosts are at rest", LIMIT, () -> {
            sampler.hosts();
            return samples.latest(Figure.BRIDGES).size() == HOSTS;
        });
        Map<Figure, Map<String, Double>> before = left();
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            clock.scheduleWithFixedDelay(looking(sampler::processes), 0, 10, TimeUnit.SECONDS);
            clock.scheduleWithFixedDelay(looking(sampler::hosts), 60, 60, TimeUnit.SECONDS);
            clock.scheduleWithFixedDelay(looking(sampler::liveHeaps), 5, 5, TimeUnit.MINUTES);
            churn();
            clock.shutdownNow();
        }
        sampler.liveHeaps();
        Judgement judgement = Judgement.of(samples.lines());
        boolean asWanted = differed == 0 & tried("everything is as wanted", () -> Gently.until("everything is as wanted", LIMIT, () -> differences().isEmpty()));
        tried("removing", churn::removeAll);
        boolean nothingLeft = tried("nothing is left", () -> Gently.until("nothing is left", ALL_GONE, () -> {
            sampler.hosts();
            Gently.pause(Duration.ofSeconds(5));
            return left().equals(before);
        }));
        judgement.table().forEach(System.out::println);
        System.out.println();
        churn.done().forEach((what, times) -> System.out.printf(Locale.ROOT, "%-50s %6d%n", what, times));
        System.out.printf(Locale.ROOT, "%-50s %6d%n", "certificates of nodes, of an hour each", sampler.certificates());
        if (!nothingLeft) before.forEach((figure, then) -> System.out.println("left, " + figure + ": before " + then + ", now " + samples.latest(figure)));
        troubles.forEach(trouble -> System.out.println("trouble: " + trouble));
        System.out.println("at the end everything is as wanted: " + asWanted + "; after everything was removed nothing is left: " + nothingLeft);
        System.out.println(judgement.words());
        write(judgement, asWanted, nothingLeft);
        return asWanted && nothingLeft && judgement.isFlat();
    }

    /** A look that fails is no reason to look no more. */
    private static Runnable looking(Runnable look) {
        return () -> {
            try {
                look.run();
            } catch (RuntimeException | AssertionError e) {
                System.err.println("a look failed: " + e);
            }
        };
    }

    private Map<Figure, Map<String, Double>> left() {
        Map<Figure, Map<String, Double>> left = new TreeMap<>();
        LEFT.forEach(figure -> left.put(figure, samples.latest(figure)));
        return left;
    }

    private List<String> differences() {
        List<String> differences = churn.differences();
        if (!differences.isEmpty()) System.err.println(String.join("\n", differences));
        return differences;
    }

    /** Something that happens to Cardume itself, at a share of the time. */
    private record Mishap(double at, String what, Runnable happens) {
    }

    private void churn() {
        List<Mishap> mishaps = new ArrayList<>();
        // Twice early and once late: between, a manager lives for four fifths of the run, and so does an agent.
        for (double at : List.of(0.06, 0.12, 0.92)) mishaps.add(new Mishap(at, "manager killed", this::killManager));
        for (double at : List.of(0.05, 0.1, 0.9)) mishaps.add(new Mishap(at, "agent of h2 killed", () -> killAgent(cluster.fleet().host(2))));
        for (double at = 0.1; at < 0.95; at += 0.2) mishaps.add(new Mishap(at, "agent of h3 killed", () -> killAgent(cluster.fleet().host(3))));
        for (double at = 0.08; at < 1; at += 0.08)
            mishaps.add(new Mishap(at, "compared", () -> Gently.until("everything is as wanted", LIMIT, () -> differences().isEmpty())));
        mishaps.sort(Comparator.comparingDouble(Mishap::at));
        while (samples.minute() < minutes) {
            long began = System.nanoTime();
            int[] starts = {0};
            if (!mishaps.isEmpty() && samples.minute() > minutes * mishaps.getFirst().at()) {
                Mishap mishap = mishaps.removeFirst();
                System.err.printf(Locale.ROOT, "minute %.1f: %s%n", samples.minute(), mishap.what());
                boolean went = tried(mishap.what(), mishap.happens());
                if (!went && mishap.what().equals("compared")) differed++;
            } else {
                tried("a step", () -> starts[0] = churn.step());
            }
            Duration pause = START.multipliedBy(starts[0]).minusNanos(System.nanoTime() - began);
            Gently.pause(pause.compareTo(LEAST_PAUSE) < 0 ? LEAST_PAUSE : pause);
        }
    }

    private boolean tried(String what, Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException | AssertionError e) {
            troubles.add(String.format(Locale.ROOT, "minute %.1f, %s: %s", samples.minute(), what, e.getMessage()));
            System.err.println(troubles.getLast());
            return false;
        }
    }

    private void killAgent(Host host) {
        cluster.killAgent(host);
        Gently.pause(Duration.ofSeconds(5));
        startAgent(host);
    }

    private void startAgent(Host host) {
        cluster.startAgent(host);
        sampler.watch(host, cluster.agent(host));
    }

    private void killManager() {
        cluster.killManager();
        Gently.pause(Duration.ofSeconds(5));
        startManager();
    }

    private void startManager() {
        cluster.launchManager();
        sampler.watch(cluster.fleet().manager(), cluster.manager());
        Gently.until("the manager answers", LIMIT, () -> cluster.api().call("GET", "/_ping", "").status() == 200);
    }

    private static String yes(boolean so) {
        return so ? "yes" : "NO";
    }

    private void write(Judgement judgement, boolean asWanted, boolean nothingLeft) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode all = mapper.createObjectNode().put("title", "Hours of churn")
                .put("about", String.format(Locale.ROOT, "%.0f minutes of gentle churn on three engines: services created, scaled, updated, removed, containers killed, "
                        + "agents and the manager too. Everything was as wanted whenever it was compared, and at the end: %s; after everything was removed nothing was "
                        + "left: %s. Requests to published ports, asked beside all that: %d answered, %d not. Certificates lived an hour and nodes had %d of them. %s",
                        minutes, yes(asWanted), yes(nothingLeft), churn.done().getOrDefault("requests answered", 0), churn.done().getOrDefault("requests lost", 0), sampler.certificates(), judgement.words()))
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()).put("commit", commit)
                .put("command", String.format(Locale.ROOT, "bench/soak %.0f", minutes));
        judgement.table().forEach(all.putArray("trends")::add);
        troubles.forEach(all.putArray("troubles")::add);
        churn.done().forEach(all.putObject("done")::put);
        all.set("figures", samples.json());
        Path file = out.resolve("soak.json");
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(all));
        System.out.println("the lines are in " + file + ", all samples in " + out.resolve("samples.csv"));
    }
}
