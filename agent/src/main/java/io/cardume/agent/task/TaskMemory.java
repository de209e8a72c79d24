package io.cardume.agent.task;

import io.cardume.api.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the agent remembers of one task beyond what the engine shows. It is kept in memory only: after a restart of the
 * agent the container alone tells.
 *
 * @param pulled whether the image is present, as far as is known
 * @param existed whether a container of the task has been seen
 * @param refusal what the engine would not do
 * @param probe what the agent's own checks have found; empty = nothing yet
 * @param unhealthy why its container was told to stop although it should run
 * @param underway the action that was ordered and has not ended
 * @param trouble calls that failed without saying anything of the task
 * @param restarts restarts in place while no manager could be asked
 * @param said the status last given; once it is a dead one it stays
 * @param drained whether its open connections were waited for
 */
public record TaskMemory(
        boolean pulled,
        boolean existed,
        Refusal refusal,
        Optional<ProbeVerdict> probe,
        Optional<String> unhealthy,
        Optional<Action> underway,
        Trouble trouble,
        Restarts restarts,
        Optional<TaskStatus> said,
        boolean drained) {
    /** Nothing has happened yet. */
    public static final TaskMemory NEW = new TaskMemory(
            false, false, new Refusal.None(), Optional.empty(), Optional.empty(), Optional.empty(),
            Trouble.NONE, Restarts.NONE, Optional.empty(), false);

    /** What the engine would not do for a task, in its own words. */
    public sealed interface Refusal {
        /** It refused nothing. */
        record None() implements Refusal {}

        /** The image cannot be had or the container cannot be made. */
        record Unprepared(String words) implements Refusal {}

        /** The container cannot be started. */
        record Unstarted(String words) implements Refusal {}
    }

    /**
     * Calls in a row that failed because of the engine, not of the task.
     *
     * @param failures how many
     * @param notBefore when to try again
     * @param words the last one's
     */
    public record Trouble(int failures, Optional<Instant> notBefore, String words) {
        /** All is well. */
        public static final Trouble NONE = new Trouble(0, Optional.empty(), "");

        private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
        private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

        private Trouble grown(String what, Instant now) {
            return new Trouble(failures + 1, Optional.of(now.plus(Pauses.doubled(FIRST_PAUSE, failures, LONGEST_PAUSE))), what);
        }
    }

    /**
     * Restarts in place.
     *
     * @param total all of them
     * @param inARow those since the container last ran long enough to count as well
     * @param last when the last one was ordered
     */
    public record Restarts(int total, int inARow, Optional<Instant> last) {
        /** There was none. */
        public static final Restarts NONE = new Restarts(0, 0, Optional.empty());
    }

    /** A call may find a container in a state that does not allow it so often before this counts as a refusal. */
    private static final int MISSES = 4;

    /** The container as the engine shows it now. */
    public TaskMemory saw(Container container) {
        return existed || container instanceof Container.Absent
                ? this
                : new TaskMemory(pulled, true, refusal, probe, unhealthy, underway, trouble, restarts, said, drained);
    }

    /** An action begins. */
    public TaskMemory ordered(Action action, Instant now) {
        return switch (action) {
            case Action.Stop(var why) when why.isPresent() ->
                new TaskMemory(pulled, existed, refusal, probe, why, Optional.of(action), trouble, restarts, said, drained);
            case Action.Restart(var inARow) ->
                new TaskMemory(pulled, existed, new Refusal.None(), Optional.empty(), Optional.empty(),
                        Optional.of(action), trouble,
                        new Restarts(restarts.total() + 1, inARow, Optional.of(now)), Optional.empty(), false);
            case Action.Pull _, Action.Create _, Action.Start _, Action.Drain _, Action.Stop _, Action.Remove _ ->
                new TaskMemory(pulled, existed, refusal, probe, unhealthy, Optional.of(action), trouble, restarts, said, drained);
        };
    }

    /** How the image comes that is waited for. */
    public TaskMemory coming(String news) {
        return underway.orElse(null) instanceof Action.Pull(var image, _)
                ? new TaskMemory(pulled, existed, refusal, probe, unhealthy, Optional.of(new Action.Pull(image, news)), trouble, restarts, said, drained)
                : this;
    }

    /** The action did what it should. */
    public TaskMemory succeeded(Action action) {
        // A pull proves nothing about the create that follows, whose misses must stay counted or they would never end.
        var left = action instanceof Action.Pull ? new Trouble(trouble.failures(), Optional.empty(), "") : Trouble.NONE;
        return new TaskMemory(pulled || action instanceof Action.Pull, existed, refusal, probe, unhealthy,
                Optional.empty(), left, restarts, said, drained || action instanceof Action.Drain);
    }

    /** The engine understood the action and refuses it, in these words; stopping and removing are tried again. */
    public TaskMemory refused(Action action, String words, Instant now) {
        return switch (action) {
            case Action.Pull _, Action.Create _ -> ended(new Refusal.Unprepared(words));
            case Action.Start _, Action.Restart _ -> ended(new Refusal.Unstarted(words));
            case Action.Drain _, Action.Stop _, Action.Remove _ -> troubled(words, now);
        };
    }

    /** The container or its image was not as the action needs it; looked at again it may be, but not for ever. */
    public TaskMemory missed(Action action, String words, Instant now) {
        if (trouble.failures() + 1 >= MISSES) return refused(action, words, now);
        boolean present = pulled && !(action instanceof Action.Create);
        return new TaskMemory(present, existed, refusal, probe, unhealthy, Optional.empty(),
                trouble.grown(words, now), restarts, said, drained);
    }

    /** The action failed because of the engine, which says nothing of the task: it is tried again after a pause. */
    public TaskMemory troubled(String words, Instant now) {
        return new TaskMemory(pulled, existed, refusal, probe, unhealthy, Optional.empty(), trouble.grown(words, now),
                restarts, said, drained);
    }

    /** The engine answers again: what was put off is tried at once. */
    public TaskMemory engineBack() {
        return trouble.notBefore().isEmpty()
                ? this
                : new TaskMemory(pulled, existed, refusal, probe, unhealthy, underway,
                        new Trouble(trouble.failures(), Optional.empty(), trouble.words()), restarts, said, drained);
    }

    /** The agent's own checks have found something, or begin anew. */
    public TaskMemory probed(Optional<ProbeVerdict> found) {
        return new TaskMemory(pulled, existed, refusal, found, unhealthy, underway, trouble, restarts, said, drained);
    }

    /** The status given now. */
    public TaskMemory said(TaskStatus status) {
        return new TaskMemory(pulled, existed, refusal, probe, unhealthy, underway, trouble, restarts, Optional.of(status), drained);
    }

    /** The dead status it was given; empty while it lives. */
    public Optional<TaskStatus> verdict() {
        return said.filter(status -> status.state().isDead());
    }

    private TaskMemory ended(Refusal why) {
        return new TaskMemory(pulled, existed, why, probe, unhealthy, Optional.empty(), Trouble.NONE, restarts, said, drained);
    }
}
