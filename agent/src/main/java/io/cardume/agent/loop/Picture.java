package io.cardume.agent.loop;

import io.cardume.agent.task.Action;
import io.cardume.agent.task.Container;
import io.cardume.api.ClusterId;
import io.cardume.api.TaskId;
import io.cardume.api.link.AssignedTask;
import io.cardume.api.link.FromAgent;
import io.cardume.api.link.ToAgent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the agent knows: the cluster it belongs to, what the manager assigned, and all that was seen of each task. Touched
 * by the decision thread alone.
 */
final class Picture {
    final SortedMap<TaskId, Kept> tasks = new TreeMap<>();
    /** The cluster whose assignment is kept; what the membership says, but in the order of the news. */
    Optional<ClusterId> cluster;
    /** The loop's turns, counted. */
    long turn;
    boolean connected;
    /** Whether the whole assignment has come over the present connection. */
    boolean whole;
    /** Whether the tasks are those of a manager's last word before the agent was started, not of one that is near. */
    boolean recalled;
    /** Whether everything is to be told, not only what changed. */
    boolean tellAll;
    /** When a manager was last heard of, while none is. */
    Instant lastHeard;
    private final Deliveries deliveries;
    private final Outbox outbox;
    private boolean resyncAsked;
    /** Read by whoever sends signs of life. */
    private volatile long generation;

    /**
     * @param deliveries the bytes that assigned tasks need
     * @param outbox is asked for the whole assignment when a part of it was missed
     */
    Picture(Optional<ClusterId> cluster, Instant now, Deliveries deliveries, Outbox outbox) {
        this.cluster = cluster;
        this.lastHeard = now;
        this.deliveries = deliveries;
        this.outbox = outbox;
    }

    Optional<Kept> kept(TaskId id) {
        return Optional.ofNullable(tasks.get(id));
    }

    /** The assignment that is worked to; 0 = none. */
    long generation() {
        return generation;
    }

    /** What a manager said before the agent was started; it may have been long ago. */
    void recall(List<AssignedTask> assigned) {
        recalled = true;
        for (AssignedTask task : assigned) {
            var kept = new Kept(task.id(), cluster.orElseThrow());
            kept.assigned = Optional.of(task);
            tasks.put(task.id(), kept);
        }
    }

    /** What is assigned now. */
    List<AssignedTask> assigned() {
        return tasks.values().stream().filter(kept -> cluster.equals(Optional.of(kept.cluster))).flatMap(kept -> kept.assigned.stream()).toList();
    }

    /**
     * Whether a task is left as it is until a manager was heard: what it said before the agent was started counts when no manager
     * has been near for a while, and then only for containers that there are.
     */
    boolean waits(Kept kept, boolean offline) {
        return recalled && !kept.forgotten && (!offline || kept.observed instanceof Container.Absent);
    }

    /** A manager let the agent into its cluster. */
    void joined(ClusterId into) {
        cluster = Optional.of(into);
        connected = true;
        whole = false;
        resyncAsked = false;
        tasks.values().forEach(kept -> kept.told = Optional.empty());
    }

    /** No manager is near any more. */
    void parted(Instant heard) {
        connected = false;
        whole = false;
        lastHeard = heard;
    }

    /** A cluster is no more: nothing of it is wanted. */
    void ended(Optional<ClusterId> gone) {
        tasks.values().stream().filter(kept -> gone.equals(Optional.of(kept.cluster))).forEach(Kept::forget);
        if (!cluster.equals(gone)) return;
        cluster = Optional.empty();
        generation = 0;
        whole = false;
        recalled = false;
    }

    /**
     * Takes what the manager assigns, unless it is older than what is known, or the difference to something that is not.
     *
     * @param allSeen whether all containers of the cluster have been seen
     */
    void take(ToAgent.Assignment assignment, boolean allSeen) {
        if (cluster.isEmpty()) return;
        if (assignment.base().isPresent()) {
            if (whole && assignment.generation() <= generation) return;
            if (!whole || assignment.base().get() != generation) {
                if (!resyncAsked) resyncAsked = outbox.say(new FromAgent.Resync());
                return;
            }
            assignment.removed().forEach(id -> kept(id).ifPresent(Kept::forget));
        } else {
            if (whole && assignment.generation() < generation) return;
            var wanted = new TreeSet<TaskId>();
            assignment.tasks().forEach(task -> wanted.add(task.id()));
            tasks.values().stream()
                    .filter(kept -> kept.cluster.equals(cluster.get()) && !wanted.contains(kept.task))
                    .forEach(Kept::forget);
            if (!whole) tellAll = true;
            whole = true;
            recalled = false;
            resyncAsked = false;
        }
        generation = assignment.generation();
        for (AssignedTask task : assignment.tasks()) {
            var kept = tasks.computeIfAbsent(task.id(), id -> newTask(id, allSeen));
            kept.assigned = Optional.of(task);
            kept.forgotten = false;
        }
        deliveries.keepFor(tasks.values().stream().flatMap(kept -> kept.assigned.stream()).toList());
    }

    /** A task heard of for the first time: it has no container, if all there are have been seen. */
    private Kept newTask(TaskId id, boolean allSeen) {
        var kept = new Kept(id, cluster.orElseThrow());
        kept.known = allSeen;
        if (kept.known) kept.since = turn;
        return kept;
    }

    /**
     * What an action came to.
     *
     * @return whether the container has to be looked at again
     */
    boolean acted(Kept kept, News.Acted acted, Instant now) {
        kept.busy = false;
        var action = acted.action();
        kept.memory = switch (acted.outcome()) {
            case News.Outcome.Done _ -> kept.memory.succeeded(action);
            case News.Outcome.Refused(var words) -> kept.memory.refused(action, words, now);
            case News.Outcome.Missed(var words) -> kept.memory.missed(action, words, now);
            case News.Outcome.Unreachable(var words) -> kept.memory.troubled(words, now);
        };
        if (acted.after().isPresent()) {
            kept.sees(acted.after().get(), turn);
            return false;
        }
        return !(action instanceof Action.Pull) || acted.outcome() instanceof News.Outcome.Unreachable;
    }

    /**
     * All containers of a cluster were seen.
     *
     * @param began the turn in which the look began; what was heard since may be newer, be it before the next turn
     */
    void found(long began, ClusterId surveyed, SortedMap<TaskId, Container> containers) {
        boolean ended = !cluster.equals(Optional.of(surveyed));
        for (TaskId id : containers.keySet()) {
            var kept = tasks.computeIfAbsent(id, missing -> new Kept(missing, surveyed));
            if (ended || (whole && kept.assigned.isEmpty())) kept.forget();
        }
        for (Kept kept : tasks.values()) {
            if (!kept.cluster.equals(surveyed)) continue;
            kept.memory = kept.memory.engineBack();
            if (kept.busy) continue; // it is looked at when its action ends
            if (kept.since >= began) continue; // it was seen since
            kept.sees(containers.getOrDefault(kept.task, new Container.Absent()), turn);
        }
    }
}
