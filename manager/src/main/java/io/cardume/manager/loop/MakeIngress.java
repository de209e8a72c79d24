package io.cardume.manager.loop;

import io.cardume.api.NetworkSpec;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.cluster.Network;

/**
 * The network for published ports is made where a cluster has none: its state is from a build that knew of no such network.
 * The answer is whether it was.
 */
public record MakeIngress() implements Command<Boolean> {
    @Override
    public Boolean apply(Draft draft) throws Refusal {
        if (draft.state().cluster().isEmpty() || draft.state().ingress().isPresent()) return false;
        if (draft.state().networkNamed(Network.INGRESS).isPresent())
            throw new Refusal(Refusal.Kind.CONFLICT, "published ports are not answered: network " + Network.INGRESS
                    + " is an ordinary one. Remedy: take the services off it that are on it, `docker network rm " + Network.INGRESS
                    + "`, and start the manager again");
        new CreateNetwork(NetworkSpec.of(Network.INGRESS)).asIngress(draft);
        return true;
    }
}
