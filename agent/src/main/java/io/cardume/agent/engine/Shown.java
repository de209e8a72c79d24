package io.cardume.agent.engine;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.agent.task.Container;
import io.cardume.api.PortConfig;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What the engine's inspection of a container says, in our words. */
final class Shown {
    private Shown() {}

    static Container container(JsonNode inspected) {
        var id = inspected.path("Id").asText();
        var state = inspected.path("State");
        return switch (state.path("Status").asText()) {
            case "created" -> new Container.Created(id);
            case "running", "paused", "restarting" -> new Container.Running(
                    id,
                    state.path("Pid").asLong(),
                    instant(state.path("StartedAt")),
                    health(state.path("Health")),
                    ports(inspected.path("NetworkSettings").path("Ports")),
                    addresses(inspected.path("NetworkSettings").path("Networks")));
            // exited, dead, removing
            default -> new Container.Exited(
                    id,
                    state.path("ExitCode").asInt(),
                    state.path("OOMKilled").asBoolean(),
                    instant(state.path("FinishedAt")),
                    state.path("Error").asText());
        };
    }

    private static Instant instant(JsonNode time) {
        return time.asText().isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(time.asText()).toInstant();
    }

    private static Container.Health health(JsonNode health) {
        return switch (health.path("Status").asText()) {
            case "starting" -> Container.Health.STARTING;
            case "healthy" -> Container.Health.HEALTHY;
            case "unhealthy" -> Container.Health.UNHEALTHY;
            default -> Container.Health.NONE;
        };
    }

    /** Bound for IPv4 and once more for IPv6; what is exposed only has no binding. */
    private static List<PortConfig> ports(JsonNode bindings) {
        var ports = new ArrayList<PortConfig>();
        bindings.properties().forEach(inside -> {
            var port = inside.getKey().split("/", 2);
            var protocol = port.length < 2 ? "tcp" : port[1];
            for (JsonNode binding : inside.getValue()) {
                var published = binding.path("HostPort").asText();
                if (!published.isEmpty())
                    ports.add(new PortConfig(Optional.empty(), protocol, Integer.parseInt(port[0]), Integer.parseInt(published), "host"));
            }
        });
        return ports.stream()
                .distinct()
                .sorted(Comparator.comparingInt(PortConfig::targetPort)
                        .thenComparing(PortConfig::protocol)
                        .thenComparingInt(PortConfig::publishedPort))
                .toList();
    }

    private static List<String> addresses(JsonNode networks) {
        var byName = new TreeMap<String, String>();
        networks.properties().forEach(network -> byName.put(network.getKey(), network.getValue().path("IPAddress").asText()));
        return byName.values().stream().filter(address -> !address.isEmpty()).toList();
    }
}
