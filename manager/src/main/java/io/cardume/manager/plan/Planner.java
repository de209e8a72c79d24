package io.cardume.manager.plan;

import io.cardume.manager.cluster.Cluster;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Decides what should change: a fold over steps, each of which sees what the one before it left. The steps look only at
 * the services and nodes that were touched since the last plan, at tasks and leases that are due, and at tasks that
 * wait for a node; yet what they leave is what a plan that looks at everything would leave. What is kept from plan to plan makes the
 * next one quicker and never another one; it is used by one thread.
 */
public final class Planner {
    /** What a plan left, and when it was made. */
    private record Left(ClusterState state, Instant at) {}

    /** In their order; some are taken more than once. */
    private final List<PlanStep> steps;
    /** Each of them once. */
    private final List<PlanStep> distinct;
    /** By the last plan; empty while one is being made, and after one that failed. */
    private Optional<Left> left = Optional.empty();

    public Planner(PlannerSettings settings) {
        var placing = new Placing();
        var attention = new Attention();
        var handover = new Handover();
        this.steps = List.of(
                new Leases(settings),
                new Evictions(),
                new Verdicts(attention),
                new JobStarts(),
                new JobEnds(),
                new Endpoints(),
                new Slots(),
                new Drain(),
                new Rollout(attention),
                new Drain(),
                new Release(),
                new Addressing(),
                placing,
                handover,
                new Healing(),
                new Succession(attention),
                new Addressing(),
                placing,
                new Waiting(),
                handover,
                new Rebalancing(placing),
                new Reaping(),
                new Endpoints(),
                new NetworkEnds(),
                new Barrier());
        this.distinct = steps.stream().distinct().toList();
    }

    /**
     * Adds to the draft what should change now. It looks only at what its state says was touched, and at what is due.
     *
     * @return when time alone may next change something
     */
    public Optional<Instant> plan(Draft draft) {
        if (left.filter(before -> goesOn(before, draft)).isEmpty()) distinct.forEach(PlanStep::forget);
        left = Optional.empty();
        if (draft.state().cluster().isEmpty()) return Optional.empty();
        for (PlanStep step : steps) step.plan(draft);
        for (PlanStep step : distinct) step.planned(draft);
        var wakeAt = distinct.stream()
                .flatMap(step -> step.wakeAt(draft.state(), draft.now()).stream())
                .min(Instant::compareTo);
        left = Optional.of(new Left(draft.state(), draft.now()));
        return wakeAt;
    }

    /**
     * Whether what is otherwise than before is touched: the same objects are in the state that the draft began with, and none was swept away.
     * Nor was the clock set back: times that had passed would come once more.
     */
    private static boolean goesOn(Left left, Draft draft) {
        if (draft.now().isBefore(left.at())) return false;
        var before = left.state();
        var base = draft.base();
        return base.nodes() == before.nodes() && base.loads() == before.loads() && base.services() == before.services() && base.tasks() == before.tasks()
                && base.cluster().map(Cluster::id).equals(draft.state().cluster().map(Cluster::id));
    }
}
