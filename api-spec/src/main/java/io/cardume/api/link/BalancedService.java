package io.cardume.api.link;

import io.cardume.api.Copies;
import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.PortConfig;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A service that is reached by an address or a port of its own, as the balancers of a node know it.
 *
 * @param id the service
 * @param name its name
 * @param addresses its virtual address on each network that it has one on and that the node is on
 * @param ports the ports that it publishes on every node, each with its number
 * @param labels the service's labels under {@code cardume.}
 * @param backends its tasks that take requests and are not about to leave, by their ids
 */
public record BalancedService(
        ServiceId id,
        String name,
        SortedMap<NetworkId, Ipv4> addresses,
        List<PortConfig> ports,
        SortedMap<String, String> labels,
        List<Backend> backends) {
    public BalancedService {
        addresses = copy(addresses);
        ports = Copies.list(ports);
        labels = Copies.labels(labels);
        backends = Copies.list(backends);
    }

    /** The same with the tasks that take requests now. */
    public BalancedService with(BackendsChange change) {
        var all = new TreeMap<TaskId, Backend>();
        backends.forEach(backend -> all.put(backend.task(), backend));
        change.gone().forEach(all::remove);
        change.backends().forEach(backend -> all.put(backend.task(), backend));
        return new BalancedService(id, name, addresses, ports, labels, List.copyOf(all.values()));
    }

    /**
     * A task that requests may be sent to.
     *
     * @param task the task
     * @param node where it runs
     * @param addresses its address on each of its networks that the node is on
     * @param targets by published port, as {@code 8080/tcp}, and for HTTP by {@link HttpLabels#PORT}: the port it answers on itself, where that is another than the
     *     service says, or {@link #NOWHERE}; a task from before an update that has not been replaced yet
     */
    public record Backend(TaskId task, NodeId node, SortedMap<NetworkId, Ipv4> addresses, SortedMap<String, Integer> targets) {
        /** For a target: it does not answer, and nothing may be sent to it. */
        public static final int NOWHERE = 0;

        public Backend {
            addresses = copy(addresses);
            targets = Collections.unmodifiableSortedMap(targets == null ? new TreeMap<>() : new TreeMap<>(targets));
        }

        /** One that answers on the ports the service says. */
        public Backend(TaskId task, NodeId node, SortedMap<NetworkId, Ipv4> addresses) {
            this(task, node, addresses, null);
        }

        /** On which of its ports it answers what comes to a published one, if it does. */
        public Optional<Integer> target(PortConfig port) {
            return target(port.key(), port.targetPort());
        }

        /** On which of its ports it answers HTTP, if it does; the service says this one. */
        public Optional<Integer> httpTarget(int said) {
            return target(HttpLabels.PORT, said);
        }

        private Optional<Integer> target(String key, int said) {
            return Optional.of(targets.getOrDefault(key, said)).filter(port -> port != NOWHERE);
        }
    }

    private static SortedMap<NetworkId, Ipv4> copy(SortedMap<NetworkId, Ipv4> addresses) {
        return Collections.unmodifiableSortedMap(addresses == null ? new TreeMap<>() : new TreeMap<>(addresses));
    }
}
