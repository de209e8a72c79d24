package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Updates under whatever can go wrong with them, watched from outside. {@code bench/rollouts} starts it. */
public final class RolloutTrials {

    private static final int REPLICAS = 6;
    private static final int PLACES = 2;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String UNTOUCHABLE = "sh -c 'trap \"\" TERM; web'";

    /** One of them. */
    private interface Trial {
        void run() throws Exception;
    }

    private final Cluster cluster;
    private final Cli cli;
    private final Map<String, Trial> trials = new LinkedHashMap<>();

    private RolloutTrials(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
        trials.put("hangs", this::hangs);
        trials.put("hangs-and-pauses", this::hangsAndPauses);
        trials.put("ignores-sigterm", this::ignoresSigterm);
        trials.put("late", this::late);
        trials.put("dies-later", this::diesLater);
        trials.put("host-lost", this::hostLost);
        trials.put("manager-killed-before-the-first", () -> managerKilled(() -> state().equals("updating") && of(2) == 0));
        trials.put("manager-killed-between", () -> managerKilled(() -> of(2) >= 1 && of(2) < REPLICAS));
        trials.put("manager-killed-while-watching", () -> managerKilled(() -> of(1) == 0 && state().equals("updating")));
        trials.put("manager-killed-in-a-rollback", this::managerKilledInRollback);
        trials.put("manager-killed-in-a-job", this::managerKilledInJob);
        trials.put("two-at-once", this::twoAtOnce);
    }

    /** Arguments: which trials, all if none is named. */
    public static void main(String[] arguments) throws Exception {
        boolean failed = false;
        try (Fleet fleet = Fleet.start(3)) {
            Cluster cluster = new Cluster(fleet);
            cluster.start();
            RolloutTrials all = new RolloutTrials(cluster);
            List<String> named = arguments.length == 0 ? List.copyOf(all.trials.keySet()) : List.of(arguments);
            for (String name : named) {
                cluster.reset();
                Instant start = Instant.now();
                System.out.println(name);
                try {
                    all.trials.get(name).run();
                    System.out.printf("  good, %.1f s%n", Duration.between(start, Instant.now()).toMillis() / 1e3);
                } catch (AssertionError | RuntimeException e) {
                    failed = true;
                    System.out.println("  FAILED: " + e);
                }
            }
        }
        System.exit(failed ? 1 : 0);
    }

    // --- trials -----------------------------------------------------------------------------------------------------

    private void hangs() {
        create(true);
        try (Watch watch = new Watch()) {
            Ran ran = update("--args", "sleep 1000");
            check(ran.exit() == 0, "the CLI ends well when all is as before: " + ran);
            check(state().equals("rollback_completed"), "it goes back: " + state());
            check(watch.lowest() >= REPLICAS, "never fewer than all: " + watch.lowest());
        }
        check(cluster.awaitRunning("web", REPLICAS).size() == REPLICAS && of(1) == REPLICAS, "all as before");
    }

    private void hangsAndPauses() {
        create(true);
        try (Watch watch = new Watch()) {
            Ran ran = update("--args", "sleep 1000", "--update-failure-action", "pause");
            check(ran.exit() == 1 && ran.err().contains("update paused due to failure"), "the CLI ends with 1 and says why: " + ran);
            check(watch.lowest() >= REPLICAS, "never fewer than all: " + watch.lowest());
            Ran back = cli.run(LIMIT, "service", "rollback", "web");
            check(back.exit() == 0, "a rollback by hand: " + back);
        }
        check(of(1) == REPLICAS, "all as before");
    }

    private void ignoresSigterm() {
        create(true);
        try (Watch watch = new Watch()) {
            Ran ran = update("--args", UNTOUCHABLE, "--stop-grace-period", "3s");
            check(ran.exit() == 0 && state().equals("completed"), "completed: " + ran);
            ran = update("--args", "web");
            check(ran.exit() == 0 && state().equals("completed"), "completed, though the old ones do not listen: " + ran);
            check(watch.lowest() >= REPLICAS, "never fewer than all: " + watch.lowest());
        }
        cluster.awaitRunning("web", REPLICAS);
    }

