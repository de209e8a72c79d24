package io.cardume.manager.loop;

import io.cardume.api.ServiceId;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Service;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A service back to what it was.
 *
 * @param version the service's version the caller has seen
 * @param revision the number of the revision wanted back, with as many replicas as now; empty = the whole spec before the
 *     last update
 */
public record RollBackService(ServiceId id, long version, Optional<Long> revision) implements Command<Void> {
    @Override
    public Void apply(Draft draft) throws Refusal {
        var service = UpdateService.found(draft, id, version);
        var back = Attaching.resolved(revision.isPresent() ? of(service, revision.get()) : previous(service), draft.state());
        SameMode.orRefuse(service, back);
        References.orRefuse(draft.state(), back);
        Doors.orRefuse(draft.state(), back);
        var words = "manually requested rollback" + revision.map(number -> " to revision " + number).orElse("");
        draft.put(service.rolledBack(back, Optional.of(service.spec()), revision, words, draft.now()));
        NoRing.orRefuse(draft.state(), service.id());
        return null;
    }

    private static ServiceSpec of(Service service, long number) throws Refusal {
        var wanted = Optional.ofNullable(service.revisions().get(number)).orElseThrow(() -> new Refusal(Refusal.Kind.INVALID,
                "rollback: \"" + number + "\" is not allowed; it is previous, or the number of a revision that is kept: "
                        + service.revisions().keySet().stream().map(Object::toString).collect(Collectors.joining(", "))));
        return wanted.spec().mode(service.spec().mode());
    }

    private static ServiceSpec previous(Service service) throws Refusal {
        return service.previousSpec().orElseThrow(() -> new Refusal(Refusal.Kind.INVALID,
                "rpc error: code = FailedPrecondition desc = service " + service.id() + " does not have a previous spec"));
    }
}
