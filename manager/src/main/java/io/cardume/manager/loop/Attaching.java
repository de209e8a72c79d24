package io.cardume.manager.loop;

import io.cardume.api.NetworkAttachment;
import io.cardume.api.NetworkId;
import io.cardume.api.PredefinedNetwork;
import io.cardume.api.ServiceSpec;
import io.cardume.manager.cluster.ClusterState;
import io.cardume.manager.cluster.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The networks a spec names, as a service keeps them: by id. */
final class Attaching {
    private Attaching() {}

    /** The spec with ids for names; a network that is not there, or is named twice, is refused. */
    static ServiceSpec resolved(ServiceSpec spec, ClusterState state) throws Refusal {
        var named = spec.taskTemplate().networks();
        if (named.isEmpty()) return spec;
        var attachments = new ArrayList<NetworkAttachment>();
        var seen = new TreeSet<String>();
        for (NetworkAttachment attachment : named) {
            var id = id(attachment.target(), state);
            if (!seen.add(id.value()))
                throw new Refusal(Refusal.Kind.INVALID, "TaskTemplate.Networks: network " + attachment.target() + " is given twice");
            attachments.add(new NetworkAttachment(id.value(), attachment.aliases(), attachment.driverOpts()));
        }
        return spec.template(spec.taskTemplate().with(List.copyOf(attachments)));
    }

    /** There is no such network. */
    static Refusal none(String target) {
        return new Refusal(Refusal.Kind.NOT_FOUND, "network " + target + " not found");
    }

    private static NetworkId id(String target, ClusterState state) throws Refusal {
        var predefined = PredefinedNetwork.of(target);
        if (predefined.isPresent()) return predefined.get().id();
        var network = state.network(new NetworkId(target)).filter(found -> !found.removed())
                .or(() -> state.networkNamed(target))
                .orElseThrow(() -> none(target));
        if (network.ingress())
            throw new Refusal(Refusal.Kind.INVALID, "rpc error: code = InvalidArgument desc = Service cannot be explicitly attached "
                    + "to the ingress network \"" + Network.INGRESS + "\"");
        return network.id();
    }
}
