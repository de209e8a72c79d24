package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * The ports a service publishes (Engine API: EndpointSpec).
 *
 * @param mode {@code vip} or {@code dnsrr}
 * @param ports published ports
 */
public record EndpointSpec(
        @JsonProperty("Mode") Optional<String> mode,
        @JsonProperty("Ports") List<PortConfig> ports) {
    public EndpointSpec {
        mode = Copies.optional(mode);
        ports = Copies.list(ports);
    }
}
