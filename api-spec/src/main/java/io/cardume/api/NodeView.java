package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A node as the API shows it.
 *
 * @param id its id
 * @param version the version an update must name
 * @param createdAt when it joined
 * @param updatedAt when it was last changed
 * @param spec what users want of it
 * @param description its host and engine
 * @param status whether it is heard of
 * @param managerStatus of a manager only
 */
public record NodeView(
        @JsonProperty("ID") NodeId id,
        @JsonProperty("Version") ObjectVersion version,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("UpdatedAt") Instant updatedAt,
        @JsonProperty("Spec") NodeSpec spec,
        @JsonProperty("Description") Description description,
        @JsonProperty("Status") Status status,
        @JsonProperty("ManagerStatus") Optional<ManagerStatus> managerStatus) {

    /** Host and engine; the root of its certificate, and when that certificate ends. */
    public record Description(
            @JsonProperty("Hostname") String hostname,
            @JsonProperty("Platform") Platform platform,
            @JsonProperty("Resources") Available resources,
            @JsonProperty("Engine") Engine engine,
            @JsonProperty("TLSInfo") SwarmView.TlsInfo tlsInfo,
            @JsonProperty("CertificateExpiresAt") Optional<Instant> certificateExpiresAt) {}

    /** What the host has: billionths of a CPU, bytes, and what users defined. */
    public record Available(
            @JsonProperty("NanoCPUs") long nanoCpus,
            @JsonProperty("MemoryBytes") long memoryBytes,
            @JsonProperty("GenericResources") @JsonInclude(JsonInclude.Include.NON_EMPTY) List<GenericResource> genericResources) {}

    /** The local engine. */
    public record Engine(
            @JsonProperty("EngineVersion") String engineVersion,
            @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, String> labels,
            @JsonProperty("Plugins") List<Plugin> plugins) {}

    /** A driver of the engine. */
    public record Plugin(@JsonProperty("Type") String type, @JsonProperty("Name") String name) {}

    /** {@code ready}, {@code unknown} (silent for a while) or {@code down}; why; and its address. */
    public record Status(
            @JsonProperty("State") String state,
            @JsonProperty("Message") String message,
            @JsonProperty("Addr") String addr) {}

    /** What a manager is among managers; its address is {@code ip:port}. */
    public record ManagerStatus(
            @JsonProperty("Leader") boolean leader,
            @JsonProperty("Reachability") String reachability,
            @JsonProperty("Addr") String addr) {}
}
