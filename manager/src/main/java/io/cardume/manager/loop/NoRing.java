package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.api.StartOrderLabels;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.plan.StartOrder;

/** Services that would wait for each other for ever are refused. */
final class NoRing {
    private NoRing() {}

    /** Refuses a service, as it is now put, that would wait for itself over others. */
    static void orRefuse(ClusterState state, ServiceId id) throws Refusal {
        var ring = StartOrder.ring(state, state.services().get(id));
        if (ring.isPresent())
            throw new Refusal(Refusal.Kind.INVALID, "Labels[\"" + StartOrderLabels.AFTER + "\"]: services would wait for each other for ever: "
                    + String.join(" starts after ", ring.get()) + "; take one of them out of the ring");
    }
}
