package io.cardume.e2e.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Fleet;
import io.cardume.e2e.bench.Machine.Ticks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Measures Cardume and Docker's swarm mode on a fleet of three, in the same run and in turns, next to what the engines alone need for the
 * same containers. What cannot be measured is noted, and the run goes on. {@code bin/bench} starts it.
 */
public final class SystemBench {
    private static final int HOSTS = 3;
    private static final int ROUNDS = 3;
    private static final Duration MOST = Duration.ofMinutes(24);
    /** Once, before and after the rounds. */
    private static final String MEMORY = "memory";
    private static final String MANY = "many";
    /** What a short run leaves out. */
    private static final Set<String> LONG = new TreeSet<>(Set.of(MEMORY, MANY, "deploy50", "deploy100", "rollback", "drain"));

    private final Figures figures = new Figures();
    private final Map<String, Duration> lasted = new LinkedHashMap<>();
    private final ObjectNode run = JsonNodeFactory.instance.objectNode();
    private final Instant end;
    private final Path file;

    private SystemBench(Path file, Duration most) {
        this.file = file;
        this.end = Instant.now().plus(most);
    }

    /** A round of it measures everybody once and leaves nothing behind. */
    private interface Scenario {
        void round(int number) throws Exception;
    }

    /**
     * Arguments: the file for the figures; {@code --quick} for one round of what is short; {@code --minutes} and how many it may take (24):
     * rounds that would end later are left out; how many rounds (3); names of scenarios, all if there is none.
     */
    public static void main(String[] arguments) throws Exception {
        var words = new ArrayList<>(List.of(arguments));
        var file = Path.of(words.removeFirst());
        var command = String.join(" ", words);
        boolean quick = words.remove("--quick");
        int minutes = words.indexOf("--minutes");
        var most = MOST;
        if (minutes >= 0) {
            most = Duration.ofMinutes(Long.parseLong(words.remove(minutes + 1)));
            words.remove(minutes);
        }
        int rounds = !words.isEmpty() && words.getFirst().matches("[1-9]\\d*") ? Integer.parseInt(words.removeFirst()) : quick ? 1 : ROUNDS;
        var bench = new SystemBench(file, most);
        // An engine in swarm mode refuses live-restore; everybody is measured on the same settings.
        try (Fleet fleet = Fleet.start(HOSTS, "{}")) {
            bench.run(fleet, rounds, words, quick, command);
        } catch (Exception | AssertionError e) {
            bench.figures.failed("the run", e);
            throw e;
        } finally {
            bench.write();
        }
    }

    private void run(Fleet fleet, int rounds, List<String> asked, boolean quick, String command) throws Exception {
        var cluster = new Cluster(fleet);
        Subject cardume = new OfCardume(cluster);
        Subject swarm = new OfSwarm(fleet);
        var ground = new Ground(fleet, List.of(cardume, swarm), figures);
        var residents = new Residents(ground);
        var scenarios = scenarios(ground);
        var known = new ArrayList<>(scenarios.keySet());
        known.add(0, MEMORY);
        known.add(MANY);
        var unknown = asked.stream().filter(word -> !known.contains(word)).toList();
        if (!unknown.isEmpty()) throw new IllegalArgumentException("no such scenario: " + unknown + "; there are " + known);
        var chosen = asked.isEmpty() ? known.stream().filter(name -> !quick || !LONG.contains(name)).toList() : asked;
        describe(fleet, command);
        var ticks = Ticks.now();

        if (chosen.contains("managers")) for (int i = 0; i < rounds; i++) attempt("managers", () -> Managers.engineStart(fleet.host(HOSTS), figures));
        boolean memory = chosen.contains(MEMORY) && attempt(MEMORY, residents::engines);
        for (Subject subject : List.of(swarm, cardume)) {
            if (!attempt(subject + " begins", subject::begin)) ground.leaveOut(subject);
            else if (memory) attempt(MEMORY + ", " + subject, () -> residents.of(subject));
        }

        for (int round = 1; round <= rounds; round++)
            for (var scenario : scenarios.entrySet())
                if (chosen.contains(scenario.getKey())) one(ground, scenario.getKey(), scenario.getValue(), round, chosen.contains(MANY));
        ground.round(0);
        if (chosen.contains(MANY)) attempt(MANY, new Managers(ground)::many);
        if (memory) attempt(MEMORY, residents::atTheEnd);
        run.withObject("/machine").put("load at the end", Machine.load()).put("busy in the run", Ticks.now().busySince(ticks) + " %")
                .put("stolen by other machines in the run", Ticks.now().stolenSince(ticks) + " %");
    }

