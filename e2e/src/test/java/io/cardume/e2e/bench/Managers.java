package io.cardume.e2e.bench;

import static io.cardume.e2e.bench.Figures.FLOOR;
import static io.cardume.e2e.bench.Ground.until;

import io.cardume.e2e.Await;
import io.cardume.e2e.Fleet;
import io.cardume.e2e.Host;
import io.cardume.e2e.UnixHttp;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;

/** Managers that start, and that are killed and come back; the last with 10,000 tasks. */
final class Managers {
    static final String START = "manager or engine started, first answer";
    private static final int MANY = 10_000;
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final Duration LONG_PAUSE = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final Duration CALL = Duration.ofSeconds(20);
    private static final int TIMES = 2;
    private final Ground ground;
    private final Figures figures;

    Managers(Ground ground) {
        this.ground = ground;
        this.figures = ground.figures();
    }

    /** A new manager of Cardume without any data, beside the one that is measured. An engine's is measured before swarm mode begins. */
    void start(int number) throws Exception {
        var fleet = ground.fleet();
        var host = fleet.manager();
        var data = Files.createTempDirectory(host.directory(), "start");
        var socket = data.resolve("api.sock");
        var api = new UnixHttp(socket, Duration.ofSeconds(1));
        try (var aside = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            var launched = aside.submit(() -> host.run("start", List.of(Fleet.root().resolve("bin/cardume").toString(), "manager", "--api", "unix://" + socket,
                    "--cluster-addr", host.address() + ":" + (24_770 + number), "--data-dir", data.resolve("data").toString())));
            try {
                Await.until("the manager answers", Ground.LIMIT, PAUSE, () -> api.call("GET", "/v1.41/services", "").status(), status -> status == 200);
                figures.since(start, START, "cardume");
            } finally {
                launched.get().kill();
            }
        }
    }

    /** An engine that is in no swarm is killed and started. */
    static void engineStart(Host host, Figures figures) throws Exception {
        host.killEngine();
        try (var aside = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            var launched = aside.submit(host::launchEngine);
            Await.until("the engine answers", Ground.LIMIT, PAUSE, () -> host.engine().call("GET", "/_ping", "").status(), status -> status == 200);
            figures.since(start, START, FLOOR);
            launched.get();
        }
    }

    /** SIGKILL of a manager that has next to nothing to do, and its start: until it answers, and until it takes a service. */
    void killed() throws InterruptedException {
        ground.each("manager killed and started", subject -> {
            var service = ground.nextName();
            back(subject, "manager killed and started, first answer", "/v1.41/services", () -> {
                Await.until("it takes a service", Ground.LIMIT, PAUSE,
                        () -> subject.api().call("POST", "/v1.41/services/create", Calls.empty(service)).status(), status -> status == 201 || status == 409);
            }, "manager killed and started, writes again");
            subject.remove(service);
            ground.subjects().forEach(Subject::awaitReady);
        });
    }

    /** Kills and starts the manager; notes when it first answers the path with 200, and when what follows has come about. */
    private void back(Subject subject, String answered, String path, Runnable follows, String followed) throws Exception {
        subject.killManager();
        var call = new UnixHttp(subject.api().socket(), CALL);
        try (var aside = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            var launched = aside.submit(subject::launchManager);
            Await.until("it answers", Ground.LIMIT, PAUSE, () -> call.call("GET", path, "").status(), status -> status == 200);
            figures.since(start, answered, subject.name());
            follows.run();
            figures.since(start, followed, subject.name());
            launched.get();
        }
    }

    /** One service of 10,000 replicas that no node may take: they are all waiting, so that no engine has anything to do with it. */
    void many() throws InterruptedException {
        ground.each("10,000 tasks", subject -> {
            var service = ground.nextName();
            long start = System.nanoTime();
            subject.create(service, MANY, Ground.IMAGE, "--constraint", "node.labels.nowhere == yes");
            awaitMany(subject, service);
            figures.since(start, "10,000 tasks that wait, all in the list", subject.name());
            new Calls(ground).latencies(subject, service, "10,000 tasks", 300, 20);
            figures.note(Machine.residentMegabytes(subject.managerProcess()), "resident memory of the manager's process, 10,000 tasks", "MB", subject.name());
            for (int i = 0; i < TIMES; i++)
                back(subject, "manager killed and started, 10,000 tasks, first answer", "/v1.41/services/" + service, () -> awaitMany(subject, service),
                        "manager killed and started, 10,000 tasks, all in the list");
            start = System.nanoTime();
            subject.remove(service);
            Await.until("no task is left", LONG, LONG_PAUSE, () -> subject.api().get("/v1.41/tasks").size(), left -> left == 0);
            figures.since(start, "service of 10,000 tasks that wait removed", subject.name());
            subject.awaitReady();
        });
    }

    private static void awaitMany(Subject subject, String service) {
        Await.until("10,000 tasks are listed", LONG, LONG_PAUSE, () -> subject.tasks(service).size(), listed -> listed == MANY);
    }
}
