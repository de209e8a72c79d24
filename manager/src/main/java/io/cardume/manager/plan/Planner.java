package io.cardume.manager.plan;

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
    private final List<PlanStep> steps;

    public Planner(PlannerSettings settings) {
        var placing = new Placing();
        this.steps = List.of(
                new Leases(settings),
                new Evictions(),
                new Verdicts(),
                new JobStarts(),
                new JobEnds(),
                new Endpoints(),
                new Slots(),
                new Drain(),
                new Rollout(),
                new Drain(),
                new Release(),
                new Addressing(),
                placing,
                new Handover(),
                new Healing(),
                new Succession(),
                new Addressing(),
                placing,
                new Waiting(),
                new Handover(),
                new Rebalancing(placing),
                new Reaping(),
                new Endpoints(),
                new NetworkEnds(),
                new Barrier());
    }

    /**
     * Adds to the draft what should change now. It looks only at what its state says was touched, and at what is due.
     *
     * @return when time alone may next change something
     */
    public Optional<Instant> plan(Draft draft) {
        if (draft.state().cluster().isEmpty()) return Optional.empty();
        for (PlanStep step : steps) step.plan(draft);
        return steps.stream()
                .flatMap(step -> step.wakeAt(draft.state(), draft.now()).stream())
                .min(Instant::compareTo);
    }
}
