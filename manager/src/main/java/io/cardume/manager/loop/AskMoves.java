package io.cardume.manager.loop;

import io.cardume.api.RebalanceView;
import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.plan.Rebalance;
import java.util.List;
import java.util.Optional;

/**
 * Tasks are to move to better nodes, one of each service at a time, until nothing is gained any more.
 *
 * @param services of which services
 * @param named whether the caller named them, so that one that cannot be moved is refused; else it is left out
 */
public record AskMoves(List<ServiceId> services, boolean named) implements Command<Void> {
    public AskMoves {
        services = List.copyOf(services);
    }

    /** Of the services the caller named. */
    public static AskMoves of(List<ServiceId> services) {
        return new AskMoves(services, true);
    }

    /** Of all services for which something is gained; whoever asks works out which, for it takes long and the loop has no time. */
    public static AskMoves ofAll(RebalanceView proposal) {
        return new AskMoves(proposal.moves().stream().map(RebalanceView.Move::service).distinct().toList(), false);
    }

    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        for (ServiceId id : services) {
            var refusal = refusal(draft.state(), id);
            if (named && refusal.isPresent()) throw refusal.get();
            if (refusal.isEmpty()) draft.add(new Change.MovesAsked(id, draft.now()));
        }
        return null;
    }

    private static Optional<Refusal> refusal(ClusterState state, ServiceId id) {
        var service = state.service(id).filter(found -> !found.removed());
        if (service.isEmpty()) return Optional.of(new Refusal(Refusal.Kind.NOT_FOUND, "service " + id + " not found"));
        return Rebalance.never(service.get()).map(never -> new Refusal(
                Refusal.Kind.INVALID, "Services: tasks of service " + service.get().name() + " are not moved: " + never));
    }
}
