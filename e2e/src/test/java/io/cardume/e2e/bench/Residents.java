package io.cardume.e2e.bench;

import static io.cardume.e2e.bench.Figures.FLOOR;
import static io.cardume.e2e.bench.Ground.IMAGE;
import static io.cardume.e2e.bench.Ground.awaitRunning;

import io.cardume.e2e.Host;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Memory and processor of who has nothing to do, without tasks and with a hundred. The engines are looked at before anybody begins; what
 * swarm mode takes is what its engines have grown by since, with as many containers.
 */
final class Residents {
    private static final String MANAGER = "resident memory of the manager, ";
    private static final String WORKER = "resident memory of a worker, ";
    private static final int TASKS = 100;
    private static final int SETTLE = 3;
    private static final int SECONDS = 20;
    private final Ground ground;
    private final Figures figures;
    /** Memory, and percent of a core while nobody asked for anything. */
    private record Taken(double megabytes, double percent) {
    }

    /** The engines without anybody, by their host's number: memory without containers, and all with a hundred in all. */
    private final Map<Integer, Double> plain = new TreeMap<>();
    private final Map<Integer, Taken> engines = new TreeMap<>();

    Residents(Ground ground) {
        this.ground = ground;
        this.figures = ground.figures();
    }

    /** The engines alone. */
    void engines() throws Exception {
        // An engine keeps much of what its first containers made it take: it is looked at when that is so.
        ground.floor().remove(ground.floor().start(TASKS, ground.fleet().hosts()));
        var made = ground.floor().start(TASKS, ground.fleet().hosts());
        var taken = taken(Map.of(1, manager().engineProcess(), 2, worker().engineProcess()));
        engines.putAll(taken);
        figures.note(taken.get(1).megabytes(), "resident memory of a plain engine, 33 containers", "MB", FLOOR);
        figures.note(taken.get(1).percent(), "idle processor of a plain engine, 33 containers", "% of a core", FLOOR);
        ground.floor().remove(made);
        TimeUnit.SECONDS.sleep(SETTLE);
        plain.put(1, Machine.residentMegabytes(manager().engineProcess()));
        plain.put(2, Machine.residentMegabytes(worker().engineProcess()));
        figures.note(plain.get(1), "resident memory of a plain engine, no container", "MB", FLOOR);
    }

    /** What managers take after all that was measured. */
    void atTheEnd() throws InterruptedException {
        ground.each("memory at the end", subject -> figures.note(Machine.residentMegabytes(subject.managerProcess()),
                "resident memory of the manager's process, at the end of the run", "MB", subject.name()));
    }

    /** Somebody who has just begun. */
    void of(Subject subject) throws Exception {
        boolean inEngine = subject instanceof OfSwarm;
        TimeUnit.SECONDS.sleep(SETTLE);
        figures.note(Machine.residentMegabytes(subject.managerProcess()) - (inEngine ? plain.get(1) : 0), MANAGER + "no task", "MB", subject.name());
        figures.note(Machine.residentMegabytes(subject.workerProcess(worker())) - (inEngine ? plain.get(2) : 0), WORKER + "no task", "MB", subject.name());
        var service = ground.nextName();
        try {
            subject.create(service, TASKS, IMAGE);
            awaitRunning(subject, service, TASKS);
            var taken = taken(Map.of(1, subject.managerProcess(), 2, subject.workerProcess(worker())));
            figures.note(taken.get(1).megabytes() - (inEngine ? engines.get(1).megabytes() : 0), MANAGER + "100 tasks", "MB", subject.name());
            figures.note(taken.get(2).megabytes() - (inEngine ? engines.get(2).megabytes() : 0), WORKER + "33 tasks", "MB", subject.name());
            figures.note(taken.get(1).percent() - (inEngine ? engines.get(1).percent() : 0), "idle processor of the manager, 100 tasks", "% of a core", subject.name());
            figures.note(taken.get(2).percent() - (inEngine ? engines.get(2).percent() : 0), "idle processor of a worker, 33 tasks", "% of a core", subject.name());
        } finally {
            ground.remove(subject, service);
        }
    }

    private static Map<Integer, Taken> taken(Map<Integer, Long> processes) throws InterruptedException {
        TimeUnit.SECONDS.sleep(SETTLE);
        var before = new TreeMap<Integer, Double>();
        processes.forEach((which, process) -> before.put(which, Machine.processorSeconds(process)));
        TimeUnit.SECONDS.sleep(SECONDS);
        var taken = new TreeMap<Integer, Taken>();
        processes.forEach((which, process) -> taken.put(which, new Taken(Machine.residentMegabytes(process),
                100 * (Machine.processorSeconds(process) - before.get(which)) / SECONDS)));
        return taken;
    }

    private Host manager() {
        return ground.fleet().host(1);
    }

    private Host worker() {
        return ground.fleet().host(2);
    }
}
