package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * One published port.
 *
 * @param name a name for it
 * @param protocol tcp, udp or sctp; empty = tcp
 * @param targetPort port in the container
 * @param publishedPort port on the host; 0 = the engine chooses
 * @param publishMode {@code host} or {@code ingress}; empty = ingress
 */
public record PortConfig(
        @JsonProperty("Name") Optional<String> name,
        @JsonProperty("Protocol") String protocol,
        @JsonProperty("TargetPort") @JsonInclude(JsonInclude.Include.NON_DEFAULT) int targetPort,
        @JsonProperty("PublishedPort") @JsonInclude(JsonInclude.Include.NON_DEFAULT) int publishedPort,
        @JsonProperty("PublishMode") String publishMode) {
    public PortConfig {
        name = Copies.optional(name);
        protocol = Copies.text(protocol);
        publishMode = Copies.text(publishMode);
    }
}
