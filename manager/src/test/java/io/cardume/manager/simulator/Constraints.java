package io.cardume.manager.simulator;

import io.cardume.api.Placement;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Node;
import io.cardume.manager.plan.Constraint;
import java.util.List;

/** What the simulation knows of constraints. */
final class Constraints {
    private Constraints() {}

    /** Whether a node meets all that a spec names. */
    static boolean hold(ServiceSpec spec, Node node) {
        return spec.taskTemplate().placement().map(Placement::constraints).orElse(List.of()).stream()
                .allMatch(constraint -> Constraint.parse(constraint).matches(node));
    }
}
