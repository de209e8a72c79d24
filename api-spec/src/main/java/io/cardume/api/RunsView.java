package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The runs of a job.
 *
 * @param id the service's id
 * @param name its name
 * @param schedule its schedule as written, if it has one
 * @param zone the zone whose clock the schedule goes by
 * @param overlap what happens when a run is due while the one before goes on: allow, forbid or replace
 * @param window how late a missed run may begin
 * @param nextAt when the next run is due
 * @param missed times of the schedule at which no manager was there to begin a run in time
 * @param lastMissedAt the last of them
 * @param runs newest first; those that go on, and the last 20 that ended
 */
public record RunsView(
        @JsonProperty("ID") ServiceId id,
        @JsonProperty("Name") String name,
        @JsonProperty("Schedule") Optional<String> schedule,
        @JsonProperty("Zone") Optional<String> zone,
        @JsonProperty("Overlap") Optional<String> overlap,
        @JsonProperty("Window") Optional<String> window,
        @JsonProperty("NextAt") Optional<Instant> nextAt,
        @JsonProperty("Missed") long missed,
        @JsonProperty("LastMissedAt") Optional<Instant> lastMissedAt,
        @JsonProperty("Runs") @JsonInclude(JsonInclude.Include.ALWAYS) List<Run> runs) {
    /**
     * One run.
     *
     * @param iteration its number, that of its tasks' JobIteration
     * @param cause created, updated or scheduled
     * @param scheduledFor the time of the schedule it was begun for
     * @param startedAt when it began
     * @param endedAt when it ended
     * @param outcome running, succeeded, failed or replaced
     * @param completed tasks that completed
     * @param failed tasks that were given up
     * @param wanted tasks that have to complete
     * @param skipped times of the schedule that were passed over because it still went on
     * @param exits how its tasks ended, failures first, at most 20
     * @param message how it ended, in words
     */
    public record Run(
            @JsonProperty("Iteration") long iteration,
            @JsonProperty("Cause") String cause,
            @JsonProperty("ScheduledFor") Optional<Instant> scheduledFor,
            @JsonProperty("StartedAt") Instant startedAt,
            @JsonProperty("EndedAt") Optional<Instant> endedAt,
            @JsonProperty("Outcome") String outcome,
            @JsonProperty("Completed") long completed,
            @JsonProperty("Failed") long failed,
            @JsonProperty("Wanted") long wanted,
            @JsonProperty("Skipped") long skipped,
            @JsonProperty("Exits") @JsonInclude(JsonInclude.Include.ALWAYS) List<Exit> exits,
            @JsonProperty("Message") String message) {}

    /** How one task ended. */
    public record Exit(
            @JsonProperty("Task") TaskId task,
            @JsonProperty("Node") Optional<NodeId> node,
            @JsonProperty("ExitCode") Optional<Integer> exitCode,
            @JsonProperty("Err") String err) {}
}
