package io.cardume.api.link;

import io.cardume.api.BlobReference;
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
 * @param serviceLabels the service's labels under {@code cardume.}, checks among them
 * @param known what the manager remembers of its container
 */
public record AssignedTask(
        TaskId id,
        ServiceId service,
        String serviceName,
        String slot,
        DesiredState desired,
        TaskSpec spec,
        List<PortConfig> ports,
        SortedMap<String, String> serviceLabels,
        Known known) {
    /**
     * What the manager remembers of a task's container, so that an agent that was restarted need not ask it again.
     *
     * @param started whether it has been running, where a check says when it is
     * @param ready whether it took requests when last heard of, where a check says when it does
     * @param mayHeal whether it may be stopped because a check of it fails for good
     * @param reached whether balancers and names lead to it, so that its open connections are waited for before it is stopped
     */
    public record Known(boolean started, boolean ready, boolean mayHeal, boolean reached) {
        /** Nothing. */
        public static final Known NOTHING = new Known(false, false, false, false);
    }

    /** A task of which nothing is known yet. */
    public static AssignedTask of(
            TaskId id, ServiceId service, String serviceName, String slot, DesiredState desired, TaskSpec spec,
            List<PortConfig> ports, SortedMap<String, String> serviceLabels) {
        return new AssignedTask(id, service, serviceName, slot, desired, spec, ports, serviceLabels, Known.NOTHING);
    }

    public AssignedTask {
        if (slot != null) slot = Copies.commonWords(slot);
        ports = Copies.list(ports);
        serviceLabels = Copies.labels(serviceLabels);
        known = known == null ? Known.NOTHING : known;
    }

    /** The secrets and configs its container needs as files: none once it is not to run. */
    public List<BlobReference> needs() {
        return desired.compareTo(DesiredState.RUNNING) <= 0 ? BlobReference.of(spec.containerSpec()) : List.of();
    }

    /** The same made of something else. */
    public AssignedTask of(TaskSpec other) {
        return new AssignedTask(id, service, serviceName, slot, desired, other, ports, serviceLabels, known);
    }

    /** The same with other memories of it. */
    public AssignedTask known(Known other) {
        return new AssignedTask(id, service, serviceName, slot, desired, spec, ports, serviceLabels, other);
    }

    /** The task's name and its container's: {@code service.slot.id}. */
    public String name() {
        return serviceName + "." + slot + "." + id;
    }
}
