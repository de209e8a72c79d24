package io.cardume.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Await;
import io.cardume.e2e.Fleet;
import io.cardume.e2e.Host;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** What all scenarios stand on: the fleet, who is measured on it, and where the samples go. */
final class Ground {
    static final String IMAGE = "cardume/web:1";
    static final String NEXT_IMAGE = "cardume/web:2";
    static final String BROKEN_IMAGE = "cardume/crash:1";
    /** How long anything may take. */
    static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Fleet fleet;
    private final List<Subject> subjects;
    private final Figures figures;
    private final Floor floor = new Floor();
    private int round;
    private int named;

    Ground(Fleet fleet, List<Subject> subjects, Figures figures) {
        this.fleet = fleet;
        this.subjects = new ArrayList<>(subjects);
        this.figures = figures;
    }

    /** What is done with each subject. */
    interface Turn {
        void of(Subject subject) throws Exception;
    }

    Fleet fleet() {
        return fleet;
    }

    Figures figures() {
        return figures;
    }

    Floor floor() {
        return floor;
    }

    List<Subject> subjects() {
        return List.copyOf(subjects);
    }

    /** One that could not even begin is not measured. */
    void leaveOut(Subject subject) {
        subjects.remove(subject);
    }

    /** From now on it is another round: another subject is the first. */
    void round(int number) {
        round = number;
    }

    /** A name that no service had before. */
    String nextName() {
        return "b" + ++named;
    }

    /** Does this with every subject in turn. Where one fails, that is noted, what it left is removed, and the next has its turn. */
    void each(String what, Turn turn) throws InterruptedException {
        for (int i = 0; i < subjects.size(); i++) {
            var subject = subjects.get((i + round) % subjects.size());
            try {
                turn.of(subject);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception | AssertionError e) {
                figures.failed(what + ", " + subject, e);
                tidy();
            }
        }
    }

    /** Measures the floor; a failure there is noted and ends nothing. */
    void floor(String what, Callable<Void> measured) {
        try {
            measured.call();
        } catch (Exception | AssertionError e) {
            figures.failed(what + ", " + Figures.FLOOR, e);
            tidy();
        }
    }

    /** Puts everything right that a failed turn may have left; what cannot be put right is noted. */
    void tidy() {
        try {
            for (Host host : fleet.hosts()) {
                host.heal();
                if (!answers(host)) host.start();
            }
            for (Subject subject : subjects) {
                subject.ensureManager();
                for (Host host : fleet.hosts()) subject.revive(host);
                for (Host host : fleet.hosts()) if (!availability(subject, host).equals("active")) subject.availability(subject.node(host), "active");
                subject.services().forEach(subject::remove);
            }
            until("no container of a service is left", () -> fleet.hosts().stream().mapToInt(host -> host.tasks().size()).sum(), left -> left == 0);
            for (Host host : fleet.hosts()) host.containers().forEach(container -> host.remove(container.id()));
        } catch (RuntimeException | AssertionError e) {
            figures.failed("putting the fleet right after a failure", e);
        }
    }

    private static String availability(Subject subject, Host host) {
        return subject.api().get("/v1.41/nodes/" + subject.node(host)).path("Spec").path("Availability").asText();
    }

    private static boolean answers(Host host) {
        try {
            return host.engine().call("GET", "/_ping", "").status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** Looks often until what is seen is as wanted. */
    static <T> T until(String what, Callable<T> look, Predicate<T> wanted) {
        return Await.until(what, LIMIT, PAUSE, look, wanted);
    }

    /** Waits until so many tasks of a service run. */
    static void awaitRunning(Subject subject, String service, int replicas) {
        until(replicas + " tasks of " + service + " run", () -> subject.running(service), running -> running == replicas);
    }

    /** Removes a service and waits until no engine has a container of it. */
    void remove(Subject subject, String service) {
        subject.remove(service);
        awaitGone(service);
    }

    /** Waits until no engine has a container of a service. */
    void awaitGone(String service) {
        until("no container of " + service + " is left", () -> fleet.hosts().stream().mapToInt(host -> host.tasks(service).size()).sum(), left -> left == 0);
    }

    /** How many containers of a service the engines run. */
    int containers(String service) {
        return fleet.hosts().stream().mapToInt(host -> host.running(service).size()).sum();
    }

    /** Asks for the tasks until they are as wanted; the lowest number that ran at any time. */
    static int lowestUntil(String what, Subject subject, String service, int most, Predicate<List<JsonNode>> wanted) {
        int[] lowest = {most};
        until(what, () -> {
            var now = subject.tasks(service);
            lowest[0] = Math.min(lowest[0], (int) now.stream().filter(task -> task.path("Status").path("State").asText().equals("running")).count());
            return wanted.test(now);
        }, Boolean::booleanValue);
        return lowest[0];
    }
}
