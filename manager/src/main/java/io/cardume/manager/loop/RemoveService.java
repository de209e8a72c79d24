package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.manager.cluster.Draft;

/** No such service any more: its name is free at once, its tasks stop. */
public record RemoveService(ServiceId id) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var service = draft.state().service(id).filter(found -> !found.removed())
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "service " + id + " not found"));
        draft.put(service.gone());
        return null;
    }
}
