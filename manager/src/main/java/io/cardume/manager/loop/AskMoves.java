package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.plan.Rebalance;
import java.util.List;

/**
 * Tasks are to move to better nodes, one of each service at a time, until nothing is gained any more.
 *
 * @param services of which services; empty = of all for which something is gained
 */
public record AskMoves(List<ServiceId> services) implements Command<Void> {
    public AskMoves {
        services = List.copyOf(services);
    }

    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        for (ServiceId id : services) {
            var service = draft.state().service(id).filter(found -> !found.removed())
                    .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "service " + id + " not found"));
            var never = Rebalance.never(service);
            if (never.isPresent())
                throw new Refusal(Refusal.Kind.INVALID, "Services: tasks of service " + service.name() + " are not moved: " + never.get());
        }
        var asked = services.isEmpty()
                ? Rebalance.proposal(draft.state(), draft.now()).moves().stream().map(move -> move.service()).distinct().toList()
                : services;
        for (ServiceId id : asked) draft.add(new Change.MovesAsked(id, draft.now()));
        return null;
    }
}
