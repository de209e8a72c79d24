package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * On which nodes a task may run (Engine API: Placement).
 *
 * @param constraints {@code key==value} or {@code key!=value}, all must hold
 * @param maxReplicas replicas of the service on one node; absent or 0 = no limit
 * @param platforms platforms the image exists for; empty = any
 * @param preferences over which labels of nodes the tasks are spread, the first one first
 */
public record Placement(
        @JsonProperty("Constraints") List<String> constraints,
        @JsonProperty("MaxReplicas") Optional<Long> maxReplicas,
        @JsonProperty("Platforms") List<Platform> platforms,
        @JsonProperty("Preferences") List<PlacementPreference> preferences) {
    public Placement {
        constraints = Copies.list(constraints);
        maxReplicas = Copies.optional(maxReplicas);
        platforms = Copies.list(platforms);
        preferences = Copies.list(preferences);
    }
}
