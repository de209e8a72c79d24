package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.SortedMap;

/**
 * A network that a service's tasks are on (Engine API: NetworkAttachmentConfig).
 *
 * @param target the network's id or name
 * @param aliases further names of the tasks on it
 * @param driverOpts options for the network's driver
 */
public record NetworkAttachment(
        @JsonProperty("Target") String target,
        @JsonProperty("Aliases") List<String> aliases,
        @JsonProperty("DriverOpts") SortedMap<String, String> driverOpts) {
    public NetworkAttachment {
        target = Copies.text(target);
        aliases = Copies.list(aliases);
        driverOpts = Copies.labels(driverOpts);
    }
}
