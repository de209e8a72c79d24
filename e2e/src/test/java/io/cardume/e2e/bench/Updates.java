package io.cardume.e2e.bench;

import static io.cardume.e2e.bench.Figures.FLOOR;
import static io.cardume.e2e.bench.Ground.BROKEN_IMAGE;
import static io.cardume.e2e.bench.Ground.IMAGE;
import static io.cardume.e2e.bench.Ground.NEXT_IMAGE;
import static io.cardume.e2e.bench.Ground.awaitRunning;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Twelve replicas from one version to the next, two at a time; and to one that crashes, and back. */
final class Updates {
    private static final int REPLICAS = 12;
    private final Ground ground;
    private final Figures figures;

    Updates(Ground ground) {
        this.ground = ground;
        this.figures = ground.figures();
    }

    /** Ends when all twelve run the new version. */
    void update(String order) throws InterruptedException {
        var name = "update of 12, " + order;
        ground.floor(name, () -> {
            long start = System.nanoTime();
            var made = ground.floor().start(REPLICAS, ground.fleet().hosts());
            figures.since(start, name, FLOOR);
            ground.floor().remove(made);
            return null;
        });
        ground.each(name, subject -> {
            var service = ground.nextName();
            subject.create(service, REPLICAS, IMAGE, "--update-parallelism", "2", "--update-order", order);
            awaitRunning(subject, service, REPLICAS);
            long start = System.nanoTime();
            subject.update(service, "--image", NEXT_IMAGE);
            int lowest = Ground.lowestUntil("all run the new version", subject, service, REPLICAS, tasks -> runningOf(NEXT_IMAGE, tasks) == REPLICAS);
            figures.since(start, name, subject.name());
            figures.noteHigher(lowest, name + ", lowest number running", "tasks", subject.name());
            ground.remove(subject, service);
        });
    }

    /** Ends when twelve of the old version run and none of the new one is wanted. A client asks the twelve in turn all the while. */
    void broken() throws InterruptedException {
        var name = "broken update of 12 rolled back";
        ground.each(name, subject -> {
            var service = ground.nextName();
            subject.create(service, REPLICAS, IMAGE, "--update-parallelism", "2", "--update-order", "start-first", "--update-failure-action", "rollback",
                    "--rollback-parallelism", "2", "--rollback-order", "start-first",
                    "--publish", "mode=host,target=8080");
            awaitRunning(subject, service, REPLICAS);
            try (Client client = new Client(addresses(subject, service))) {
                long start = System.nanoTime();
                subject.update(service, "--image", BROKEN_IMAGE);
                int lowest = Ground.lowestUntil("all is as before", subject, service, REPLICAS, tasks -> runningOf(IMAGE, tasks) == REPLICAS
                        && tasks.stream().noneMatch(task -> Subject.image(task).equals(BROKEN_IMAGE) && task.path("DesiredState").asText().matches("running|ready"))
                        && subject.api().get("/v1.41/services/" + service).path("UpdateStatus").path("State").asText().equals("rollback_completed"));
                figures.since(start, name, subject.name());
                figures.noteHigher(lowest, name + ", lowest number running", "tasks", subject.name());
                figures.note(1000.0 * client.lost.get() / Math.max(1, client.asked.get()), name + ", requests lost of 1,000", "requests", subject.name());
            }
            ground.remove(subject, service);
        });
    }

    private static long runningOf(String image, List<JsonNode> tasks) {
        return tasks.stream().filter(task -> Subject.runs(task) && Subject.image(task).equals(image)).count();
    }

    private List<InetSocketAddress> addresses(Subject subject, String service) {
        return subject.tasks(service).stream().filter(Subject::runs).map(task -> {
            var host = ground.fleet().hosts().stream().filter(each -> subject.node(each).equals(task.path("NodeID").asText())).findFirst().orElseThrow();
            return new InetSocketAddress(host.address(), task.path("Status").path("PortStatus").path("Ports").path(0).path("PublishedPort").asInt());
        }).toList();
    }

    /** Asks addresses in turn, over a new connection each time, until it is closed. */
    private static final class Client implements AutoCloseable {
        private static final int LIMIT = 2_000;
        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger lost = new AtomicInteger();
        private final Thread thread;

        Client(List<InetSocketAddress> addresses) {
            thread = Thread.ofVirtual().start(() -> {
                for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                    ask(addresses.get(i % addresses.size()));
                    LockSupport.parkNanos(5_000_000);
                }
            });
        }

        private void ask(InetSocketAddress address) {
            asked.incrementAndGet();
            try (Socket socket = new Socket()) {
                socket.connect(address, LIMIT);
                socket.setSoTimeout(LIMIT);
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                if (!new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).contains("v1 ")) lost.incrementAndGet();
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) asked.decrementAndGet();
                else lost.incrementAndGet();
            }
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
