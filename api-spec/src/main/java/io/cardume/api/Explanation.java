package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Why something is not running, or that all of it is.
 *
 * @param kind service, task or node
 * @param id its id
 * @param name the service's name, {@code service.slot}, or the node's host name
 * @param summary the answer in one sentence
 * @param update how the service's last update goes
 * @param failed the revisions that could not be rolled out, newest first, and why
 * @param tasks one for each task that is wanted or was the last of its slot; of a node, one for each on it
 * @param nodes one for each node, where tasks wait for one
 */
public record Explanation(
        @JsonProperty("Kind") String kind,
        @JsonProperty("ID") String id,
        @JsonProperty("Name") String name,
        @JsonProperty("Summary") String summary,
        @JsonProperty("Update") Optional<ServiceView.UpdateView> update,
        @JsonProperty("Failed") List<FailedRevision> failed,
        @JsonProperty("Tasks") @JsonInclude(JsonInclude.Include.ALWAYS) List<TaskWord> tasks,
        @JsonProperty("Nodes") @JsonInclude(JsonInclude.Include.ALWAYS) List<NodeWord> nodes) {
    /**
     * What is to be said of a task.
     *
     * @param id its id
     * @param name {@code service.slot}
     * @param node the host name of its node
     * @param state where it is
     * @param desired where it should be
     * @param since when it came there
     * @param running whether all is well with it
     * @param ready whether it takes requests: it runs, and its readiness check passes or it has none
     * @param probe what the last check that did not pass found
     * @param message what is going on
     * @param err the engine's or the planner's words, verbatim
     * @param why why it was made
     * @param exitCode how its container ended
     * @param oomKilled whether the kernel killed it for want of memory
     * @param failures runs of its slot that failed one after the other before it
     * @param nextAttemptAt when it will be tried (again)
     */
    public record TaskWord(
            @JsonProperty("ID") TaskId id,
            @JsonProperty("Name") String name,
            @JsonProperty("Node") Optional<String> node,
            @JsonProperty("State") TaskState state,
            @JsonProperty("DesiredState") DesiredState desired,
            @JsonProperty("Since") Instant since,
            @JsonProperty("Running") boolean running,
            @JsonProperty("Ready") boolean ready,
            @JsonProperty("Probe") Optional<String> probe,
            @JsonProperty("Message") String message,
            @JsonProperty("Err") String err,
            @JsonProperty("Why") String why,
            @JsonProperty("ExitCode") Optional<Integer> exitCode,
            @JsonProperty("OOMKilled") boolean oomKilled,
            @JsonProperty("Failures") int failures,
            @JsonProperty("NextAttemptAt") Optional<Instant> nextAttemptAt) {}

    /** A revision that could not be rolled out: its number, and what went wrong first. */
    public record FailedRevision(
            @JsonProperty("Revision") long revision, @JsonProperty("Failure") RevisionView.FailureView failure) {}

    /** A node, whether a task could go there as far as the node itself is concerned, and what speaks against it. */
    public record NodeWord(
            @JsonProperty("ID") NodeId id,
            @JsonProperty("Hostname") String hostname,
            @JsonProperty("Against") @JsonInclude(JsonInclude.Include.ALWAYS) List<String> against) {}
}
