package io.cardume.api;

import java.util.List;

/**
 * Where the subnets of networks come from that do not ask for one.
 *
 * @param ranges split into subnets, the first one first; at least one
 * @param size prefix of each subnet, e.g. 24
 */
public record AddressPool(List<Subnet> ranges, int size) {
    /** Swarm's: 10.0.0.0/8 in /24. */
    public static final AddressPool DEFAULT = new AddressPool(List.of(Subnet.parse("10.0.0.0/8")), 24);

    /** The largest prefix that leaves room for a gateway and some tasks. */
    public static final int SMALLEST = 29;

    public AddressPool {
        ranges = Copies.list(ranges);
        if (ranges.isEmpty()) throw new IllegalArgumentException("the address pool is empty; give at least one range such as 10.0.0.0/8");
        if (size > SMALLEST)
            throw new IllegalArgumentException("subnets of /" + size + " have no room for tasks; the size is at most " + SMALLEST);
        for (Subnet range : ranges)
            if (range.prefix() > size)
                throw new IllegalArgumentException(range + " is smaller than one subnet of /" + size);
    }
}
