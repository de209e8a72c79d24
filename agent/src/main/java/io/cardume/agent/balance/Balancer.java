package io.cardume.agent.balance;

import io.cardume.agent.net.LinkException;
import io.cardume.api.ClusterId;
import io.cardume.api.link.PortTrouble;
import java.util.List;
import java.util.Optional;

/**
 * Leads what is sent to services' addresses and published ports on this host. Every call blocks, ends within a limit, and
 * may be repeated: what is missing is added, what is ours and not wanted is removed, what is not ours is not touched.
 */
public interface Balancer extends AutoCloseable {
    /** Why this host cannot do it, if it cannot; found out once. */
    Optional<String> obstacle();

    /**
     * Does just this for a cluster. When it returns no new connection goes elsewhere; those that are open go on.
     *
     * @param look whether the host may have lost what was made before
     * @return the ports that this host cannot answer on; what is sent to them is not led anywhere
     */
    List<PortTrouble> balance(ClusterId cluster, Balances balances, boolean look) throws LinkException;

    /** Removes all there is of a cluster. */
    void end(ClusterId cluster) throws LinkException;

    /** Stops listening; the kernel goes on as it was told. */
    @Override
    void close();

    /** Of a host that cannot. */
    static Balancer none(String why) {
        return new Balancer() {
            @Override
            public Optional<String> obstacle() {
                return Optional.of(why);
            }

            @Override
            public List<PortTrouble> balance(ClusterId cluster, Balances balances, boolean look) {
                return List.of();
            }

            @Override
            public void end(ClusterId cluster) {}

            @Override
            public void close() {}
        };
    }
}
