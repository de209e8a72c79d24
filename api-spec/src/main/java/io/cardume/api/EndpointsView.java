package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Where a service is reached, and how far every node knows of it.
 *
 * @param id the service's id
 * @param name its name
 * @param mode {@code vip} or {@code dnsrr}
 * @param virtualIps its own address on each network it has one on
 * @param ports the ports it publishes, each with its number
 * @param missing what it should have and cannot be given, in words
 * @param backends its tasks that run or are about to, by slot
 * @param nodes every node with an agent
 */
public record EndpointsView(
        @JsonProperty("ID") ServiceId id,
        @JsonProperty("Name") String name,
        @JsonProperty("Mode") String mode,
        @JsonProperty("VirtualIPs") @JsonInclude(JsonInclude.Include.ALWAYS) List<ServiceView.VirtualIp> virtualIps,
        @JsonProperty("Ports") @JsonInclude(JsonInclude.Include.ALWAYS) List<PortConfig> ports,
        @JsonProperty("Missing") Optional<String> missing,
        @JsonProperty("Backends") @JsonInclude(JsonInclude.Include.ALWAYS) List<Backend> backends,
        @JsonProperty("Nodes") @JsonInclude(JsonInclude.Include.ALWAYS) List<NodeTable> nodes) {
    /**
     * A task of it.
     *
     * @param task its id
     * @param name {@code service.slot}
     * @param node where it is
     * @param host that node's host name
     * @param addresses its address on each of its networks, by the network's id
     * @param state where it is in its life
     * @param ready whether it takes requests: it runs, and its readiness check passes or it has none
     * @param balanced whether names and balancers are to lead to it: it takes requests and is not about to stop
     * @param probe what the last check that did not pass found
     */
    public record Backend(
            @JsonProperty("TaskID") TaskId task,
            @JsonProperty("Name") String name,
            @JsonProperty("NodeID") Optional<NodeId> node,
            @JsonProperty("Host") Optional<String> host,
            @JsonProperty("Addresses") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> addresses,
            @JsonProperty("State") TaskState state,
            @JsonProperty("Ready") boolean ready,
            @JsonProperty("Balanced") boolean balanced,
            @JsonProperty("Probe") Optional<String> probe) {}

    /**
     * What a node's names and balancers are of.
     *
     * @param id the node
     * @param host its host name
     * @param state ready, unknown or down
     * @param generation the version of the cluster's state that its agent last said its tables are of; absent if it has not
     *     said so since it was last down or the manager started
     * @param fenced whether it did not say so in time, and is not waited for
     * @param troubles the ports of the service that it cannot answer on, and why; so with HTTP and its certificate
     */
    public record NodeTable(
            @JsonProperty("ID") NodeId id,
            @JsonProperty("Host") String host,
            @JsonProperty("State") String state,
            @JsonProperty("Generation") Optional<Long> generation,
            @JsonProperty("Fenced") boolean fenced,
            @JsonProperty("Troubles") Optional<String> troubles) {}
}
