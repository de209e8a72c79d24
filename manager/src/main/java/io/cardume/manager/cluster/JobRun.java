package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import io.cardume.api.NodeId;
import io.cardume.api.TaskId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One run of a job: its tasks carry its iteration.
 *
 * @param iteration its number
 * @param lane 0, or another number where it runs beside an earlier run, so that both have slots of their own
 * @param revision the service's revision its tasks are of
 * @param concurrent tasks that may live at once; 0 = all of them
 * @param total tasks that have to complete; with a job on every node 0
 * @param cause why it began
 * @param scheduledFor the time of the schedule it was begun for
 * @param startedAt when it began
 * @param endedAt when it ended; empty while it goes on
 * @param outcome how it ended, or that it goes on
 * @param completed slots that completed, once it has ended
 * @param failed slots that were given up, once it has ended
 * @param skipped times of the schedule that were passed over because it still went on
 * @param exits how tasks ended, failures first, at most {@link #EXITS}; once it has ended
 * @param message how it ended, in words; "" while it goes on
 */
public record JobRun(
        long iteration,
        int lane,
        long revision,
        long concurrent,
        long total,
        Cause cause,
        Optional<Instant> scheduledFor,
        Instant startedAt,
        Optional<Instant> endedAt,
        Outcome outcome,
        long completed,
        long failed,
        long skipped,
        List<Exit> exits,
        String message) {
    /** Exits that are remembered of a run. */
    public static final int EXITS = 20;

    /** Slots of one lane are numbered from 1 to this. */
    public static final int SLOTS_PER_LANE = 100_000;

    /** Why a run began. */
    public enum Cause {
        CREATED,
        UPDATED,
        SCHEDULED
    }

    /** How a run ended. */
    public enum Outcome {
        RUNNING,
        SUCCEEDED,
        FAILED,
        /** Another run took its place before it was over. */
        REPLACED
    }

    /**
     * How one task ended.
     *
     * @param task the task
     * @param slot its slot
     * @param node where it ran
     * @param code its exit code, if its container ended
     * @param err the engine's words
     */
    public record Exit(TaskId task, int slot, Optional<NodeId> node, Optional<Integer> code, String err) {
        public Exit {
            node = Copies.optional(node);
            code = Copies.optional(code);
            err = Copies.text(err);
        }
    }

    public JobRun {
        exits = Copies.list(exits);
    }

    /** A run that begins. */
    public static JobRun begun(long iteration, int lane, long revision, long concurrent, long total, Cause cause,
            Optional<Instant> scheduledFor, Instant now) {
        return new JobRun(iteration, lane, revision, concurrent, total, cause, scheduledFor, now, Optional.empty(),
                Outcome.RUNNING, 0, 0, 0, List.of(), "");
    }

    /** Ended. */
    public JobRun ended(Outcome how, long completions, long failures, List<Exit> ends, String words, Instant now) {
        return new JobRun(iteration, lane, revision, concurrent, total, cause, scheduledFor, startedAt, Optional.of(now), how,
                completions, failures, skipped, ends.stream().limit(EXITS).toList(), words);
    }

    /** With so many more times of the schedule passed over. */
    public JobRun skipping(long more) {
        return new JobRun(iteration, lane, revision, concurrent, total, cause, scheduledFor, startedAt, endedAt, outcome,
                completed, failed, skipped + more, exits, message);
    }

    /** Whether it is over. */
    public boolean hasEnded() {
        return outcome != Outcome.RUNNING;
    }

    /** Its slot of an index from 0. */
    public int slot(int index) {
        return lane * SLOTS_PER_LANE + index + 1;
    }

    /** The index, from 0, of a job's slot in its run. */
    public static int index(int slot) {
        return (slot - 1) % SLOTS_PER_LANE;
    }
}
