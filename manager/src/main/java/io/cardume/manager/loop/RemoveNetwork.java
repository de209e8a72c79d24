package io.cardume.manager.loop;

import io.cardume.api.NetworkId;
import io.cardume.api.StackLabels;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;
import io.cardume.manager.cluster.Service;
import java.util.Set;

/**
 * No such network any more: its name is free at once. What still stops on it keeps it until it has stopped; a service
 * that wants it is in the way.
 */
public record RemoveNetwork(NetworkId id) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        Network network = draft.state().network(id).filter(found -> !found.removed())
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "network " + id + " not found"));
        if (network.ingress())
            throw new Refusal(Refusal.Kind.FORBIDDEN, network.name() + " is a pre-defined network and cannot be removed");
        for (Service service : draft.state().services().values())
            if (!service.removed() && (service.current().isOn(id) || mayComeBack(service)))
                throw inUse(service);
        draft.put(network.gone());
        return null;
    }

    private Refusal inUse(Service service) {
        var words = "rpc error: code = FailedPrecondition desc = network " + id + " is in use by ";
        return Refusal.telling(Refusal.Kind.INVALID, words + "service " + service.id() + " (" + service.name() + ")",
                Set.of(StackLabels.stack(service.spec().labels())), words + "a service of another namespace");
    }

    /** Whether an update that is not over may turn back to a revision on the network. */
    private boolean mayComeBack(Service service) {
        return service.update().filter(update -> update.completedAt().isEmpty()).isPresent()
                && service.revisions().values().stream().anyMatch(revision -> revision.isOn(id));
    }
}
