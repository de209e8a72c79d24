package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Which hosts of a network do not reach which others over the networks between hosts.
 *
 * @param id the network's id
 * @param name its name
 * @param summary the same in one sentence
 * @param nodes those that have an address of their own on the network
 * @param unreached every pair of which the one asks the other and is not answered
 */
public record ReachabilityView(
        @JsonProperty("ID") NetworkId id,
        @JsonProperty("Name") String name,
        @JsonProperty("Summary") String summary,
        @JsonProperty("Nodes") @JsonInclude(JsonInclude.Include.ALWAYS) List<NodeOn> nodes,
        @JsonProperty("Unreached") @JsonInclude(JsonInclude.Include.ALWAYS) List<Pair> unreached) {
    /**
     * A node on the network.
     *
     * @param id the node
     * @param host its host name
     * @param state ready, unknown or down
     * @param address its own address on the network
     * @param asks whether its agent asks the others now
     */
    public record NodeOn(
            @JsonProperty("ID") NodeId id,
            @JsonProperty("Host") String host,
            @JsonProperty("State") String state,
            @JsonProperty("Address") Ipv4 address,
            @JsonProperty("Asks") boolean asks) {}

    /**
     * One that does not reach another.
     *
     * @param from the node whose agent asks
     * @param fromHost its host name
     * @param to the node that does not answer
     * @param toHost its host name
     */
    public record Pair(
            @JsonProperty("From") NodeId from,
            @JsonProperty("FromHost") String fromHost,
            @JsonProperty("To") NodeId to,
            @JsonProperty("ToHost") String toHost) {}
}
