package io.cardume.manager.cluster;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NetworkSpec;
import io.cardume.api.Subnet;
import java.time.Instant;

/**
 * A network that spans the hosts.
 *
 * @param id its id
 * @param version the transaction that last changed it
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param spec as asked for
 * @param subnet its addresses
 * @param gateway the address every host has on it
 * @param vni by which hosts tell its packets from those of other networks, 24 bits
 * @param ingress whether it is the one for published ports, which is there from the cluster's first day
 * @param removed whether it is gone for everyone outside and only waits for the last task on it to stop
 */
public record Network(
        NetworkId id,
        long version,
        Instant createdAt,
        Instant updatedAt,
        NetworkSpec spec,
        Subnet subnet,
        Ipv4 gateway,
        int vni,
        boolean ingress,
        boolean removed) {
    /** The name of the one for published ports. */
    public static final String INGRESS = "ingress";

    public Network {
        if (!subnet.contains(gateway))
            throw new IllegalArgumentException("gateway " + gateway + " of network " + id + " is not in " + subnet);
        if (vni < 1 || vni >= 1 << 24) throw new IllegalArgumentException("vni of network " + id + " is " + vni);
    }

    /** A new network; the gateway is as asked for, or the subnet's first address. */
    public static Network of(NetworkId id, NetworkSpec spec, Subnet subnet, int vni, Instant now) {
        return new Network(id, 0, now, now, spec, subnet, spec.gateway().orElse(subnet.first().plus(1)), vni, false, false);
    }

    /** As the one for published ports. */
    public Network asIngress() {
        return new Network(id, version, createdAt, updatedAt, spec, subnet, gateway, vni, true, removed);
    }

    /** As changed by a transaction. */
    public Network changed(long version, Instant now) {
        return new Network(id, version, createdAt, now, spec, subnet, gateway, vni, ingress, removed);
    }

    /** As a tombstone. */
    public Network gone() {
        return new Network(id, version, createdAt, updatedAt, spec, subnet, gateway, vni, ingress, true);
    }

    /** Its name. */
    public String name() {
        return spec.name();
    }
}
