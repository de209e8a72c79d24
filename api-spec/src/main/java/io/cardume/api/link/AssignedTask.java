package io.cardume.api.link;

import io.cardume.api.Copies;
import io.cardume.api.DesiredState;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.TaskSpec;
import java.util.List;
import java.util.SortedMap;

/**
 * One task of a node, as its agent is told of it.
 *
 * @param id the task
 * @param service its service
 * @param serviceName the service's name, part of the container's name
 * @param slot what stands for its slot in its name: the number, or the node's id where there is none
 * @param desired what it should be
 * @param spec what it is made of
 * @param ports the host-mode ports its container publishes
 * @param serviceLabels the service's labels under {@code cardume.}, probes among them
 */
public record AssignedTask(
        TaskId id,
        ServiceId service,
        String serviceName,
        String slot,
        DesiredState desired,
        TaskSpec spec,
        List<PortConfig> ports,
        SortedMap<String, String> serviceLabels) {
    public AssignedTask {
        ports = Copies.list(ports);
        serviceLabels = Copies.labels(serviceLabels);
    }

    /** The same made of something else. */
    public AssignedTask of(TaskSpec other) {
        return new AssignedTask(id, service, serviceName, slot, desired, other, ports, serviceLabels);
    }

    /** The task's name and its container's: {@code service.slot.id}. */
    public String name() {
        return serviceName + "." + slot + "." + id;
    }
}