    private static Map<String, Scenario> scenarios(Ground ground) {
        var deploys = new Deploys(ground);
        var losses = new Losses(ground);
        var updates = new Updates(ground);
        var calls = new Calls(ground);
        var managers = new Managers(ground);
        var all = new LinkedHashMap<String, Scenario>();
        all.put("deploy10", _ -> deploys.deploy(10));
        all.put("deploy50", _ -> deploys.deploy(50));
        all.put("deploy100", _ -> deploys.hundred());
        all.put("scale", _ -> deploys.scale());
        all.put("kill", _ -> losses.container());
        all.put("host", _ -> losses.host());
        all.put("update", _ -> {
            updates.update("start-first");
            updates.update("stop-first");
        });
        all.put("calls", _ -> {
            calls.least();
            calls.creates();
        });
        all.put("managers", number -> {
            managers.start(number);
            managers.killed();
        });
        all.put("drain", _ -> losses.drain());
        all.put("rollback", _ -> updates.broken());
        return all;
    }

    /** A round of a scenario, if the last one of it lets hope that there is time. */
    private void one(Ground ground, String name, Scenario scenario, int round, boolean more) throws InterruptedException {
        var reserved = more ? Duration.ofMinutes(4) : Duration.ZERO;
        if (Instant.now().plus(lasted.getOrDefault(name, Duration.ZERO)).plus(reserved).isAfter(end)) {
            figures.leftOut(name + ", round " + round);
            return;
        }
        var began = Instant.now();
        ground.round(round);
        if (!attempt(name, () -> scenario.round(round))) ground.tidy();
        lasted.merge(name, Duration.between(began, Instant.now()), (a, b) -> a.compareTo(b) > 0 ? a : b);
        System.err.println(name + ", round " + round + ": took " + Duration.between(began, Instant.now()).toSeconds() + " s");
    }

    /** What is tried; whether it came to its end. */
    private interface Attempt {
        void run() throws Exception;
    }

    private boolean attempt(String name, Attempt attempt) throws InterruptedException {
        try {
            attempt.run();
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | AssertionError e) {
            figures.failed(name, e);
            return false;
        } finally {
            write();
        }
    }

    private void describe(Fleet fleet, String command) throws InterruptedException {
        var before = Ticks.now();
        TimeUnit.SECONDS.sleep(3);
        run.put("title", "Three engines: Cardume, Docker's swarm mode, and the engines alone");
        run.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()).put("commit", Machine.commit());
        run.put("command", ("bin/bench " + command).strip());
        run.set("machine", Machine.described().put("load at the start", Machine.load()).put("busy before the start", Ticks.now().busySince(before) + " %"));
        var engine = fleet.host(1).engine().get("/version");
        run.putObject("versions").put("engine", "Docker " + engine.path("Version").asText() + ", API " + engine.path("ApiVersion").asText())
                .put("CLI", "docker " + new OfSwarm(fleet).cli().version()).put("JDK", System.getProperty("java.vendor.version", "") + " " + System.getProperty("java.version"));
    }

    private void write() {
        try {
            figures.write(file, run);
        } catch (IOException e) {
            System.err.println("the figures cannot be written: " + e);
        }
    }
}
