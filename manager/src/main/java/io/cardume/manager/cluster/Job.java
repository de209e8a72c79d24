package io.cardume.manager.cluster;

import io.cardume.api.Copies;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is remembered of a job's runs: those that go on, the last that ended, and when the next one is due.
 *
 * @param iteration number of the newest run; 0 before the first one
 * @param asked whether a run was asked for that has not begun
 * @param idle whether the service was last changed in a way that asks for no run
 * @param due when its schedule wants the next run; empty without a schedule, and until the plan has looked at it
 * @param missed times of the schedule at which it should have run and no manager was there to see to it
 * @param lastMissed the last of those times
 * @param runs its runs, oldest first; all that go on, and at most {@link #REMEMBERED} that ended
 */
public record Job(
        long iteration,
        boolean asked,
        boolean idle,
        Optional<Instant> due,
        long missed,
        Optional<Instant> lastMissed,
        List<JobRun> runs) {
    /** Ended runs that are remembered. */
    public static final int REMEMBERED = 20;

    public Job {
        runs = Copies.list(runs);
    }

    /** A new job, to run at once or not before its schedule says so. */
    public static Job created(boolean atOnce) {
        return new Job(0, atOnce, !atOnce, Optional.empty(), 0, Optional.empty(), List.of());
    }

    /** As after a change of its service. */
    public Job changed(boolean run, boolean otherSchedule) {
        return new Job(iteration, asked || run, !run, otherSchedule ? Optional.empty() : due, missed, lastMissed, runs);
    }

    /** With another time at which the schedule wants a run. */
    public Job due(Optional<Instant> next) {
        return next.equals(due) ? this : new Job(iteration, asked, idle, next, missed, lastMissed, runs);
    }

    /** With so many more times of its schedule missed. */
    public Job missed(long more, Instant last) {
        return new Job(iteration, asked, idle, due, missed + more, Optional.of(last), runs);
    }

    /** With a run begun. */
    public Job begun(JobRun run) {
        var more = new ArrayList<>(runs);
        more.add(run);
        return new Job(run.iteration(), false, false, due, missed, lastMissed, more);
    }

    /** With a run as it is now; ended ones beyond what is remembered are forgotten. */
    public Job put(JobRun run) {
        var more = new ArrayList<>(runs);
        more.replaceAll(old -> old.iteration() == run.iteration() ? run : old);
        long ended = more.stream().filter(JobRun::hasEnded).count();
        for (var each = more.iterator(); ended > REMEMBERED && each.hasNext(); )
            if (each.next().hasEnded()) {
                each.remove();
                ended--;
            }
        return new Job(iteration, asked, idle, due, missed, lastMissed, more);
    }

    /** The runs that go on, oldest first. */
    public List<JobRun> running() {
        return runs.stream().filter(Predicate.not(JobRun::hasEnded)).toList();
    }

    /** The run of that number, if it is remembered. */
    public Optional<JobRun> run(long number) {
        return runs.stream().filter(run -> run.iteration() == number).findFirst();
    }

    /** The newest run. */
    public Optional<JobRun> last() {
        return runs.isEmpty() ? Optional.empty() : Optional.of(runs.getLast());
    }
}
