package io.cardume.agent.door;

import io.cardume.api.HttpLabels;
import io.cardume.api.ServiceId;
import java.util.List;

/**
 * A service behind the door.
 *
 * @param service its id
 * @param name its name
 * @param labels how it is reached
 * @param targets its tasks that take requests
 */
record Member(ServiceId service, String name, HttpLabels labels, List<Target> targets) {
    Member {
        targets = List.copyOf(targets);
    }
}
