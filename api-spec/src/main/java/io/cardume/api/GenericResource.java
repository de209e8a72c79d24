package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * A resource that users defined; exactly one member is present (Engine API: GenericResources).
 *
 * @param named one thing with a name of its own, such as one GPU
 * @param discrete a number of things that are all the same
 */
public record GenericResource(
        @JsonProperty("NamedResourceSpec") Optional<Named> named,
        @JsonProperty("DiscreteResourceSpec") Optional<Discrete> discrete) {
    public GenericResource {
        named = Copies.optional(named);
        discrete = Copies.optional(discrete);
    }

    /** One thing of a kind. */
    public record Named(@JsonProperty("Kind") String kind, @JsonProperty("Value") String value) {
        public Named {
            kind = Copies.text(kind);
            value = Copies.text(value);
        }
    }

    /** So many of a kind. */
    public record Discrete(@JsonProperty("Kind") String kind, @JsonProperty("Value") long value) {
        public Discrete {
            kind = Copies.text(kind);
        }
    }
}
