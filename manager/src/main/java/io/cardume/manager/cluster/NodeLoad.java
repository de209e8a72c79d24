package io.cardume.manager.cluster;

import io.cardume.api.GenericResource;
import io.cardume.api.PortConfig;
import io.cardume.api.Reservations;
import org.pcollections.TreePMap;

/**
 * What the tasks placed on a node take of it, while they are not dead.
 *
 * @param tasks how many
 * @param nanoCpus billionths of a CPU reserved
 * @param memoryBytes bytes reserved
 * @param ports host ports taken, as {@code 8080/tcp}, with the number of tasks that hold each
 * @param generic how many are taken of each kind of resource that users defined
 */
public record NodeLoad(int tasks, long nanoCpus, long memoryBytes, TreePMap<String, Integer> ports, TreePMap<String, Long> generic) {
    /** Of a node without tasks. */
    public static final NodeLoad NONE = new NodeLoad(0, 0, 0, TreePMap.empty(), TreePMap.empty());

    /** Whether a fixed host port of the revision is taken. */
    public boolean conflictsWith(Revision revision) {
        return !ports.isEmpty() && revision.hostPorts().stream().anyMatch(port -> port.publishedPort() != 0 && ports.containsKey(port.key()));
    }

    /** As if one task of the revision were not there. */
    public NodeLoad without(Revision revision) {
        return minus(revision);
    }

    NodeLoad plus(Revision revision) {
        return counted(revision, 1);
    }

    NodeLoad minus(Revision revision) {
        return counted(revision, -1);
    }

    private NodeLoad counted(Revision revision, int sign) {
        Reservations reserved = revision.template().reservations();
        var held = ports;
        for (PortConfig port : revision.hostPorts()) {
            if (port.publishedPort() == 0) continue;
            int count = held.getOrDefault(port.key(), 0) + sign;
            held = count == 0 ? held.minus(port.key()) : held.plus(port.key(), count);
        }
        var given = generic;
        for (GenericResource asked : reserved.genericResources()) {
            if (asked.discrete().isEmpty()) continue;
            var kind = asked.discrete().get().kind();
            long count = given.getOrDefault(kind, 0L) + sign * asked.discrete().get().value();
            given = count == 0 ? given.minus(kind) : given.plus(kind, count);
        }
        return new NodeLoad(tasks + sign, nanoCpus + sign * reserved.nanoCpus(),
                memoryBytes + sign * reserved.memoryBytes(), held, given);
    }
}
