package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.HttpLabels;
import io.cardume.api.ServiceSpec;
import io.cardume.api.TaskSpec;
import java.util.List;
import java.util.stream.Stream;

/**
 * A service that uses a secret or config.
 *
 * @param service the service
 * @param current whether its spec refers to it; otherwise tasks of an earlier spec do, or an update may yet go back to one
 *     that does
 */
public record BlobUse(Service service, boolean current) {
    /** Who uses a blob, by the services' names. A service that was removed uses nothing. */
    public static List<BlobUse> of(ClusterState state, BlobId blob) {
        return state.services().values().stream()
                .filter(service -> !service.removed())
                .filter(service -> refers(state, service.spec(), blob) || isKept(state, service, blob))
                .map(service -> new BlobUse(service, refers(state, service.spec(), blob)))
                .sorted((a, b) -> a.service().name().compareTo(b.service().name()))
                .toList();
    }

    private static boolean isKept(ClusterState state, Service service, BlobId blob) {
        boolean runs = service.revisions().size() > 1
                && state.tasksOf(service.id()).stream().anyMatch(task -> task.isLive() && refers(service.template(task.revision()), blob));
        boolean mayComeBack = service.update().filter(update -> update.completedAt().isEmpty()).isPresent()
                && Stream.concat(service.previousSpec().stream(), service.revisions().values().stream().map(Revision::spec))
                        .anyMatch(spec -> refers(state, spec, blob));
        return runs || mayComeBack;
    }

    /** Its tasks have it as a file, or it is the certificate that hosts show for it. */
    private static boolean refers(ClusterState state, ServiceSpec spec, BlobId blob) {
        return refers(spec.taskTemplate(), blob)
                || state.blob(blob).filter(found -> found.kind() == BlobKind.SECRET)
                        .filter(found -> found.name().equals(spec.labels().get(HttpLabels.TLS))).isPresent();
    }

    private static boolean refers(TaskSpec template, BlobId blob) {
        return BlobReference.of(template.containerSpec()).stream().anyMatch(reference -> reference.id().equals(blob));
    }
}
