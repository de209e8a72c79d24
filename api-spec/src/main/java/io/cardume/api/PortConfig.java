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
 * @param publishedPort port on the host; 0 = one is chosen
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

    /** Whether every node answers on it; else only the nodes that run a task. */
    public boolean onEveryNode() {
        return !publishMode.equals("host");
    }

    /** The published port and its protocol, as {@code 8080/tcp}. */
    public String key() {
        return publishedPort + "/" + word();
    }

    /** What the container answers on, as {@code 80/tcp}. */
    public String target() {
        return targetPort + "/" + word();
    }

    /** The same, published on another port. */
    public PortConfig published(int port) {
        return new PortConfig(name, protocol, targetPort, port, publishMode);
    }

    private String word() {
        return protocol.isEmpty() ? "tcp" : protocol;
    }
}
