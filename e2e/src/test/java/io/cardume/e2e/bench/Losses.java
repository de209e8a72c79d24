package io.cardume.e2e.bench;

import static io.cardume.e2e.bench.Figures.FLOOR;
import static io.cardume.e2e.bench.Ground.IMAGE;
import static io.cardume.e2e.bench.Ground.awaitRunning;
import static io.cardume.e2e.bench.Ground.until;

import io.cardume.e2e.Host;
import java.util.stream.Stream;

/** What is lost and comes back: a container, a host; and a host that is emptied on purpose. */
final class Losses {
    private static final int REPLICAS = 30;
    private final Ground ground;
    private final Figures figures;

    Losses(Ground ground) {
        this.ground = ground;
        this.figures = ground.figures();
    }

    /** SIGKILL of a container's process until another task runs in its place. */
    void container() throws InterruptedException {
        container("container killed, replacement running");
        container("container killed, replacement running, restart delay 0", "--restart-delay", "0s");
    }

    private void container(String name, String... options) throws InterruptedException {
        ground.floor(name, () -> {
            long start = System.nanoTime();
            var made = ground.floor().start(1, ground.fleet().hosts());
            figures.since(start, name, FLOOR);
            ground.floor().remove(made);
            return null;
        });
        ground.each(name, subject -> {
            var service = ground.nextName();
            subject.create(service, 3, IMAGE, options);
            awaitRunning(subject, service, 3);
            var victim = subject.tasks(service).stream().filter(Subject::runs).findFirst().orElseThrow();
            var host = ground.fleet().hosts().stream().filter(each -> each.running(service).stream()
                    .anyMatch(container -> container.id().equals(Subject.container(victim)))).findFirst().orElseThrow();
            var process = ProcessHandle.of(host.process(Subject.container(victim))).orElseThrow();
            long start = System.nanoTime();
            process.destroyForcibly();
            until("a replacement runs", () -> subject.tasks(service).stream().filter(Subject::runs).toList(),
                    now -> now.size() == 3 && now.stream().noneMatch(task -> task.path("ID").equals(victim.path("ID"))));
            figures.since(start, name, subject.name());
            ground.remove(subject, service);
        });
    }

    /** A host with ten of thirty replicas is lost, until thirty run elsewhere. */
    void host() throws InterruptedException {
        var name = "host lost, 30 of 30 running elsewhere";
        raw(name);
        var lost = ground.fleet().hosts().getLast();
        ground.each(name, subject -> {
            var service = ground.nextName();
            subject.create(service, REPLICAS, IMAGE);
            awaitRunning(subject, service, REPLICAS);
            var node = subject.node(lost);
            long start = System.nanoTime();
            lost.kill();
            until("all run elsewhere", () -> elsewhere(subject, service, node), running -> running == REPLICAS);
            figures.since(start, name, subject.name());
            lost.start();
            for (Subject each : ground.subjects()) each.revive(lost);
            ground.remove(subject, service);
            lost.containers().forEach(container -> lost.remove(container.id()));
        });
    }

    /** A host with ten of thirty replicas is drained, until thirty run elsewhere. */
    void drain() throws InterruptedException {
        var name = "drain of a host, 30 of 30 running elsewhere";
        raw(name);
        var drained = ground.fleet().hosts().getLast();
        ground.each(name, subject -> {
            var service = ground.nextName();
            subject.create(service, REPLICAS, IMAGE);
            awaitRunning(subject, service, REPLICAS);
            var node = subject.node(drained);
            long start = System.nanoTime();
            subject.availability(node, "drain");
            int lowest = Ground.lowestUntil("all run elsewhere", subject, service, REPLICAS,
                    tasks -> tasks.stream().filter(task -> Subject.runs(task) && !task.path("NodeID").asText().equals(node)).count() == REPLICAS);
            figures.since(start, name, subject.name());
            figures.noteHigher(lowest, "drain of a host, lowest number running of 30", "tasks", subject.name());
            subject.availability(node, "active");
            ground.remove(subject, service);
        });
    }

    /** The floor of both: the ten that were on the host are started on the two others. */
    private void raw(String name) {
        ground.floor(name, () -> {
            Stream<Host> others = ground.fleet().hosts().stream().limit(ground.fleet().hosts().size() - 1);
            var hosts = others.toList();
            long start = System.nanoTime();
            var made = ground.floor().start(REPLICAS / ground.fleet().hosts().size(), hosts);
            figures.since(start, name, FLOOR);
            ground.floor().remove(made);
            return null;
        });
    }

    private static long elsewhere(Subject subject, String service, String node) {
        return subject.tasks(service).stream().filter(task -> Subject.runs(task) && !task.path("NodeID").asText().equals(node)).count();
    }
}
