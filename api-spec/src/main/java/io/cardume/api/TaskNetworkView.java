package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;

/**
 * A network of a task, and the task's address on it (Engine API: NetworkAttachment).
 *
 * @param network the network
 * @param addresses one, with the prefix of the subnet: {@code 10.0.1.5/24}
 */
public record TaskNetworkView(@JsonProperty("Network") Shown network, @JsonProperty("Addresses") List<String> addresses) {
    /** The network as far as it matters to a task. */
    public record Shown(
            @JsonProperty("ID") NetworkId id,
            @JsonProperty("Version") ObjectVersion version,
            @JsonProperty("CreatedAt") Instant createdAt,
            @JsonProperty("UpdatedAt") Instant updatedAt,
            @JsonProperty("Spec") Spec spec,
            @JsonProperty("DriverState") Driver driverState,
            @JsonProperty("IPAMOptions") Ipam ipamOptions) {}

    /** What it was asked to be. */
    public record Spec(
            @JsonProperty("Name") String name,
            @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
            @JsonProperty("DriverConfiguration") Driver driverConfiguration,
            @JsonProperty("Attachable") boolean attachable,
            @JsonProperty("Scope") String scope) {}

    /** Its addresses. */
    public record Ipam(@JsonProperty("Driver") Driver driver, @JsonProperty("Configs") List<NetworkView.Range> configs) {}
}
