package io.cardume.e2e.bench;

import static io.cardume.e2e.bench.Figures.FLOOR;
import static io.cardume.e2e.bench.Ground.IMAGE;
import static io.cardume.e2e.bench.Ground.awaitRunning;
import static io.cardume.e2e.bench.Ground.until;

/** Services that come, grow, shrink and go. */
final class Deploys {
    private final Ground ground;
    private final Figures figures;

    Deploys(Ground ground) {
        this.ground = ground;
        this.figures = ground.figures();
    }

    /** From the CLI's start until all replicas run. */
    void deploy(int replicas) throws InterruptedException {
        var name = "deploy " + replicas;
        ground.floor(name, () -> {
            long start = System.nanoTime();
            var made = ground.floor().start(replicas, ground.fleet().hosts());
            figures.since(start, name, FLOOR);
            ground.floor().remove(made);
            return null;
        });
        ground.each(name, subject -> {
            var service = ground.nextName();
            long start = System.nanoTime();
            subject.create(service, replicas, IMAGE);
            awaitRunning(subject, service, replicas);
            figures.since(start, name, subject.name());
            ground.remove(subject, service);
        });
    }

    /** A hundred replicas: until the first runs, until all do, and until no container is left after the removal. The API is asked meanwhile. */
    void hundred() throws InterruptedException {
        int replicas = 100;
        ground.floor("deploy 100", () -> {
            long start = System.nanoTime();
            var first = ground.floor().start(1, ground.fleet().hosts());
            figures.since(start, "deploy 100, first running", FLOOR);
            ground.floor().remove(first);
            start = System.nanoTime();
            var made = ground.floor().start(replicas, ground.fleet().hosts());
            figures.since(start, "deploy 100", FLOOR);
            start = System.nanoTime();
            ground.floor().remove(made);
            figures.since(start, "service of 100 removed, no container left", FLOOR);
            return null;
        });
        ground.each("deploy 100", subject -> {
            var service = ground.nextName();
            long start = System.nanoTime();
            subject.create(service, replicas, IMAGE);
            until("the first runs", () -> subject.running(service), running -> running > 0);
            figures.since(start, "deploy 100, first running", subject.name());
            awaitRunning(subject, service, replicas);
            figures.since(start, "deploy 100", subject.name());
            new Calls(ground).latencies(subject, service, "100 tasks", 300, 100);
            start = System.nanoTime();
            subject.remove(service);
            ground.awaitGone(service);
            figures.since(start, "service of 100 removed, no container left", subject.name());
        });
    }

    /** From 10 replicas to 50 and back. */
    void scale() throws InterruptedException {
        var up = "scale 10 to 50";
        var down = "scale 50 to 10, stopped";
        ground.floor(up, () -> {
            long start = System.nanoTime();
            var made = ground.floor().start(40, ground.fleet().hosts());
            figures.since(start, up, FLOOR);
            start = System.nanoTime();
            ground.floor().stop(made);
            figures.since(start, down, FLOOR);
            ground.floor().remove(made);
            return null;
        });
        ground.each(up, subject -> {
            var service = ground.nextName();
            subject.create(service, 10, IMAGE);
            awaitRunning(subject, service, 10);
            long start = System.nanoTime();
            subject.scale(service, 50);
            awaitRunning(subject, service, 50);
            figures.since(start, up, subject.name());
            start = System.nanoTime();
            subject.scale(service, 10);
            until("10 containers run", () -> ground.containers(service), running -> running == 10);
            figures.since(start, down, subject.name());
            ground.remove(subject, service);
        });
    }
}
