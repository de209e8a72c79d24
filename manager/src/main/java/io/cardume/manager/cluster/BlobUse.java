package io.cardume.manager.cluster;

import io.cardume.api.BlobId;
import io.cardume.api.BlobKind;
import io.cardume.api.BlobReference;
import io.cardume.api.HttpLabels;
import io.cardume.api.TaskSpec;
import java.util.List;

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
                .filter(service -> refers(state, service, blob) || isKept(state, service, blob))
                .map(service -> new BlobUse(service, refers(state, service, blob)))
                .sorted((a, b) -> a.service().name().compareTo(b.service().name()))
                .toList();
    }

    private static boolean isKept(ClusterState state, Service service, BlobId blob) {
        boolean runs = service.revisions().size() > 1
                && state.tasksOf(service.id()).stream().anyMatch(task -> task.isLive() && refers(service.template(task.revision()), blob));
        boolean mayComeBack = service.update().filter(update -> update.completedAt().isEmpty()).isPresent()
                && service.revisions().keySet().stream().anyMatch(number -> refers(service.template(number), blob));
        return runs || mayComeBack;
    }

    /** Its tasks have it as a file, or it is the certificate that hosts show for it. */
    private static boolean refers(ClusterState state, Service service, BlobId blob) {
        return refers(service.spec().taskTemplate(), blob)
                || state.blob(blob).filter(found -> found.kind() == BlobKind.SECRET)
                        .filter(found -> found.name().equals(service.spec().labels().get(HttpLabels.TLS))).isPresent();
    }

    private static boolean refers(TaskSpec template, BlobId blob) {
        return BlobReference.of(template.containerSpec()).stream().anyMatch(reference -> reference.id().equals(blob));
    }
}
