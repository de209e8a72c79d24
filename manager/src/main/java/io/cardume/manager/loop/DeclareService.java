package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Draft;
import java.util.List;
import java.util.Optional;

/** What a service should be, whether it exists or not; saying it twice changes nothing. */
public record DeclareService(ServiceSpec spec) implements Command<DeclareService.Declared> {
    /** What saying it did. */
    public enum Outcome {
        CREATED,
        UPDATED,
        UNCHANGED
    }

    /** The service and what came of declaring it. */
    public record Declared(ServiceId id, Outcome outcome) {}

    @Override
    public Declared apply(Draft draft) throws Refusal {
        var declared = put(draft);
        NoRing.orRefuse(draft.state(), declared.id());
        return declared;
    }

    @Override
    public List<String> declares() {
        return List.of(spec.name());
    }

    /** The same, but whether it would wait for itself over others is not asked yet. */
    Declared put(Draft draft) throws Refusal {
        NoCluster.orRefuse(draft.state());
        var existing = draft.state().serviceNamed(spec.name());
        if (existing.isEmpty()) return new Declared(new CreateService(spec).put(draft), Outcome.CREATED);
        var service = existing.get();
        var next = References.settled(draft.state(), spec, Optional.of(service.spec()));
        if (service.spec().equals(next)) return new Declared(service.id(), Outcome.UNCHANGED);
        SameMode.orRefuse(service, next);
        draft.put(service.updated(next, draft.now()));
        return new Declared(service.id(), Outcome.UPDATED);
    }
}
