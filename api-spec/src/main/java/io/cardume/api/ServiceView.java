package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A service as the API shows it.
 *
 * @param id its id
 * @param version the version an update must name
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param spec as declared, with what the server fills in
 * @param previousSpec the spec before the last update
 * @param endpoint the ports it publishes
 * @param updateStatus how the last update that replaced tasks goes
 * @param serviceStatus counts of its tasks, where asked for
 * @param jobStatus its last run, if it is a job
 */
public record ServiceView(
        @JsonProperty("ID") ServiceId id,
        @JsonProperty("Version") ObjectVersion version,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("UpdatedAt") Instant updatedAt,
        @JsonProperty("Spec") ServiceSpec spec,
        @JsonProperty("PreviousSpec") Optional<ServiceSpec> previousSpec,
        @JsonProperty("Endpoint") Endpoint endpoint,
        @JsonProperty("UpdateStatus") Optional<UpdateView> updateStatus,
        @JsonProperty("ServiceStatus") Optional<Counts> serviceStatus,
        @JsonProperty("JobStatus") Optional<JobView> jobStatus) {

    /** The ports as they are published, each with its number, and the service's own addresses. */
    public record Endpoint(
            @JsonProperty("Spec") EndpointSpec spec,
            @JsonProperty("Ports") List<PortConfig> ports,
            @JsonProperty("VirtualIPs") List<VirtualIp> virtualIps) {}

    /** A service's own address on a network, with the prefix of the subnet: {@code 10.0.1.2/24}. */
    public record VirtualIp(@JsonProperty("NetworkID") NetworkId network, @JsonProperty("Addr") String address) {}

    /** How an update goes: {@code updating}, {@code completed}, {@code paused}, {@code rollback_started}, and so on. */
    public record UpdateView(
            @JsonProperty("State") String state,
            @JsonProperty("StartedAt") Instant startedAt,
            @JsonProperty("CompletedAt") Optional<Instant> completedAt,
            @JsonProperty("Message") String message) {}

    /** The last run of a job: its number, and when it began; a job that has not run yet has no such time. */
    public record JobView(
            @JsonProperty("JobIteration") ObjectVersion jobIteration, @JsonProperty("LastExecution") Optional<Instant> lastExecution) {}

    /** Counts of a service's tasks: those seen running, those wanted (of a job: at once), and those of its last run that completed. */
    public record Counts(
            @JsonProperty("RunningTasks") long runningTasks,
            @JsonProperty("DesiredTasks") long desiredTasks,
            @JsonProperty("CompletedTasks") long completedTasks) {}
}
