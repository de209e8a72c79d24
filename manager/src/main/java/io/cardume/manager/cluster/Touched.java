package io.cardume.manager.cluster;

import io.cardume.api.NodeId;
import io.cardume.api.ServiceId;
import org.pcollections.TreePSet;

/**
 * What changed since the last plan, so that the next one looks only there.
 *
 * @param services services whose spec or tasks changed
 * @param nodes nodes that changed, or whose load did
 */
public record Touched(TreePSet<ServiceId> services, TreePSet<NodeId> nodes) {
    /** Nothing changed. */
    public static final Touched NOTHING = new Touched(TreePSet.empty(), TreePSet.empty());

    Touched service(ServiceId id) {
        return services.contains(id) ? this : new Touched(services.plus(id), nodes);
    }

    Touched node(NodeId id) {
        return nodes.contains(id) ? this : new Touched(services, nodes.plus(id));
    }
}
