package io.cardume.agent.engine;

import com.github.dockerjava.api.command.HealthState;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.NetworkSettings;
import com.github.dockerjava.api.model.Ports;
import io.cardume.agent.task.Container;
import io.cardume.api.PortConfig;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the engine's inspection of a container says, in our words. */
final class Shown {
    private Shown() {}

    static Container container(InspectContainerResponse inspected) {
        ContainerState state = inspected.getState();
        return switch (state.getStatus()) {
            case "created" -> new Container.Created(inspected.getId());
            case "running", "paused", "restarting" -> new Container.Running(
                    inspected.getId(),
                    state.getPidLong() == null ? 0 : state.getPidLong(),
                    instant(state.getStartedAt()),
                    health(state.getHealth()),
                    ports(inspected.getNetworkSettings()),
                    addresses(inspected.getNetworkSettings()));
            // exited, dead, removing
            default -> new Container.Exited(
                    inspected.getId(),
                    state.getExitCodeLong() == null ? 0 : state.getExitCodeLong().intValue(),
                    Boolean.TRUE.equals(state.getOOMKilled()),
                    instant(state.getFinishedAt()),
                    state.getError() == null ? "" : state.getError());
        };
    }

    private static Instant instant(String time) {
        return time == null || time.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(time).toInstant();
    }

    private static Container.Health health(HealthState health) {
        return switch (health == null ? "none" : health.getStatus()) {
            case "starting" -> Container.Health.STARTING;
            case "healthy" -> Container.Health.HEALTHY;
            case "unhealthy" -> Container.Health.UNHEALTHY;
            default -> Container.Health.NONE;
        };
    }

    private static List<PortConfig> ports(NetworkSettings network) {
        if (network == null || network.getPorts() == null) return List.of();
        return network.getPorts().getBindings().entrySet().stream()
                .flatMap(Shown::ports)
                .distinct() // bound once for IPv4 and once for IPv6
                .sorted(Comparator.comparingInt(PortConfig::targetPort)
                        .thenComparing(PortConfig::protocol)
                        .thenComparingInt(PortConfig::publishedPort))
                .toList();
    }

    private static Stream<PortConfig> ports(Map.Entry<ExposedPort, Ports.Binding[]> published) {
        if (published.getValue() == null) return Stream.empty(); // exposed only
        ExposedPort inside = published.getKey();
        return Stream.of(published.getValue()).filter(Shown::bound).map(binding -> new PortConfig(
                Optional.empty(),
                inside.getProtocol().toString(),
                inside.getPort(),
                Integer.parseInt(binding.getHostPortSpec()),
                "host"));
    }

    private static boolean bound(Ports.Binding binding) {
        return binding.getHostPortSpec() != null && !binding.getHostPortSpec().isEmpty();
    }

    private static List<String> addresses(NetworkSettings network) {
        if (network == null || network.getNetworks() == null) return List.of();
        return network.getNetworks().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .map(ContainerNetwork::getIpAddress)
                .filter(address -> address != null && !address.isEmpty())
                .toList();
    }
}
