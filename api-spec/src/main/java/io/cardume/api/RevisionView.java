package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Optional;

/**
 * One of the forms a service had, as the API shows it; one can go back to any that is shown.
 *
 * @param number its number, from 1; it grows with every change that replaces tasks
 * @param createdAt when it was first asked for
 * @param state {@code current}, {@code previous} (the last good one before the current), {@code failed} or {@code older}
 * @param restored the number of the revision it brought back, if it came by a rollback
 * @param failure what went wrong first while it was rolled out
 * @param spec the service's spec when this was last its revision
 */
public record RevisionView(
        @JsonProperty("Number") long number,
        @JsonProperty("CreatedAt") Instant createdAt,
        @JsonProperty("State") String state,
        @JsonProperty("Restored") Optional<Long> restored,
        @JsonProperty("Failure") Optional<FailureView> failure,
        @JsonProperty("Spec") ServiceSpec spec) {
    /**
     * A task of a new revision that ended early.
     *
     * @param task its id
     * @param node the id of its node, if it had one
     * @param hostname that node's host name; "" if it had none
     * @param at when it ended
     * @param message the engine's words, verbatim
     */
    public record FailureView(
            @JsonProperty("TaskID") TaskId task,
            @JsonProperty("NodeID") Optional<NodeId> node,
            @JsonProperty("Hostname") String hostname,
            @JsonProperty("At") Instant at,
            @JsonProperty("Message") String message) {}
}