    private void late() {
        create(true);
        try (Watch watch = new Watch()) {
            Ran ran = update("--args", "sh -c 'sleep 20; exec web'", "--label-add", "cardume.startup.start-period=40s", "--update-parallelism", "3");
            check(ran.exit() == 0 && state().equals("completed"), "completed: " + ran);
            check(watch.lowest() >= REPLICAS, "never fewer than all: " + watch.lowest());
        }
        cluster.awaitRunning("web", REPLICAS);
    }

    private void diesLater() {
        create(false);
        try (Watch watch = new Watch()) {
            Ran ran = update("--args", "sh -c 'web & sleep 3; exit 3'", "--update-monitor", "6s");
            check(ran.exit() == 0 && state().equals("rollback_completed"), "it goes back: " + ran);
            // What was begun before the first failure was known may be lost too.
            System.out.println("  lowest number of replicas that answered: " + watch.lowest());
        }
        check(cluster.awaitRunning("web", REPLICAS).size() == REPLICAS && of(1) == REPLICAS, "all as before");
    }

    private void hostLost() throws Exception {
        create(true);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor(); Watch watch = new Watch()) {
            Future<Ran> ran = threads.submit(() -> update("--image", "cardume/web:2"));
            Await.until("a new task runs", LIMIT, () -> of(2) >= 1);
            Host host = cluster.fleet().hosts().stream().filter(each -> each.running("web").stream()
                    .anyMatch(container -> container.image().equals("cardume/web:2"))).findFirst().orElseThrow();
            int there = host.running("web").size();
            host.kill();
            Ran ended = ran.get();
            check(ended.exit() == 0 && state().equals("completed"), "completed all the same: " + ended);
            check(watch.lowest() >= REPLICAS - there, "no more lost than were on the host, " + there + ": " + watch.lowest());
            cluster.startHost(host);
        }
        cluster.awaitReady();
        check(cluster.awaitRunning("web", REPLICAS).size() == REPLICAS && of(2) == REPLICAS, "all new");
    }

    private void managerKilled(BooleanSupplier stage) {
        create(true);
        try (Watch watch = new Watch()) {
            update("-d", "--image", "cardume/web:2");
            Await.until("the stage is reached", LIMIT, stage::getAsBoolean);
            restartManager();
            Await.until("the update ends", LIMIT, this::state, "completed"::equals);
            check(watch.lowest() >= REPLICAS, "never fewer than all: " + watch.lowest());
        }
        check(cluster.awaitRunning("web", REPLICAS).size() == REPLICAS && of(2) == REPLICAS, "all new");
    }

    private void managerKilledInRollback() {
        create(false, "--rollback-delay", "3s", "--rollback-order", "start-first");
        try (Watch watch = new Watch()) {
            update("-d", "--image", "cardume/web:2", "--args", "sh -c 'web & sleep 5; exit 3'", "--update-monitor", "10s");
            Await.until("it goes back", LIMIT, this::state, "rollback_started"::equals);
            restartManager();
            Await.until("it is back", LIMIT, this::state, "rollback_completed"::equals);
            System.out.println("  lowest number of replicas that answered: " + watch.lowest());
        }
        check(cluster.awaitRunning("web", REPLICAS).size() == REPLICAS && of(1) == REPLICAS, "all as before");
    }

    private void managerKilledInJob() {
        cli.run("service", "create", "-d", "--name", "job", "--mode", "replicated-job", "--replicas", "6", "--max-concurrent", "2",
                "cardume/web:1", "sh", "-c", "sleep 2").ok();
        Await.until("one has completed", LIMIT, () -> completed() >= 1);
        restartManager();
        Await.until("all have completed", LIMIT, this::completed, count -> count == 6);
        Await.always("none runs twice", Duration.ofSeconds(3), () -> cluster.tasks("job").size(), count -> count == 6);
    }

    private void twoAtOnce() throws Exception {
        create(true);
        JsonNode read = cluster.api().get("/services/web");
        long version = read.path("Version").path("Index").asLong();
        String two = read.path("Spec").toString().replace("cardume/web:1", "cardume/web:2");
        String other = two.replace("\"Env\":[", "\"Env\":[\"OTHER=1\",");
        var answers = new ArrayList<CompletableFuture<UnixHttp.Answer>>();
        try (Watch watch = new Watch()) {
            for (String spec : List.of(two, other))
                answers.add(CompletableFuture.supplyAsync(() -> cluster.api().call("POST", "/services/web/update?version=" + version, spec)));
            var codes = answers.stream().map(CompletableFuture::join).map(UnixHttp.Answer::status).sorted().toList();
            check(codes.equals(List.of(200, 500)), "one is done, the stale one refused: " + codes);
            check(answers.stream().map(CompletableFuture::join).anyMatch(answer -> answer.body().contains("update out of sequence")), "in the engine's words");
            Await.until("the update ends", LIMIT, this::state, "completed"::equals);
            check(watch.lowest() >= REPLICAS, "never fewer than all: " + watch.lowest());
        }
        check(cluster.awaitRunning("web", REPLICAS).size() == REPLICAS && of(2) == REPLICAS, "all new");
    }

    // --- steps ------------------------------------------------------------------------------------------------------

    private void create(boolean checked, String... more) {
        var command = new ArrayList<>(List.of("service", "create", "-d", "--name", "web", "--replicas", String.valueOf(REPLICAS),
                "--publish", "mode=host,target=8080", "--update-parallelism", String.valueOf(PLACES), "--update-order", "start-first",
                "--update-monitor", "2s", "--update-failure-action", "rollback", "--rollback-monitor", "1s"));
        command.addAll(List.of(more));
        if (checked) {
            List.of("cardume.startup=http://:8080/", "cardume.startup.interval=500ms", "cardume.startup.start-period=3s").forEach(label -> {
                command.add("--label");
                command.add(label);
            });
        }
        command.add("cardume/web:1");
        command.add("web");
        cli.run(command.toArray(String[]::new)).ok();
        cluster.awaitRunning("web", REPLICAS);
        Await.until("all answer", LIMIT, this::answering, count -> count == REPLICAS);
    }

    private Ran update(String... how) {
        var command = new ArrayList<>(List.of("service", "update"));
        command.addAll(List.of(how));
        command.add("web");
        return cli.run(LIMIT, command.toArray(String[]::new));
    }

    private void restartManager() {
        cluster.killManager();
        cluster.startManager();
    }

    private String state() {
        return cluster.api().get("/services/web").path("UpdateStatus").path("State").asText();
    }

    private long completed() {
        return cluster.tasks("job").stream().filter(task -> task.state().equals("complete")).count();
    }

    /** How many containers of the service run this version, by what the engines say. */
    private long of(int version) {
        return cluster.running("web").stream().filter(container -> container.image().equals("cardume/web:" + version)).count();
    }

    private static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    // --- who answers -------------------------------------------------------------------------------------------------

    /** How many replicas answer on their port, by what the engines list; neither the manager nor an agent is asked. */
    private int answering() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (Host host : cluster.fleet().hosts()) {
            try {
                for (JsonNode container : host.engine().get("/containers/json"))
                    if (container.path("Labels").path("com.docker.swarm.service.name").asText().equals("web"))
                        for (JsonNode port : container.path("Ports"))
                            if (port.path("PublicPort").asInt() > 0) addresses.add(new InetSocketAddress(host.address(), port.path("PublicPort").asInt()));
            } catch (UncheckedIOException e) {
                // The host is lost, and so is what it had.
                continue;
            }
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> answers = addresses.stream().distinct().map(address -> threads.submit(() -> answers(address))).toList();
            int count = 0;
            for (Future<Boolean> answer : answers) if (answer.get()) count++;
            return count;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean answers(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).contains(" 200 ");
        } catch (IOException e) {
            return false;
        }
    }

    /** Counts who answers all the time, until it is closed. A count that is low is only believed when the next one is, too. */
    private final class Watch implements AutoCloseable {
        private final Thread thread;
        private volatile int lowest = Integer.MAX_VALUE;
        private volatile boolean ended;

        Watch() {
            thread = Thread.ofVirtual().start(() -> {
                while (!ended) {
                    int count = answering();
                    if (count < lowest) lowest = Math.min(lowest, Math.max(count, answering()));
                }
            });
        }

        int lowest() {
            return lowest;
        }

        @Override
        public void close() {
            ended = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
