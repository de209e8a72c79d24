package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.SortedMap;

/**
 * Something that happened, as {@code GET /events} shows it.
 *
 * @param type service or node
 * @param action create, update or remove
 * @param actor what it happened to
 * @param scope always swarm
 * @param time seconds since 1970
 * @param timeNano nanoseconds since 1970
 */
public record EventView(
        @JsonProperty("Type") String type,
        @JsonProperty("Action") String action,
        @JsonProperty("Actor") Actor actor,
        @JsonProperty("scope") String scope,
        @JsonProperty("time") long time,
        @JsonProperty("timeNano") long timeNano) {
    /** An object, with what is to be said of it. */
    public record Actor(
            @JsonProperty("ID") String id,
            @JsonProperty("Attributes") @JsonInclude(JsonInclude.Include.ALWAYS) SortedMap<String, String> attributes) {}
}
