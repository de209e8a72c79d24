package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
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
 */
public record TaskSpec(
        @JsonProperty("ContainerSpec") ContainerSpec containerSpec,
        @JsonProperty("Resources") Optional<Resources> resources,
        @JsonProperty("RestartPolicy") Optional<RestartPolicy> restartPolicy,
        @JsonProperty("Placement") Optional<Placement> placement,
        @JsonProperty("LogDriver") Optional<Driver> logDriver,
        @JsonProperty("ForceUpdate") long forceUpdate,
        @JsonProperty("Runtime") Optional<String> runtime) {
    /** A template that says nothing; it has no image and is refused at the door. */
    public static final TaskSpec EMPTY = new TaskSpec(ContainerSpec.of(""), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty());

    public TaskSpec {
        containerSpec = containerSpec == null ? ContainerSpec.of("") : containerSpec;
        resources = Copies.optional(resources);
        restartPolicy = Copies.optional(restartPolicy);
        placement = Copies.optional(placement);
        logDriver = Copies.optional(logDriver);
        runtime = Copies.optional(runtime);
    }

    /** The same with another placement. */
    public TaskSpec with(Optional<Placement> other) {
        return new TaskSpec(containerSpec, resources, restartPolicy, other, logDriver, forceUpdate, runtime);
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
