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
 * @param spec the new spec, whole
 */
public record UpdateService(ServiceId id, long version, ServiceSpec spec) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        var service = found(draft, id, version);
        if (!spec.name().equals(service.name()))
            throw new Refusal(Refusal.Kind.NOT_BUILT,
                    "rpc error: code = Unimplemented desc = renaming services is not supported: " + service.name()
                            + " cannot become " + spec.name() + "; create a service of the new name instead");
        SameMode.orRefuse(service, spec);
        draft.put(service.updated(References.settled(draft.state(), spec, Optional.of(service.spec())), draft.now()));
        NoRing.orRefuse(draft.state(), service.id());
        return null;
    }

    /** The service of that id in the version the caller has seen. */
    static Service found(Draft draft, ServiceId id, long version) throws Refusal {
        NoCluster.orRefuse(draft.state());
        Service service = draft.state().service(id).filter(found -> !found.removed())
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "service " + id + " not found"));
        if (service.version() != version)
            throw new Refusal(Refusal.Kind.OUT_OF_SEQUENCE, "rpc error: code = Unknown desc = update out of sequence");
        return service;
    }
}
