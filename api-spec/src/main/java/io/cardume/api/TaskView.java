package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A task as the API shows it.
 *
 * @param id its id
 * @param version the transaction that last changed it
 * @param createdAt when it was made
 * @param updatedAt when it was last changed
 * @param labels always empty
 * @param spec what it is made of
 * @param serviceId its service
 * @param slot its slot, from 1; with a job from 0; absent where it is 0 and for tasks on every node, as Swarm has it
 * @param nodeId the node it was placed on
 * @param resources which of the node's user-defined resources it was given
 * @param status what is known of it
 * @param desiredState what it should be: ready, running, complete (a job's task), shutdown or remove
 * @param jobIteration the run of the job it is of
 * @param networksAttachments the networks that span the hosts, and its address on each
 */
public record TaskView(
        @JsonProperty("ID") TaskId id,
        @JsonProperty("Version") ObjectVersion version,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("UpdatedAt") Instant updatedAt,
        @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
        @JsonProperty("Spec") TaskSpec spec,
        @JsonProperty("ServiceID") ServiceId serviceId,
        @JsonProperty("Slot") Optional<Integer> slot,
        @JsonProperty("NodeID") Optional<NodeId> nodeId,
        @JsonProperty("AssignedGenericResources") @JsonInclude(JsonInclude.Include.NON_EMPTY) List<GenericResource> resources,
        @JsonProperty("Status") Status status,
        @JsonProperty("DesiredState") String desiredState,
        @JsonProperty("JobIteration") Optional<ObjectVersion> jobIteration,
        @JsonProperty("NetworksAttachments") List<TaskNetworkView> networksAttachments) {

    /**
     * What is known of a task, in words and numbers. {@code Ready} and {@code Probe} are not Swarm's: whether a running task
     * takes requests, and what its last check found if that did not pass.
     */
    public record Status(
            @JsonProperty("Timestamp") Instant timestamp,
            @JsonProperty("State") TaskState state,
            @JsonProperty("Message") String message,
            @JsonProperty("Err") String err,
            @JsonProperty("ContainerStatus") Optional<ContainerView> containerStatus,
            @JsonProperty("PortStatus") PortStatus portStatus,
            @JsonProperty("Ready") Optional<Boolean> ready,
            @JsonProperty("Probe") Optional<String> probe) {}

    /** Its container: 64 hex digits, the pid on its host, and how it ended, 0 before it has. */
    public record ContainerView(
            @JsonProperty("ContainerID") String containerId,
            @JsonProperty("PID") long pid,
            @JsonProperty("ExitCode") int exitCode) {}

    /** The host ports it is reachable at. */
    public record PortStatus(@JsonProperty("Ports") List<PortConfig> ports) {}
}
