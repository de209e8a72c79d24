package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import java.util.Optional;

/**
 * Another spec for a service.
 *
 * @param version the service's version the caller has seen
 * @param spec the new spec, whole; ignored with {@code rollback}
 * @param rollback whether the spec before the last update is wanted back
 */
public record UpdateService(ServiceId id, long version, ServiceSpec spec, boolean rollback) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        Service service = draft.state().service(id).filter(found -> !found.removed())
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "service " + id + " not found"));
        if (service.version() != version)
            throw new Refusal(Refusal.Kind.OUT_OF_SEQUENCE, "rpc error: code = Unknown desc = update out of sequence");
        var next = rollback ? Attaching.resolved(previous(service), draft.state()) : spec;
        if (!next.name().equals(service.name()))
            throw new Refusal(Refusal.Kind.NOT_BUILT,
                    "rpc error: code = Unimplemented desc = renaming services is not supported: " + service.name()
                            + " cannot become " + next.name() + "; create a service of the new name instead");
        SameMode.orRefuse(service, next);
        if (rollback) References.orRefuse(draft.state(), next);
        else next = References.settled(draft.state(), next, Optional.of(service.spec()));
        draft.put(service.updated(next));
        NoRing.orRefuse(draft.state(), service.id());
        return null;
    }

    private static ServiceSpec previous(Service service) throws Refusal {
        return service.previousSpec().orElseThrow(() -> new Refusal(Refusal.Kind.INVALID,
                "rpc error: code = FailedPrecondition desc = service " + service.id() + " does not have a previous spec"));
    }
}
