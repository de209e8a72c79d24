package io.cardume.agent.door;

/**
 * The ports of the host that services are reached on by HTTP; each is taken only while a service wants it.
 *
 * @param httpPort for plain HTTP; 0 = none
 * @param httpsPort for HTTP over TLS; 0 = none
 */
public record DoorSettings(int httpPort, int httpsPort) {
    /** None. */
    public static final DoorSettings NONE = new DoorSettings(0, 0);

    public DoorSettings {
        if (httpPort < 0 || httpPort > 65_535 || httpsPort < 0 || httpsPort > 65_535)
            throw new IllegalArgumentException("a port is 0 to 65535, not " + httpPort + " or " + httpsPort);
        if (httpPort != 0 && httpPort == httpsPort)
            throw new IllegalArgumentException("port " + httpPort + " cannot be for both HTTP and HTTPS");
    }
}
