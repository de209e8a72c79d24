package io.cardume.agent.net;

import io.cardume.api.ClusterId;
import java.util.Optional;
import java.util.Set;

/**
 * The devices that join this host's bridges to those of other hosts. Every call blocks, ends within a limit, and may be
 * repeated: what is missing is added, what is ours and not wanted is removed.
 */
public interface HostLinks {
    /** Why this host cannot have such devices, if it cannot; asked once. */
    Optional<String> obstacle();

    /** The MTU that is left for packets between hosts, given this host's address as other hosts know it. */
    int mtu(String host) throws LinkException;

    /** Makes the device of a network as wanted, with the way to everyone who is on it elsewhere. */
    void make(Overlay overlay, ClusterId cluster) throws LinkException;

    /** Removes the cluster's devices but those of these names. */
    void keepOnly(Set<String> devices, ClusterId cluster) throws LinkException;

    /** Of a host that has no such devices. */
    static HostLinks none(String why) {
        return new HostLinks() {
            @Override
            public Optional<String> obstacle() {
                return Optional.of(why);
            }

            @Override
            public int mtu(String host) throws LinkException {
                throw new LinkException(why);
            }

            @Override
            public void make(Overlay overlay, ClusterId cluster) throws LinkException {
                throw new LinkException(why);
            }

            @Override
            public void keepOnly(Set<String> devices, ClusterId cluster) {}
        };
    }
}
