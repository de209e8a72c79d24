package io.cardume.manager.loop;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.ServiceSpec;
import io.cardume.api.ServiceSpecs;
import io.cardume.manager.cluster.BlobTemplate;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Following;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a service's spec refers to: it must be there. */
public final class References {
    private References() {}

    /** Refuses, in the engine's words, a spec that refers to secrets or configs there are none of, or not of that name, or publishes another's port. */
    public static void orRefuse(ClusterState state, ServiceSpec spec) throws Refusal {
        Publishing.orRefuse(state, spec);
        var references = BlobReference.of(spec.taskTemplate().containerSpec());
        for (BlobKind kind : BlobKind.values()) {
            var missing = references.stream().filter(reference -> reference.kind() == kind)
                    .filter(reference -> state.blob(reference.id())
                            .filter(blob -> blob.kind() == kind && blob.name().equals(reference.name())).isEmpty())
                    .map(BlobReference::name).toList();
            if (missing.isEmpty()) continue;
            throw none(kind, missing);
        }
    }

    /** There are no such secrets, or configs. */
    static Refusal none(BlobKind kind, List<String> names) {
        return new Refusal(Refusal.Kind.INVALID, "rpc error: code = InvalidArgument desc = " + kind.word()
                + (names.size() == 1 ? "" : "s") + " not found: " + String.join(", ", names));
    }

    /** Refuses a spec with a template that asks for a secret or config which is no file of its container. */
    static void templatesOrRefuse(ClusterState state, ServiceSpec spec) throws Refusal {
        var container = spec.taskTemplate().containerSpec();
        for (BlobReference reference : BlobReference.of(container)) {
            var missing = state.blob(reference.id()).flatMap(BlobTemplate::of).map(template -> template.missing(container)).orElse(List.of());
            if (!missing.isEmpty())
                throw new Refusal(Refusal.Kind.INVALID, reference.kind().word() + " '" + reference.name() + "' is a template that asks for "
                        + String.join(", ", missing) + ", and service " + spec.name() + " has no file of that target");
        }
    }

    /**
     * The spec as it is to be stored: what it refers to is there, networks are named by their ids, what it begins to follow is at its newest version,
     * and what says the same as before is as it was.
     *
     * @param before the service's spec so far; empty for a new service
     */
    static ServiceSpec settled(ClusterState state, ServiceSpec spec, Optional<ServiceSpec> before) throws Refusal {
        orRefuse(state, spec);
        Doors.orRefuse(state, spec);
        var idle = Following.idle(state, spec);
        if (!idle.isEmpty())
            throw new Refusal(Refusal.Kind.INVALID, "Labels[\"cardume.follow\"]: "
                    + idle.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(", "))
                    + " is not allowed; it is names of which the service has a secret or config: one that is called so, or is labelled cardume.name="
                    + idle.getFirst());
        var settled = Following.begun(state, Attaching.resolved(spec, state), before);
        templatesOrRefuse(state, settled);
        return before.map(was -> ServiceSpecs.alike(settled, was)).orElse(settled);
    }
}
