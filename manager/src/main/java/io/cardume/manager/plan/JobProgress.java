package io.cardume.manager.plan;

import io.cardume.api.CronLabels;
import io.cardume.api.NodeId;
import io.cardume.api.RestartPolicy;
import io.cardume.api.TaskState;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.JobRun;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.cluster.Service;
import io.cardume.manager.cluster.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How far a run of a job is.
 *
 * @param run the run
 * @param parts its slots that have a task, by number
 * @param unserved with a job on every node: the nodes that are to run it and have no task of it yet, sorted
 */
record JobProgress(JobRun run, List<Part> parts, List<NodeId> unserved) {
    /** How far one slot is. */
    enum Stage {
        /** A task lives, or another is to be made, at once or when the slot's node is back. */
        ACTIVE,
        /** A task has completed. */
        DONE,
        /** It was given up. */
        FAILED,
        /** Its node takes no part any more. */
        LEFT_OUT
    }

    /**
     * A slot in the run.
     *
     * @param number its number
     * @param tasks its tasks of the run, newest first; at least one
     * @param stage how far it is
     * @param open whether a new task may be made for it
     * @param why with {@link Stage#FAILED}: why it was given up, in words
     * @param next what it needs, as far as its tasks say
     */
    record Part(int number, List<Task> tasks, Stage stage, boolean open, String why, SlotDecision next) {
        /** Says of its last task why there is no other, if its restart policy is why. */
        void giveUp(Draft draft) {
            if (next instanceof SlotDecision.GiveUp) draft.put(tasks.getFirst().givenUp(why));
        }
    }

    JobProgress {
        parts = List.copyOf(parts);
        unserved = List.copyOf(unserved);
    }

    static JobProgress of(ClusterState state, Service service, JobRun run, Instant now) {
        var demand = Demand.of(state, service, run.revision());
        var byNumber = new TreeMap<Integer, List<Task>>();
        for (Slot slot : Slot.of(state, service)) {
            var tasks = slot.tasks().stream().filter(task -> task.iteration() == run.iteration()).toList();
            if (!tasks.isEmpty()) byNumber.put(slot.number(), tasks);
        }
        var parts = new ArrayList<Part>();
        byNumber.forEach((number, tasks) -> parts.add(part(state, service, run, demand, number, tasks, now)));
        return new JobProgress(run, parts, service.isGlobal() ? unserved(state, run, demand, parts) : List.of());
    }

    private static Part part(
            ClusterState state, Service service, JobRun run, Demand demand, int number, List<Task> tasks, Instant now) {
        var home = tasks.getFirst().home();
        var node = home.flatMap(state::node);
        boolean open = home.isEmpty() || node.filter(known -> Homes.isOpen(demand, known)).isPresent();
        if (tasks.stream().anyMatch(task -> task.status().state() == TaskState.COMPLETE))
            return new Part(number, tasks, Stage.DONE, open, "", new SlotDecision.Keep());
        if (tasks.stream().anyMatch(task -> !task.isDead() && task.node().isPresent()))
            return new Part(number, tasks, Stage.ACTIVE, open, "", decision(service, run, tasks, now));
        if (!open) {
            boolean lost = node.filter(known -> Homes.belongs(demand, known) && known.availability() == Node.Availability.ACTIVE).isPresent();
            if (!lost) return new Part(number, tasks, Stage.LEFT_OUT, false, "", new SlotDecision.Keep());
            // Without a schedule there is time to wait for the node; with one the next run would wait too.
            return CronLabels.of(service.spec()).isEmpty()
                    ? new Part(number, tasks, Stage.ACTIVE, false, "", new SlotDecision.Keep())
                    : new Part(number, tasks, Stage.FAILED, false, "not restarted: its node is down", new SlotDecision.Keep());
        }
        var next = decision(service, run, tasks, now);
        return next instanceof SlotDecision.GiveUp(var why)
                ? new Part(number, tasks, Stage.FAILED, true, why, next)
                : new Part(number, tasks, Stage.ACTIVE, true, "", next);
    }

    private static SlotDecision decision(Service service, JobRun run, List<Task> tasks, Instant now) {
        if (tasks.stream().anyMatch(Task::isLive)) return new SlotDecision.Keep();
        return SlotDecision.of(policy(service, run), tasks, now);
    }

    /** What has completed is never run again; where the caller said nothing, and where they said any, what failed is. */
    private static Optional<RestartPolicy> policy(Service service, JobRun run) {
        return service.template(run.revision()).ofJob().restartPolicy();
    }

    /** Nodes that were there when it began and may take a task. */
    private static List<NodeId> unserved(ClusterState state, JobRun run, Demand demand, List<Part> parts) {
        var served = new TreeSet<NodeId>();
        parts.forEach(part -> served.add(part.tasks().getFirst().home().orElseThrow()));
        return state.nodes().values().stream()
                .filter(node -> Homes.isOpen(demand, node) && !node.createdAt().isAfter(run.startedAt()) && !served.contains(node.id()))
                .map(Node::id)
                .toList();
    }

    /** How many slots are at a stage. */
    long count(Stage stage) {
        return parts.stream().filter(part -> part.stage() == stage).count();
    }

    /** Whether nothing is left to be done. */
    boolean isOver() {
        return count(Stage.ACTIVE) == 0 && unserved.isEmpty() && parts.size() >= run.total();
    }
}
