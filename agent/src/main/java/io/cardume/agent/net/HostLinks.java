package io.cardume.agent.net;

import io.cardume.api.ClusterId;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * The devices that join this host's bridges to those of other hosts, and what keeps networks apart on it. Every call
 * blocks, ends within a limit, and may be repeated: what is missing is added, what is ours and not wanted is removed, what
 * is not ours is neither changed nor removed.
 */
public interface HostLinks {
    /** Why this host cannot have such devices, if it cannot; found out once. */
    Optional<String> obstacle();

    /** The MTU that is left for packets between hosts, given this host's address as other hosts know it. */
    int mtu(String host) throws LinkException;

    /** Makes the device of one network as wanted, with the way to everyone who is on it elsewhere. */
    void make(Overlay overlay, ClusterId cluster) throws LinkException;

    /**
     * Makes the devices of these networks as wanted, and removes the cluster's others.
     *
     * @param overlays the networks
     * @param kept names of further devices that stay as they are
     * @return what could not be done, by the device's name
     */
    SortedMap<String, String> settle(Collection<Overlay> overlays, Set<String> kept, ClusterId cluster) throws LinkException;

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
            public SortedMap<String, String> settle(Collection<Overlay> overlays, Set<String> kept, ClusterId cluster) {
                return Collections.emptySortedMap();
            }
        };
    }
}
