package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Which tasks would do better on another node.
 *
 * @param moves one after the other; none when all is even
 * @param underway services that are being moved, by name
 * @param skipped services that are not looked at, and why
 */
public record RebalanceView(
        @JsonProperty("Moves") @JsonInclude(JsonInclude.Include.ALWAYS) List<Move> moves,
        @JsonProperty("Underway") @JsonInclude(JsonInclude.Include.ALWAYS) List<String> underway,
        @JsonProperty("Skipped") @JsonInclude(JsonInclude.Include.ALWAYS) List<Skip> skipped) {
    public RebalanceView {
        moves = Copies.list(moves);
        underway = Copies.list(underway);
        skipped = Copies.list(skipped);
    }

    /**
     * One task that would do better elsewhere.
     *
     * @param service the service's id
     * @param name its name
     * @param slot the slot, from 1
     * @param task the task that runs in it now
     * @param from the node it is on
     * @param to the node its successor would go to
     * @param why in words
     */
    public record Move(
            @JsonProperty("ServiceID") ServiceId service,
            @JsonProperty("Service") String name,
            @JsonProperty("Slot") int slot,
            @JsonProperty("TaskID") TaskId task,
            @JsonProperty("From") Place from,
            @JsonProperty("To") Place to,
            @JsonProperty("Why") String why) {}

    /** A node: its id and its host's name. */
    public record Place(@JsonProperty("ID") NodeId id, @JsonProperty("Hostname") String hostname) {}

    /** A service that is not looked at. */
    public record Skip(
            @JsonProperty("ServiceID") ServiceId service, @JsonProperty("Service") String name, @JsonProperty("Why") String why) {}
}
