package io.cardume.agent.link;

import java.net.URI;

/**
 * Where a manager listens for agents.
 *
 * @param host name or address; an IPv6 address in brackets
 * @param port TCP port
 */
public record ManagerAddress(String host, int port) {
    /** The port managers listen on where nothing else is said. */
    public static final int DEFAULT_PORT = 2477;

    public ManagerAddress {
        if (host.isEmpty()) throw new IllegalArgumentException("the manager's host is empty");
        if (port < 1 || port > 65_535) throw new IllegalArgumentException("the manager's port must be 1 to 65535, not " + port);
        if (!host.matches("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]")) {
            throw new IllegalArgumentException("a manager's host is a name or an address, not '" + host + "'");
        }
    }

    /** An address whose host may be a bare IPv6 address. */
    public static ManagerAddress of(String host, int port) {
        return new ManagerAddress(host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host, port);
    }

    /** Reads {@code HOST}, {@code HOST:PORT} or {@code [IPV6]:PORT}. */
    public static ManagerAddress of(String text) {
        String given = text.strip();
        int colon = given.lastIndexOf(':');
        if (colon < 0 || given.endsWith("]")) return new ManagerAddress(given, DEFAULT_PORT);
        try {
            return new ManagerAddress(given.substring(0, colon), Integer.parseInt(given.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a manager is given as HOST:PORT, not '" + text + "'", e);
        }
    }

    URI uri() {
        return URI.create("wss://" + host + ":" + port + "/agent");
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
