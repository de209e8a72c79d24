package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a service is reached, whichever of its tasks answers.
 *
 * @param service whose it is
 * @param virtual its own address on each network it has one on
 * @param ports the ports it publishes, each with its number; those of its spec in their order, and none that another
 *     service has
 * @param missing what it should have and cannot be given, in words; "" if it has everything
 */
public record Endpoint(ServiceId service, SortedMap<NetworkId, Ipv4> virtual, List<PortConfig> ports, String missing) {
    public Endpoint {
        virtual = Collections.unmodifiableSortedMap(virtual == null ? new TreeMap<>() : new TreeMap<>(virtual));
        ports = Copies.list(ports);
        missing = Copies.text(missing);
    }

    /** Of a service that was given nothing yet. */
    public static Endpoint none(ServiceId service) {
        return new Endpoint(service, Collections.emptySortedMap(), List.of(), "");
    }

    /** The ports that every node answers on. */
    public List<PortConfig> ingressPorts() {
        return ports.stream().filter(PortConfig::onEveryNode).toList();
    }
}
