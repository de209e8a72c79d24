package io.cardume.manager.cluster;

import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import java.util.Collection;
import org.pcollections.TreePSet;

/**
 * What changed since the last plan, so that the next one looks only there.
 *
 * @param services services whose spec or tasks changed
 * @param nodes nodes that changed, or whose load did
 * @param changed those of them that changed themselves
 * @param networks networks with other nodes on them than before, or with an address that was given back
 */
public record Touched(TreePSet<ServiceId> services, TreePSet<NodeId> nodes, TreePSet<NodeId> changed, TreePSet<NetworkId> networks) {
    /** Nothing changed. */
    public static final Touched NOTHING = new Touched(TreePSet.empty(), TreePSet.empty(), TreePSet.empty(), TreePSet.empty());

    /** Everything there is. */
    static Touched all(Collection<ServiceId> services, Collection<NodeId> nodes, Collection<NetworkId> networks) {
        var ids = TreePSet.from(nodes);
        return new Touched(TreePSet.from(services), ids, ids, TreePSet.from(networks));
    }

    /** With all services, whatever was touched of them before. */
    Touched withServices(Collection<ServiceId> all) {
        return new Touched(TreePSet.from(all), nodes, changed, networks);
    }

    Touched service(ServiceId id) {
        return services.contains(id) ? this : new Touched(services.plus(id), nodes, changed, networks);
    }

    Touched node(NodeId id) {
        return nodes.contains(id) ? this : new Touched(services, nodes.plus(id), changed, networks);
    }

    Touched changed(NodeId id) {
        return changed.contains(id) ? this : new Touched(services, nodes.plus(id), changed.plus(id), networks);
    }

    Touched network(NetworkId id) {
        return networks.contains(id) ? this : new Touched(services, nodes, changed, networks.plus(id));
    }
}
