package io.cardume.manager.plan;

import io.cardume.api.CronLabels;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Job;
import io.cardume.manager.cluster.JobRun;
import io.cardume.manager.cluster.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** When jobs begin to run: when they are created, changed or forced to, and when their schedule says so. */
final class JobStarts implements PlanStep {
    /** So late a run begins in the ordinary course of things: it is on time. */
    private static final Duration ON_TIME = Duration.ofSeconds(10);
    /** Missed times beyond this many are not counted one by one. */
    private static final int MOST_COUNTED = 10_000;

    @Override
    public void plan(Draft draft) {
        var looked = new TreeSet<ServiceId>(draft.state().touched().services());
        draft.state().scheduled().headMap(draft.now(), true).values().forEach(looked::addAll);
        for (ServiceId id : looked)
            draft.state().service(id).filter(service -> service.isJob() && !service.removed())
                    .ifPresent(service -> plan(draft, service));
    }

    @Override
    public Optional<Instant> wakeAt(ClusterState state, Instant now) {
        var later = state.scheduled().tailMap(now, false);
        return later.isEmpty() ? Optional.empty() : Optional.of(later.firstKey());
    }

    private static void plan(Draft draft, Service service) {
        var before = service.job().orElseThrow();
        var cron = CronLabels.of(service.spec());
        var after = cron.isEmpty() ? before.due(Optional.empty()) : scheduled(draft, service, before, cron.get());
        if (after.asked()) {
            var cause = service.previousSpec().isEmpty() ? JobRun.Cause.CREATED : JobRun.Cause.UPDATED;
            boolean beside = cron.filter(labels -> labels.overlap() == CronLabels.Overlap.ALLOW).isPresent();
            after = begun(draft, service, after, beside, cause, Optional.empty());
        }
        // Callers who read the service before may still update it.
        if (!after.equals(before)) draft.add(new Change.ServicePut(service.job(after)));
    }

    /** Runs of one service beside one another; a schedule whose runs never end must not grow without end. */
    private static final int MOST_BESIDE = 100;

    private static Job scheduled(Draft draft, Service service, Job job, CronLabels cron) {
        if (job.due().isEmpty()) return job.due(cron.schedule().next(draft.now(), cron.zone()));
        var due = job.due();
        if (due.get().isAfter(draft.now())) return job;
        var last = due.get();
        long times = 0;
        while (due.isPresent() && !due.get().isAfter(draft.now()) && times < MOST_COUNTED) {
            last = due.get();
            times++;
            due = cron.schedule().next(last, cron.zone());
        }
        if (times == MOST_COUNTED) due = cron.schedule().next(draft.now(), cron.zone());
        var next = job.due(due);
        boolean tooLate = last.plus(cron.window()).plus(ON_TIME).isBefore(draft.now());
        if (tooLate || times > 1) next = next.missed(tooLate ? times : times - 1, last);
        return tooLate || job.asked() ? next : due(draft, service, next, cron, last);
    }

    private static Job due(Draft draft, Service service, Job job, CronLabels cron, Instant at) {
        if (job.running().isEmpty()) return begun(draft, service, job, false, JobRun.Cause.SCHEDULED, Optional.of(at));
        return switch (cron.overlap()) {
            case FORBID -> job.put(job.running().getLast().skipping(1));
            case ALLOW -> job.running().size() >= MOST_BESIDE
                    ? job.put(job.running().getLast().skipping(1))
                    : begun(draft, service, job, true, JobRun.Cause.SCHEDULED, Optional.of(at));
            case REPLACE -> begun(draft, service, job, false, JobRun.Cause.SCHEDULED, Optional.of(at));
        };
    }

    /** With a run begun, beside those that go on or in their place. */
    private static Job begun(
            Draft draft, Service service, Job job, boolean beside, JobRun.Cause cause, Optional<Instant> scheduledFor) {
        var rest = job;
        if (!beside)
            for (JobRun old : job.running())
                rest = rest.put(JobEnds.ended(draft, service, old, JobRun.Outcome.REPLACED, "another run took its place"));
        long iteration = job.runs().isEmpty() ? job.iteration() : job.iteration() + 1;
        var mode = service.spec().mode().replicatedJob();
        return rest.begun(JobRun.begun(iteration, freeLane(rest.running()), service.revision(),
                mode.flatMap(given -> given.maxConcurrent()).orElse(0L), mode.flatMap(given -> given.totalCompletions()).orElse(0L),
                cause, scheduledFor, draft.now()));
    }

    private static int freeLane(List<JobRun> running) {
        int lane = 0;
        while (isTaken(running, lane)) lane++;
        return lane;
    }

    private static boolean isTaken(List<JobRun> running, int lane) {
        return running.stream().anyMatch(run -> run.lane() == lane);
    }
}
