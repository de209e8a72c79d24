package io.cardume.api.link;

import io.cardume.api.Copies;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.util.List;

/**
 * Which tasks of a service take requests now, or take them otherwise, and which do not any more.
 *
 * @param id the service
 * @param backends tasks that are new or otherwise
 * @param gone those that nothing is led to any more
 */
public record BackendsChange(ServiceId id, List<BalancedService.Backend> backends, List<TaskId> gone) {
    public BackendsChange {
        backends = Copies.list(backends);
        gone = Copies.list(gone);
    }

    /** Whether it says nothing. */
    public boolean saysNothing() {
        return backends.isEmpty() && gone.isEmpty();
    }
}
