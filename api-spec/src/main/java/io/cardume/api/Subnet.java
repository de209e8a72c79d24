package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A range of IPv4 addresses in CIDR notation, such as {@code 10.0.1.0/24}.
 *
 * @param first its first address, the network's own
 * @param prefix leading bits all its addresses share, 0 to 32
 */
public record Subnet(Ipv4 first, int prefix) implements Comparable<Subnet> {
    public Subnet {
        if (prefix < 0 || prefix > 32) throw new IllegalArgumentException("/" + prefix + " is no prefix of IPv4; it is 0 to 32");
        if (!masked(first, prefix).equals(first))
            throw new IllegalArgumentException(first + "/" + prefix + " is no subnet; it should be " + masked(first, prefix) + "/" + prefix);
    }

    /** The subnet a text says; the message of what is thrown says what is wrong with it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Subnet parse(String text) {
        int slash = text.indexOf('/');
        var address = slash < 0 ? java.util.Optional.<Ipv4>empty() : Ipv4.of(text.substring(0, slash));
        if (address.isEmpty() || !text.substring(slash + 1).matches("[0-9]{1,2}"))
            throw new IllegalArgumentException("\"" + text + "\" is no subnet; it is ADDRESS/BITS of IPv4, such as 10.1.0.0/16");
        return new Subnet(address.get(), Integer.parseInt(text.substring(slash + 1)));
    }

    /** The subnet of so many leading bits that an address is in. */
    public static Subnet around(Ipv4 address, int prefix) {
        return new Subnet(masked(address, prefix), prefix);
    }

    private static Ipv4 masked(Ipv4 address, int prefix) {
        return new Ipv4(prefix == 0 ? 0 : address.bits() & -1 << 32 - prefix);
    }

    /** How many addresses it has. */
    public long size() {
        return 1L << 32 - prefix;
    }

    /** Its last address, the broadcast. */
    public Ipv4 last() {
        return first.plus(size() - 1);
    }

    /** Whether an address is in it. */
    public boolean contains(Ipv4 address) {
        return masked(address, prefix).equals(first);
    }

    /** Whether some address is in both. */
    public boolean overlaps(Subnet other) {
        return contains(other.first) || other.contains(first);
    }

    @Override
    public int compareTo(Subnet other) {
        int order = first.compareTo(other.first);
        return order != 0 ? order : Integer.compare(prefix, other.prefix);
    }

    @Override
    @JsonValue
    public String toString() {
        return first + "/" + prefix;
    }
}
