package io.cardume.manager.cluster;

import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * An index: whose the addresses of networks and the published ports are, and on which nodes a network has tasks.
 *
 * @param tasks the addresses that belong to tasks
 * @param services those that belong to services
 * @param hosts those that belong to nodes
 * @param population how many tasks with an address of a network there are on each node, the dead that are remembered too; none is 0
 * @param ports the services that publish a port, as {@code 8080/tcp}
 * @param lacking the services that could not be given everything they are to be reached by
 */
record AddressBook(Owners<TaskId> tasks, Owners<ServiceId> services, Owners<NodeId> hosts, TreePMap<NetworkId, TreePMap<NodeId, Integer>> population,
                   Groups<String, ServiceId> ports, TreePSet<ServiceId> lacking) {
    /** Nothing was given. */
    static final AddressBook NONE = new AddressBook(Owners.none(), Owners.none(), Owners.none(), TreePMap.empty(), Groups.none(), TreePSet.empty());

    /** With what tasks have, all at once, where none had any. */
    AddressBook with(Owners<TaskId> ofTasks, Map<NetworkId, ? extends SortedMap<NodeId, Integer>> populated) {
        var nodes = new TreeMap<NetworkId, TreePMap<NodeId, Integer>>();
        populated.forEach((network, counts) -> nodes.put(network, TreePMap.fromSortedMap(counts)));
        return new AddressBook(ofTasks, services, hosts, TreePMap.fromSortedMap(nodes), ports, lacking);
    }

    AddressBook with(Addresses given) {
        return new AddressBook(tasks.plus(given.byNetwork(), given.task()), services, hosts, population, ports, lacking);
    }

    AddressBook without(Addresses given) {
        return new AddressBook(tasks.minus(given.byNetwork(), given.task()), services, hosts, population, ports, lacking);
    }

    AddressBook with(Endpoint given) {
        var missing = given.missing().isEmpty() ? lacking : lacking.plus(given.service());
        return new AddressBook(tasks, services.plus(given.virtual(), given.service()), hosts, population, ports, missing);
    }

    AddressBook without(Endpoint given) {
        return new AddressBook(tasks, services.minus(given.virtual(), given.service()), hosts, population, ports, lacking.minus(given.service()));
    }

    AddressBook with(HostAddresses given) {
        return new AddressBook(tasks, services, hosts.plus(given.byNetwork(), given.node()), population, ports, lacking);
    }

    AddressBook without(HostAddresses given) {
        return new AddressBook(tasks, services, hosts.minus(given.byNetwork(), given.node()), population, ports, lacking);
    }

    /** The nodes that tasks with an address of a network are on, with how many there are. */
    TreePMap<NodeId, Integer> population(NetworkId network) {
        return population.getOrDefault(network, TreePMap.empty());
    }

    /** With so many more tasks of a network on a node, or fewer. */
    AddressBook populated(NetworkId network, NodeId node, int more) {
        var nodes = population(network);
        int count = nodes.getOrDefault(node, 0) + more;
        nodes = count == 0 ? nodes.minus(node) : nodes.plus(node, count);
        return new AddressBook(tasks, services, hosts, nodes.isEmpty() ? population.minus(network) : population.plus(network, nodes), ports, lacking);
    }

    /** With the ports that a service publishes now, and without those that it did before. */
    AddressBook published(ServiceId id, Set<String> before, Set<String> now) {
        if (before.equals(now)) return this;
        var published = ports;
        for (String port : before) if (!now.contains(port)) published = published.minus(port, id);
        for (String port : now) if (!before.contains(port)) published = published.plus(port, id);
        return new AddressBook(tasks, services, hosts, population, published, lacking);
    }
}
