package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * What a task is (Engine API: TaskSpec, the task template).
 *
 * @param containerSpec the container
 * @param resources limits and reservations
 * @param restartPolicy what happens when the container ends; absent = this project's defaults
 * @param placement on which nodes it may run
 * @param logDriver the engine's log driver for the container; absent = the engine's default
 * @param forceUpdate a counter: a change of it alone replaces all tasks
 * @param runtime always {@code container}
 * @param networks the networks it is on; empty = its host's default bridge
 */
public record TaskSpec(
        @JsonProperty("ContainerSpec") ContainerSpec containerSpec,
        @JsonProperty("Resources") Optional<Resources> resources,
        @JsonProperty("RestartPolicy") Optional<RestartPolicy> restartPolicy,
        @JsonProperty("Placement") Optional<Placement> placement,
        @JsonProperty("LogDriver") Optional<Driver> logDriver,
        @JsonProperty("ForceUpdate") long forceUpdate,
        @JsonProperty("Runtime") Optional<String> runtime,
        @JsonProperty("Networks") List<NetworkAttachment> networks) {
    /** A template that says nothing; it has no image and is refused at the door. */
    public static final TaskSpec EMPTY = new TaskSpec(ContainerSpec.of(""), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), List.of());

    public TaskSpec {
        containerSpec = containerSpec == null ? ContainerSpec.of("") : containerSpec;
        resources = Copies.optional(resources);
        restartPolicy = Copies.optional(restartPolicy);
        placement = Copies.optional(placement);
        logDriver = Copies.optional(logDriver);
        runtime = Copies.optional(runtime);
        networks = Copies.list(networks);
    }

    /** The same with another placement. */
    public TaskSpec with(Optional<Placement> other) {
        return new TaskSpec(containerSpec, resources, restartPolicy, other, logDriver, forceUpdate, runtime, networks);
    }

    /** The same for a job: where the caller said nothing of restarts, and where they said any, what fails is run again. */
    public TaskSpec ofJob() {
        var policy = restartPolicy.orElse(new RestartPolicy(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
        return new TaskSpec(containerSpec, resources, Optional.of(policy.ofJob()), placement, logDriver, forceUpdate, runtime, networks);
    }

    /** The same with another container. */
    public TaskSpec with(ContainerSpec other) {
        return new TaskSpec(other, resources, restartPolicy, placement, logDriver, forceUpdate, runtime, networks);
    }

    /** The same on other networks. */
    public TaskSpec with(List<NetworkAttachment> other) {
        return new TaskSpec(containerSpec, resources, restartPolicy, placement, logDriver, forceUpdate, runtime, other);
    }

    /** The same with another counter of forced updates. */
    public TaskSpec forceUpdate(long other) {
        return new TaskSpec(containerSpec, resources, restartPolicy, placement, logDriver, other, runtime, networks);
    }

    /** What placement keeps free for it. */
    public Reservations reservations() {
        return resources.flatMap(Resources::reservations).orElse(Reservations.NONE);
    }

    /** What the engine lets it use at most; zeros = no limit. */
    public Limits limits() {
        return resources.flatMap(Resources::limits).orElse(new Limits(0, 0, 0));
    }
}
