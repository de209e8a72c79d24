package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What users want of a node (Engine API: NodeSpec).
 *
 * @param name a name for it; "" for none
 * @param labels its labels
 * @param role what it is; absent = as it is
 * @param availability whether it takes tasks; absent = active
 */
public record NodeSpec(
        @JsonProperty("Name") String name,
        @JsonProperty("Labels") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> labels,
        @JsonProperty("Role") Optional<Role> role,
        @JsonProperty("Availability") Optional<Availability> availability) {
    /** What a node is. */
    public enum Role {
        @JsonProperty("worker") WORKER,
        @JsonProperty("manager") MANAGER
    }

    /** Whether a node takes tasks. */
    public enum Availability {
        @JsonProperty("active") ACTIVE,
        @JsonProperty("pause") PAUSE,
        @JsonProperty("drain") DRAIN
    }

    public NodeSpec {
        name = Copies.text(name);
        labels = Copies.labels(labels);
        role = Copies.optional(role);
        availability = Copies.optional(availability);
    }
}
