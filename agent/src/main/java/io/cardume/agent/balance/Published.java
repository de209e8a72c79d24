package io.cardume.agent.balance;

import io.cardume.api.PortConfig;
import java.util.Comparator;

/**
 * A port that a host answers on for a service.
 *
 * @param protocol tcp or udp
 * @param port its number
 */
public record Published(String protocol, int port) implements Comparable<Published> {
    private static final Comparator<Published> ORDER = Comparator.comparing(Published::protocol).thenComparing(Published::port);

    /** The one a service's port is published as. */
    static Published of(PortConfig port) {
        return new Published(port.protocol().isEmpty() ? "tcp" : port.protocol(), port.publishedPort());
    }

    @Override
    public int compareTo(Published other) {
        return ORDER.compare(this, other);
    }

    /** Whether packets are sent to it, rather than connections made. */
    boolean isUdp() {
        return protocol.equals("udp");
    }

    /** As Docker writes it, {@code 8080/tcp}. */
    @Override
    public String toString() {
        return port + "/" + protocol;
    }
}
