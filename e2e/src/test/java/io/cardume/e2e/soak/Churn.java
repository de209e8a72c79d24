package io.cardume.e2e.soak;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.e2e.Cluster;
import io.cardume.e2e.Host;
import io.cardume.e2e.Host.Container;
import io.cardume.e2e.UnixHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/**
 * What users do and what happens to containers, one thing after the other, chosen by chance of one seed; it remembers what
 * must come of it.
 */
final class Churn {
    private static final int MOST_SERVICES = 5;
    private static final int FEWEST_SERVICES = 2;
    private static final int MOST_REPLICAS = 4;
    private static final int FIRST_PORT = 18_100;
    private static final Duration FOLLOWED = Duration.ofSeconds(25);
    private static final Duration CALL = Duration.ofSeconds(60);

    /** What a service has besides its containers. */
    private enum Kind { PLAIN, PUBLISHED, NETWORKED, WITH_FILES }

    /** A service as it must be. */
    record Wanted(String name, Kind kind, int number, int replicas, int version, Map<String, String> parts) {
        Wanted of(int count) {
            return new Wanted(name, kind, number, count, version, parts);
        }

        Wanted at(int other) {
            return new Wanted(name, kind, number, replicas, other, parts);
        }

        String image() {
            return "cardume/web:" + version;
        }

        int port() {
            return FIRST_PORT + number % 50;
        }

        String spec() {
            String files = kind != Kind.WITH_FILES ? "" : """
                    , "Secrets": [{"SecretID": "%s", "SecretName": "%2$s", "File": {"Name": "secret", "UID": "0", "GID": "0", "Mode": 292}}],
                    "Configs": [{"ConfigID": "%3$s", "ConfigName": "%2$s", "File": {"Name": "/config", "UID": "0", "GID": "0", "Mode": 292}}]"""
                    .formatted(parts.get("secrets"), name, parts.get("configs"));
            String network = kind != Kind.NETWORKED ? "" : ", \"Networks\": [{\"Target\": \"" + parts.get("networks") + "\"}]";
            String ports = kind != Kind.PUBLISHED ? "" : ", \"EndpointSpec\": {\"Ports\": [{\"Protocol\": \"tcp\", \"TargetPort\": 8080, \"PublishedPort\": " + port() + "}]}";
            return """
                    {"Name": "%s", "Mode": {"Replicated": {"Replicas": %d}}, "UpdateConfig": {"Parallelism": 1, "Order": "%s"},
                     "TaskTemplate": {"ContainerSpec": {"Image": "%s"%s}, "RestartPolicy": {"Condition": "any", "Delay": 1000000000}%s}%s}"""
                    .formatted(name, replicas, number % 2 == 0 ? "start-first" : "stop-first", image(), files, network, ports);
        }
    }

    private final Cluster cluster;
    private final Random random;
    private final Map<String, Wanted> wanted = new TreeMap<>();
    private final Map<String, Integer> done = new TreeMap<>();
    private int made;

    Churn(Cluster cluster, long seed) {
        this.cluster = cluster;
        this.random = new Random(seed);
    }

    /** Does the next thing; gives how many containers start because of it. */
    int step() {
        reads();
        if (wanted.size() < FEWEST_SERVICES) return act("service created", this::create);
        return switch (random.nextInt(16)) {
            case 0, 1, 2 -> wanted.size() < MOST_SERVICES ? act("service created", this::create) : act("service removed", this::remove);
            case 3 -> act("service removed", this::remove);
            case 4, 5, 6 -> act("service scaled", this::scale);
            case 7, 8 -> act("service updated", this::update);
            case 9, 10, 11 -> act("container killed", this::kill);
            case 12 -> act("container removed behind everybody's back", this::removeContainer);
            case 13 -> act("logs and events followed", this::follow);
            case 14 -> act("docker CLI", this::cli);
            default -> act("published ports asked", this::ask);
        };
    }

    /** What was done how often. */
    Map<String, Integer> done() {
        return done;
    }

    /** What differs from what is wanted, in words; empty if nothing does. */
    List<String> differences() {
        List<String> differences = new ArrayList<>();
        wanted.values().forEach(service -> {
            List<Cluster.Task> living = cluster.living(service.name());
            List<Container> running = cluster.running(service.name());
            boolean asWanted = living.size() == service.replicas() && living.stream().allMatch(Cluster.Task::runs)
                    && running.stream().map(Container::id).sorted().toList().equals(living.stream().map(Cluster.Task::container).sorted().toList())
                    && running.stream().allMatch(container -> container.image().equals(service.image()));
            if (!asWanted) differences.add(service.name() + " is to have " + service.replicas() + " of " + service.image() + ", has " + living + " in " + running);
        });
        for (Host host : cluster.fleet().hosts())
            host.tasks().stream().filter(container -> container.runs() && !wanted.containsKey(container.service()))
                    .forEach(container -> differences.add(container + " on " + host + " runs for nothing"));
        return differences;
    }

