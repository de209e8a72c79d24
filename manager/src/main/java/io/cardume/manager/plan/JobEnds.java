package io.cardume.manager.plan;

import io.cardume.api.ContainerStatus;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.JobRun;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.Comparator;
import java.util.List;

/** When a run of a job is over, and how it ended. */
final class JobEnds implements PlanStep {
    @Override
    public void plan(Draft draft) {
        for (ServiceId id : draft.state().touched().services())
            draft.state().service(id).filter(service -> service.isJob() && !service.removed())
                    .ifPresent(service -> plan(draft, service));
    }

    private static void plan(Draft draft, Service service) {
        var before = service.job().orElseThrow();
        var after = before;
        for (JobRun run : before.running()) {
            var progress = JobProgress.of(draft.state(), service, run, draft.now());
            if (!progress.isOver()) continue;
            for (JobProgress.Part part : progress.parts())
                if (part.stage() == JobProgress.Stage.FAILED) part.giveUp(draft);
            long failed = progress.count(JobProgress.Stage.FAILED);
            boolean nowhere = service.isGlobal() && progress.count(JobProgress.Stage.DONE) + failed == 0;
            var outcome = failed > 0 || nowhere ? JobRun.Outcome.FAILED : JobRun.Outcome.SUCCEEDED;
            after = after.put(ended(draft, service, run, outcome, nowhere ? "no node may take it" : words(progress)));
        }
        if (after != before) draft.add(new Change.ServicePut(service.job(after)));
    }

    /** A run as over, with what is known of how its tasks ended. */
    static JobRun ended(Draft draft, Service service, JobRun run, JobRun.Outcome outcome, String words) {
        var progress = JobProgress.of(draft.state(), service, run, draft.now());
        var exits = progress.parts().stream()
                .sorted(Comparator.comparing(part -> part.stage() == JobProgress.Stage.DONE))
                .map(part -> exit(part.tasks().getFirst()))
                .toList();
        return run.ended(outcome, progress.count(JobProgress.Stage.DONE), progress.count(JobProgress.Stage.FAILED), exits, words, draft.now());
    }

    private static JobRun.Exit exit(Task task) {
        return new JobRun.Exit(task.id(), task.slot(), task.node(),
                task.status().container().flatMap(ContainerStatus::exitCode), task.status().err());
    }

    private static String words(JobProgress progress) {
        var failed = progress.parts().stream().filter(part -> part.stage() == JobProgress.Stage.FAILED).toList();
        if (failed.isEmpty()) return tasks(progress.count(JobProgress.Stage.DONE)) + " completed";
        var first = failed.getFirst().tasks().getFirst();
        return tasks(failed.size()) + " failed, " + progress.count(JobProgress.Stage.DONE) + " completed: task " + first.id() + ": "
                + String.join("; ", List.of(first.status().err(), failed.getFirst().why()).stream().filter(text -> !text.isEmpty()).toList());
    }

    private static String tasks(long count) {
        return count == 1 ? "1 task" : count + " tasks";
    }
}
