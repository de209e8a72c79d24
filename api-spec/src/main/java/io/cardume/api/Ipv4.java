package io.cardume.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An IPv4 address.
 *
 * @param bits its 32 bits, the first octet highest
 */
public record Ipv4(int bits) implements Comparable<Ipv4> {
    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern FORM = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

    /** The address a text says. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Ipv4 parse(String text) {
        return of(text).orElseThrow(() -> new IllegalArgumentException("\"" + text + "\" is no IPv4 address"));
    }

    /** The address a text says, if it is one. */
    public static Optional<Ipv4> of(String text) {
        if (!FORM.matcher(text).matches()) return Optional.empty();
        int bits = 0;
        for (String octet : text.split("\\.")) bits = bits << 8 | Integer.parseInt(octet);
        return Optional.of(new Ipv4(bits));
    }

    /** The address so many further on. */
    public Ipv4 plus(long many) {
        return new Ipv4((int) (Integer.toUnsignedLong(bits) + many));
    }

    /** How many addresses lie from the other one to this one; negative if it comes later. */
    public long minus(Ipv4 other) {
        return Integer.toUnsignedLong(bits) - Integer.toUnsignedLong(other.bits);
    }

    /** The MAC address that goes with it: the one engines derive of it by themselves. */
    public String mac() {
        return "02:42:%02x:%02x:%02x:%02x".formatted(bits >>> 24, bits >>> 16 & 255, bits >>> 8 & 255, bits & 255);
    }

    @Override
    public int compareTo(Ipv4 other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    @Override
    @JsonValue
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
    }
}
