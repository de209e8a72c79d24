package io.cardume.manager.gate;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HexFormat;

/**
 * Who connects, as far as limits tell callers apart: an IPv4 address, or the half of an IPv6 address that names its network;
 * "" for the processes of this host that come through a unix socket. Once it is proved who it is, a user.
 */
public record Origin(String name) implements Comparable<Origin> {
    private static final int NETWORK_BYTES = 8;

    /** Who comes from an address. */
    public static Origin at(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null ? at(inet.getAddress()) : new Origin("");
    }

    /** A user of the API, wherever it comes from. */
    public static Origin user(String name) {
        return new Origin("user " + name);
    }

    private static Origin at(InetAddress address) {
        if (!(address instanceof Inet6Address)) return new Origin(address.getHostAddress());
        if (address.isLoopbackAddress()) return new Origin("::1");
        return new Origin(HexFormat.ofDelimiter(":").formatHex(address.getAddress(), 0, NETWORK_BYTES) + "::/64");
    }

    /** Whether it is a process of this host, by a unix socket. */
    public boolean isLocal() {
        return name.isEmpty();
    }

    @Override
    public int compareTo(Origin other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return isLocal() ? "this host" : name;
    }
}
