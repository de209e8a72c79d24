package io.cardume.manager.loop;

import io.cardume.api.UserName;
import io.cardume.api.UserRole;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.ClusterState;

/** What somebody may change. What is not named here only an admin may. */
final class Bounds {
    private final String who;
    private final UserRole role;

    private Bounds(String who, UserRole role) {
        this.who = who;
        this.role = role;
    }

    /** The bounds of an actor as the state has them now. */
    static Bounds of(Actor actor, ClusterState state) throws Refusal {
        return switch (actor) {
            case Actor.Local _ -> new Bounds("this host", UserRole.ADMIN);
            case Actor.Named(UserName name) -> {
                var user = state.user(name).orElseThrow(() -> new Refusal(Refusal.Kind.UNAUTHENTICATED, "user " + name + " was removed"));
                yield new Bounds("user " + name, user.role());
            }
        };
    }

    /** Refuses a change that is not within them. */
    void orRefuse(ClusterState before, ClusterState after, Change change) throws Refusal {
        if (role == UserRole.ADMIN) return;
        if (!role.suffices(UserRole.DEPLOYER)) throw refusal("changes nothing");
        switch (change) {
            case Change.ServicePut(_), Change.ServiceRemoved(_), Change.MovesAsked(_, _), Change.LoginPut(_, _), Change.BlobPut(_),
                    Change.BlobRemoved(_), Change.NetworkPut(_), Change.NetworkRemoved(_) -> {}
            case Change.ClusterPut(_), Change.ClusterEnded(_), Change.AuthorityPut(_), Change.UserPut(_), Change.UserRemoved(_), Change.NodePut(_), Change.NodeRemoved(_),
                    Change.MovesEnded(_), Change.TaskPut(_), Change.TaskRemoved(_), Change.NetworkMadeLast(_), Change.AddressGivenLast(_, _), Change.AddressesPut(_), Change.EndpointPut(_),
                    Change.HostAddressesPut(_), Change.PortTroublesPut(_), Change.NodeHeard(_, _), Change.NodeBalanced(_, _),
                    Change.NodeFenced(_, _) -> throw refusal("changes services, networks, secrets and configs only");
        }
    }

    private Refusal refusal(String words) {
        return new Refusal(Refusal.Kind.FORBIDDEN, who + " is " + role.one() + ", who " + words + "; an admin may");
    }
}
