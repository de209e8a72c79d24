package io.cardume.e2e;

import io.cardume.e2e.Host.Container;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * How many containers of a service ran at the least since this was made. Every engine says when each of its containers started and
 * ended, by the clock of the one machine that all are on: unlike a look at one host after the other, this is of one moment however
 * long the look takes, and misses none.
 */
final class Least implements AutoCloseable {
    /** When, in nanoseconds since 1970; what happened; to which container. */
    private record Event(long at, String what, String container) {

        static Event of(String line) {
            String[] words = line.split(" ");
            return new Event(Long.parseLong(words[0]), words[1], words[2]);
        }
    }

    private final Cluster cluster;
    private final String service;
    private final Set<String> before;
    private final List<Path> told = new ArrayList<>();
    private final List<Process> listening = new ArrayList<>();

    /** Of a service of which nothing starts or ends at this moment. */
    Least(Cluster cluster, String service) {
        this.cluster = cluster;
        this.service = service;
        Instant now = Instant.now();
        before = running();
        try {
            for (Host host : cluster.fleet().hosts()) {
                Path file = Files.createTempFile("events", ".txt");
                told.add(file);
                listening.add(cluster.cli().at("unix://" + host.socket()).start(file, "events", "--since", "%d.%09d".formatted(now.getEpochSecond(), now.getNano()),
                        "--filter", "type=container", "--filter", "event=start", "--filter", "event=die",
                        "--filter", "label=com.docker.swarm.service.name=" + service, "--format", "{{.TimeNano}} {{.Action}} {{.Actor.ID}}"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number, once every engine has told of all there was; nothing may start or end at this moment. */
    int number() {
        var least = new int[1];
        Await.until("the engines have told of all that started and ended", Cluster.SETTLES, () -> {
            var running = new TreeSet<>(before);
            least[0] = running.size();
            for (Event event : events()) {
                if (event.what().equals("start")) running.add(event.container());
                else running.remove(event.container());
                least[0] = Math.min(least[0], running.size());
            }
            return running;
        }, running -> running.equals(running()));
        return least[0];
    }

    private Set<String> running() {
        return cluster.running(service).stream().map(Container::id).collect(Collectors.toCollection(TreeSet::new));
    }

    private List<Event> events() throws IOException {
        var all = new ArrayList<Event>();
        for (Path file : told) {
            String text = Files.readString(file);
            // The last line may not be whole yet.
            text.substring(0, text.lastIndexOf('\n') + 1).lines().map(Event::of).forEach(all::add);
        }
        all.sort(Comparator.comparingLong(Event::at));
        return all;
    }

    @Override
    public void close() {
        try {
            for (Process process : listening) {
                process.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
            }
            for (Path file : told) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
