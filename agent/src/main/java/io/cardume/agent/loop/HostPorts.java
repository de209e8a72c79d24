package io.cardume.agent.loop;

import io.cardume.agent.task.Container;
import io.cardume.api.DesiredState;
import io.cardume.api.PortConfig;
import io.cardume.api.link.AssignedTask;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Host ports of containers that still run although their tasks should not. */
record HostPorts(Set<Port> held) {
    record Port(String protocol, int number) {
        static Port of(PortConfig config) {
            return new Port(config.protocol().isEmpty() ? "tcp" : config.protocol(), config.publishedPort());
        }
    }

    static HostPorts heldBy(Collection<Kept> tasks) {
        var held = new HashSet<Port>();
        for (Kept kept : tasks) {
            boolean runs = kept.assigned.isPresent()
                    && kept.assigned.get().desired() == DesiredState.RUNNING
                    && kept.memory.verdict().isEmpty();
            if (!runs && kept.observed instanceof Container.Running running) {
                running.ports().forEach(port -> held.add(Port.of(port)));
            }
        }
        return new HostPorts(held);
    }

    /** Whether no such container is in the way of a task. */
    boolean freeFor(AssignedTask task) {
        return task.ports().stream().map(Port::of).noneMatch(held::contains);
    }
}
