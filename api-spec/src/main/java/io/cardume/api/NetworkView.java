package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A network as the API shows it.
 *
 * @param name its name
 * @param id its id
 * @param created when it was made
 * @param scope {@code swarm}, or {@code local} for those every engine has
 * @param driver {@code overlay}, or the engine's own
 * @param enableIpv4 whether it has addresses of IPv4
 * @param enableIpv6 always false
 * @param ipam its addresses
 * @param internal whether its containers reach only each other
 * @param attachable whether containers that are no tasks may be put on it
 * @param ingress whether it is the one for published ports
 * @param configFrom always empty
 * @param configOnly always false
 * @param containers always empty: containers are on hosts
 * @param options options of its driver
 * @param labels its labels
 * @param peers with {@code verbose}: the nodes that have tasks on it
 * @param services with {@code verbose}: the services on it, by name
 */
public record NetworkView(
        @JsonProperty("Name") String name,
        @JsonProperty("Id") NetworkId id,
        @JsonProperty("Created") Instant created,
        @JsonProperty("Scope") String scope,
        @JsonProperty("Driver") String driver,
        @JsonProperty("EnableIPv4") boolean enableIpv4,
        @JsonProperty("EnableIPv6") boolean enableIpv6,
        @JsonProperty("IPAM") Ipam ipam,
        @JsonProperty("Internal") boolean internal,
        @JsonProperty("Attachable") boolean attachable,
        @JsonProperty("Ingress") boolean ingress,
        @JsonProperty("ConfigFrom") ConfigFrom configFrom,
        @JsonProperty("ConfigOnly") boolean configOnly,
        @JsonProperty("Containers") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> containers,
        @JsonProperty("Options") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> options,
        @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
        @JsonProperty("Peers") Optional<List<Peer>> peers,
        @JsonProperty("Services") Optional<SortedMap<String, ServiceOn>> services) {

    /** Addresses of a network. */
    public record Ipam(
            @JsonProperty("Driver") String driver,
            @JsonProperty("Options") Optional<SortedMap<String, String>> options,
            @JsonProperty("Config") @JsonInclude(JsonInclude.Include.ALWAYS) List<Range> config) {}

    /** A subnet and the address of its hosts. */
    public record Range(@JsonProperty("Subnet") Subnet subnet, @JsonProperty("Gateway") Ipv4 gateway) {}

    /** The network it takes its settings from; there is none. */
    public record ConfigFrom(@JsonProperty("Network") String network) {}

    /** A node that has tasks on it: hostname and address. */
    public record Peer(@JsonProperty("Name") String name, @JsonProperty("IP") String ip) {}

    /** A service on it. */
    public record ServiceOn(
            @JsonProperty("VIP") String vip,
            @JsonProperty("Ports") @JsonInclude(JsonInclude.Include.ALWAYS) List<String> ports,
            @JsonProperty("LocalLBIndex") int localLbIndex,
            @JsonProperty("Tasks") @JsonInclude(JsonInclude.Include.ALWAYS) List<TaskOn> tasks) {}

    /** A task on it. */
    public record TaskOn(
            @JsonProperty("Name") String name,
            @JsonProperty("EndpointID") String endpointId,
            @JsonProperty("EndpointIP") Ipv4 endpointIp,
            @JsonProperty("Info") SortedMap<String, String> info) {}
}
