package io.cardume.manager.plan;

import io.cardume.api.DesiredState;
import io.cardume.api.NodeId;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Job;
import io.cardume.manager.cluster.JobRun;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.util.HashSet;
import java.util.Optional;

/** The tasks of a job's runs: those of runs that are over end, those of forgotten runs go, and runs that go on get theirs. */
final class JobSlots {
    private JobSlots() {}

    static void plan(Draft draft, Service service) {
        var job = service.job().orElseThrow();
        for (Slot slot : Slot.of(draft.state(), service))
            for (Task task : slot.tasks()) settle(draft, job, task);
        for (JobRun run : job.running()) tend(draft, service, run);
    }

    private static void settle(Draft draft, Job job, Task task) {
        var run = job.run(task.iteration());
        if (run.isEmpty()) draft.put(task.ending(DesiredState.REMOVE, draft.now()));
        else if (task.isDead()) draft.put(task.desired(DesiredState.SHUTDOWN));
        else if (run.get().hasEnded()) draft.put(task.ending(DesiredState.SHUTDOWN, draft.now()));
    }

    private static void tend(Draft draft, Service service, JobRun run) {
        var progress = JobProgress.of(draft.state(), service, run, draft.now());
        for (JobProgress.Part part : progress.parts()) {
            if (part.stage() == JobProgress.Stage.FAILED) part.giveUp(draft);
            if (part.stage() == JobProgress.Stage.DONE) end(draft, part);
            else if (!part.open()) leave(draft, part);
            else if (part.stage() == JobProgress.Stage.ACTIVE && part.next() instanceof SlotDecision.Fill(var notBefore, var why, int failures))
                Slot.open(draft, service, part.number(), run.revision(), part.tasks().getFirst().home(), run.iteration(), notBefore, why, failures);
        }
        long room = Math.min(run.concurrent() - progress.count(JobProgress.Stage.ACTIVE), run.total() - progress.parts().size());
        var begun = new HashSet<Integer>();
        progress.parts().forEach(part -> begun.add(part.number()));
        for (int index = 0; room > 0; index++) {
            if (begun.contains(run.slot(index))) continue;
            open(draft, service, run, run.slot(index), Optional.empty());
            room--;
        }
        for (NodeId node : progress.unserved()) open(draft, service, run, numberFor(draft, service, run, node), Optional.of(node));
    }

    private static void open(Draft draft, Service service, JobRun run, int number, Optional<NodeId> home) {
        Slot.open(draft, service, number, run.revision(), home, run.iteration(), draft.now(), "the job has begun to run", 0);
    }

    /** One that had to leave its node may have completed all the same: nobody takes over from it. */
    private static void end(Draft draft, JobProgress.Part part) {
        for (Task task : part.tasks()) if (task.isLive()) draft.put(task.ending(DesiredState.SHUTDOWN, draft.now()));
    }

    /** What is not placed yet on a node that takes part no more never will be; what runs there is for others to stop. */
    private static void leave(Draft draft, JobProgress.Part part) {
        for (Task task : part.tasks()) if (task.isPending()) draft.put(task.ending(DesiredState.SHUTDOWN, draft.now()));
    }

    /** A node's slot of earlier runs in the same lane, else one that no task has. */
    private static int numberFor(Draft draft, Service service, JobRun run, NodeId node) {
        var slots = draft.state().slots(service.id());
        for (int number : slots.subMap(run.slot(0), run.slot(JobRun.SLOTS_PER_LANE)).keySet())
            if (draft.state().slot(service.id(), number).getFirst().home().equals(Optional.of(node))) return number;
        int index = 0;
        while (slots.containsKey(run.slot(index))) index++;
        return run.slot(index);
    }
}
