package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobReference;
import io.cardume.api.FollowLabels;
import io.cardume.api.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Services that follow a name have the newest secret or config of it. A reference moves when the service begins to follow
 * and whenever a newer version appears, never at another time: what a rollback put back stays until there is a newer one.
 */
public final class Following {
    private Following() {}

    /** A spec as it is to be stored, whose references exist: those it begins to follow are moved to the newest version. */
    public static ServiceSpec begun(ClusterState state, ServiceSpec spec, Optional<ServiceSpec> before) {
        var names = FollowLabels.names(spec.labels());
        return moved(spec, reference -> {
            var blob = state.blob(reference.id());
            if (blob.isEmpty() || !names.contains(blob.get().spec().family())) return reference;
            var had = before.map(old -> had(state, old, blob.get())).orElse(List.of());
            var newest = had.isEmpty() ? newest(state, blob.get()) : later(had, blob.get());
            return reference.to(newest.id(), newest.name());
        });
    }

    /** The services whose references a new version moves, each with the spec it is to have. */
    public static List<Moved> to(ClusterState state, Blob version) {
        var moved = new ArrayList<Moved>();
        for (Service service : state.services().values()) {
            if (service.removed() || !FollowLabels.names(service.spec().labels()).contains(version.spec().family())) continue;
            var next = moved(service.spec(), reference -> isEarlier(state.blob(reference.id()), version)
                    ? reference.to(version.id(), version.name())
                    : reference);
            if (!next.equals(service.spec())) moved.add(new Moved(service, next));
        }
        return moved;
    }

    /** A service and the spec it is to have. */
    public record Moved(Service service, ServiceSpec spec) {}

    /** The names a spec follows although none of its references is a version of them. */
    public static List<String> idle(ClusterState state, ServiceSpec spec) {
        var families = references(spec).stream()
                .flatMap(reference -> state.blob(reference.id()).stream()).map(blob -> blob.spec().family()).toList();
        return FollowLabels.names(spec.labels()).stream().filter(name -> !families.contains(name)).toList();
    }

    /** The versions of what a blob is a version of that a spec followed already. */
    private static List<Blob> had(ClusterState state, ServiceSpec spec, Blob blob) {
        if (!FollowLabels.names(spec.labels()).contains(blob.spec().family())) return List.of();
        return references(spec).stream().flatMap(reference -> state.blob(reference.id()).stream())
                .filter(blob::isOfFamily).toList();
    }

    private static Blob newest(ClusterState state, Blob blob) {
        return later(state.blobs().values().stream().filter(blob::isOfFamily).toList(), blob);
    }

    private static Blob later(List<Blob> versions, Blob blob) {
        return versions.stream().max(Blob.OLDEST_FIRST).filter(other -> Blob.OLDEST_FIRST.compare(other, blob) > 0).orElse(blob);
    }

    private static boolean isEarlier(Optional<Blob> blob, Blob version) {
        return blob.filter(version::isOfFamily).filter(known -> Blob.OLDEST_FIRST.compare(known, version) < 0).isPresent();
    }

    private static List<BlobReference> references(ServiceSpec spec) {
        return BlobReference.of(spec.taskTemplate().containerSpec());
    }

    private static ServiceSpec moved(ServiceSpec spec, UnaryOperator<BlobReference> to) {
        var container = spec.taskTemplate().containerSpec();
        var next = BlobReference.of(container).stream().map(to).toList();
        return next.equals(BlobReference.of(container))
                ? spec
                : spec.template(spec.taskTemplate().with(BlobReference.in(container, next)));
    }
}
