package io.cardume.manager.cluster;

import io.cardume.api.PlacementLabels;
import io.cardume.api.ServiceId;
import org.pcollections.TreePSet;

/**
 * An index: the services of which something is the case that has to be known without asking all of them.
 *
 * @param everywhere that have one task on every node
 * @param updating with an update or a rollback that is going
 * @param related whose labels name services to be kept apart from or together with
 * @param balanced whose tasks move by themselves when another node is better
 * @param onIngress that requests from outside may come in for on any node
 */
record ServiceTraits(TreePSet<ServiceId> everywhere, TreePSet<ServiceId> updating, TreePSet<ServiceId> related, TreePSet<ServiceId> balanced,
                     TreePSet<ServiceId> onIngress) {
    /** Of no service. */
    static final ServiceTraits NONE = new ServiceTraits(TreePSet.empty(), TreePSet.empty(), TreePSet.empty(), TreePSet.empty(), TreePSet.empty());

    /** With what is the case with a service now, tombstone or not. */
    ServiceTraits with(Service service) {
        var id = service.id();
        boolean wanted = !service.removed();
        return new ServiceTraits(
                set(everywhere, id, wanted && service.isGlobal()),
                set(updating, id, wanted && service.isUpdating()),
                set(related, id, isRelated(service)),
                set(balanced, id, PlacementLabels.rebalance(service.spec().labels()) == PlacementLabels.Rebalance.AUTO),
                set(onIngress, id, wanted && service.spec().onIngress()));
    }

    ServiceTraits without(ServiceId id) {
        return new ServiceTraits(everywhere.minus(id), updating.minus(id), related.minus(id), balanced.minus(id), onIngress.minus(id));
    }

    private static TreePSet<ServiceId> set(TreePSet<ServiceId> services, ServiceId id, boolean is) {
        return is ? services.plus(id) : services.minus(id);
    }

    private static boolean isRelated(Service service) {
        var labels = service.spec().labels();
        return !labels.isEmpty() && (labels.containsKey(PlacementLabels.APART) || labels.containsKey(PlacementLabels.TOGETHER));
    }
}