    /** Removes all that was made. */
    void removeAll() {
        while (!wanted.isEmpty()) remove();
    }

    private int act(String what, IntSupplier act) {
        int starts = act.getAsInt();
        done.merge(what, 1, Integer::sum);
        return starts;
    }

    private void reads() {
        for (String path : List.of("/services", "/tasks", "/nodes", "/networks", "/secrets", "/configs", "/info")) cluster.api().get(path);
    }

    private int create() {
        int number = made++;
        String name = "soak" + number;
        Kind kind = Kind.values()[number % Kind.values().length];
        Map<String, String> parts = new TreeMap<>();
        if (kind == Kind.NETWORKED) parts.put("networks", made("/networks/create", "{\"Name\": \"" + name + "\", \"Driver\": \"overlay\"}", "Id"));
        if (kind == Kind.WITH_FILES) {
            String data = "{\"Name\": \"" + name + "\", \"Data\": \"" + Base64.getEncoder().encodeToString(("of " + name).getBytes(StandardCharsets.UTF_8)) + "\"}";
            parts.put("secrets", made("/secrets/create", data, "ID"));
            parts.put("configs", made("/configs/create", data, "ID"));
        }
        Wanted service = new Wanted(name, kind, number, 1 + random.nextInt(3), 1, parts);
        made("/services/create", service.spec(), "ID");
        wanted.put(name, service);
        return service.replicas();
    }

    private String made(String path, String body, String id) {
        return cluster.api().call("POST", path, body).json().path(id).asText();
    }

    private int remove() {
        Wanted service = any();
        cluster.api().call("DELETE", "/services/" + service.name(), "").json();
        wanted.remove(service.name());
        // A network goes when its tasks have gone; until then it is in use.
        service.parts().forEach((part, id) -> Gently.until(part + " of " + service.name() + " removed", Duration.ofMinutes(3),
                () -> cluster.api().call("DELETE", "/" + part + "/" + id, "").status() < 300));
        return 0;
    }

    private int scale() {
        Wanted before = any();
        Wanted now = before.of(1 + random.nextInt(MOST_REPLICAS));
        change(now);
        return Math.max(0, now.replicas() - before.replicas());
    }

    private int update() {
        Wanted before = any();
        change(before.at(3 - before.version()));
        return before.replicas();
    }

    private void change(Wanted now) {
        UnixHttp.Answer answer;
        do {
            long version = cluster.api().get("/services/" + now.name()).path("Version").path("Index").asLong();
            answer = cluster.api().call("POST", "/services/" + now.name() + "/update?version=" + version, now.spec());
        } while (answer.body().contains("out of sequence"));
        answer.json();
        wanted.put(now.name(), now);
    }

    private int kill() {
        return anyContainer().map(found -> {
            found.host().engine().call("POST", "/containers/" + found.container().id() + "/kill", "");
            return 1;
        }).orElse(0);
    }

    private int removeContainer() {
        return anyContainer().map(found -> {
            found.host().remove(found.container().id());
            return 1;
        }).orElse(0);
    }

    private record Found(Host host, Container container) {
    }

    private Optional<Found> anyContainer() {
        List<Found> all = cluster.fleet().hosts().stream().flatMap(host -> host.tasks().stream().filter(Container::runs).map(container -> new Found(host, container))).toList();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    /** Follows them for a while beside all else, and leaves without a word. */
    private int follow() {
        UnixHttp api = new UnixHttp(cluster.api().socket(), FOLLOWED);
        for (String path : List.of("/services/" + any().name() + "/logs?stdout=1&stderr=1&follow=1", "/events"))
            Thread.ofVirtual().start(() -> {
                try {
                    api.call("GET", path, "");
                } catch (UncheckedIOException e) {
                    // The limit has come, which ends it.
                }
            });
        return 0;
    }

    private int cli() {
        cluster.cli().run("service", "ps", any().name()).ok();
        cluster.cli().run("node", "ls").ok();
        anyContainer().ifPresent(found -> cluster.cli().run("exec", found.container().id(), "hostname"));
        return 0;
    }

    private int ask() {
        for (Wanted service : wanted.values())
            if (service.kind() == Kind.PUBLISHED)
                for (Host host : cluster.fleet().hosts())
                    done.merge(answers(new InetSocketAddress(host.address(), service.port())) ? "requests answered" : "requests lost", 1, Integer::sum);
        return 0;
    }

    private static boolean answers(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) CALL.toMillis());
            socket.setSoTimeout((int) CALL.toMillis());
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).matches("(?s).*v[12] .*");
        } catch (IOException e) {
            return false;
        }
    }

    private Wanted any() {
        return List.copyOf(wanted.values()).get(random.nextInt(wanted.size()));
    }
}
