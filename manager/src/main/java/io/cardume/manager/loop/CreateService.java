package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import java.util.Optional;

/** A new service; its tasks are made by the plan of the same turn. The spec has been checked at the door. */
public record CreateService(ServiceSpec spec) implements Command<ServiceId> {
    @Override
    public ServiceId apply(Draft draft) throws Refusal {
        var id = put(draft);
        NoRing.orRefuse(draft.state(), id);
        return id;
    }

    /** The same, but whether it would wait for itself over others is not asked yet. */
    ServiceId put(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        if (draft.state().serviceNamed(spec.name()).isPresent())
            throw new Refusal(Refusal.Kind.CONFLICT,
                    "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service "
                            + spec.name() + " already exists");
        var settled = References.settled(draft.state(), spec, Optional.empty());
        var service = Service.of(draft.newServiceId(), settled, draft.now());
        draft.put(service);
        return service.id();
    }
}
