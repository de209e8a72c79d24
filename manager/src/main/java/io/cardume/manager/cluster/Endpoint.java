package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where a service is reached, whichever of its tasks answers.
 *
 * @param service whose it is
 * @param virtual its own address on each network it has one on
 * @param ports the ports it publishes, each with its number; those of its spec in their order, and none that another
 *     service has
 * @param before ports with a number that was chosen for it, which it publishes no more and may turn back to; the numbers are
 *     still its own
 * @param missing what it should have and cannot be given, in words; "" if it has everything
 */
public record Endpoint(ServiceId service, SortedMap<NetworkId, Ipv4> virtual, List<PortConfig> ports, List<PortConfig> before, String missing) {
    public Endpoint {
        virtual = Collections.unmodifiableSortedMap(virtual == null ? new TreeMap<>() : new TreeMap<>(virtual));
        ports = Copies.list(ports);
        before = Copies.list(before);
        missing = Copies.text(missing);
    }

    /** Of a service that was given nothing yet. */
    public static Endpoint none(ServiceId service) {
        return new Endpoint(service, Collections.emptySortedMap(), List.of(), List.of(), "");
    }

    /** The ports that every node answers on. */
    public List<PortConfig> ingressPorts() {
        return ports.stream().filter(PortConfig::onEveryNode).toList();
    }

    /** The port that was chosen for one which it publishes no more. */
    public Optional<PortConfig> chosenBefore(PortConfig asked) {
        return before.stream().filter(port -> port.target().equals(asked.target()) && port.name().equals(asked.name())).findFirst();
    }

    /** The ports whose numbers are its own: what it publishes, and what it may turn back to. */
    public Stream<PortConfig> held() {
        return Stream.concat(ports.stream(), before.stream());
    }
}
