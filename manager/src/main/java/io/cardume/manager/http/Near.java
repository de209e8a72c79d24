package io.cardume.manager.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Request;

/**
 * Whether what comes by an address that only this host reaches is of this host. Who may open that address is its admin; at the loopback address a
 * proxy that passes on what others ask, a page in a browser, or a name of somebody else's that means it would let others be that.
 */
final class Near {
    private static final List<String> PASSED_ON = List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via");
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|\\[[0-9A-Fa-f:.]+]");

    /** How docker CLIs call a host that they reach over ssh; the name is reserved, and nobody's page. */
    private static final String OVER_SSH = "docker.example.com";

    private Near() {}

    /** Why a request is not this host's own, in words; empty if it is. */
    static Optional<String> stranger(Request request) {
        // What reaches a unix socket was given it: no page does, and a proxy has it as any tool has.
        if (isSocket(request)) return Optional.empty();
        if (!(request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress from && from.getAddress().isLoopbackAddress()))
            return Optional.of("the request does not come from a loopback address");
        var head = request.getHeaders();
        for (String header : PASSED_ON)
            if (head.contains(header)) return Optional.of("the request was passed on by a proxy, as its header " + header + " says");
        var site = head.get("Sec-Fetch-Site");
        if (head.contains(HttpHeader.ORIGIN) || site != null && !site.equals("none"))
            return Optional.of("the request was sent by a page in a browser, as its header " + (site == null ? "Origin" : "Sec-Fetch-Site") + " says");
        var host = head.get(HttpHeader.HOST);
        if (host != null && !isLoopback(host)) return Optional.of("the request calls this host by a name (Host) that is not 127.0.0.1, [::1] or localhost");
        return Optional.empty();
    }

    private static boolean isLoopback(String host) {
        var name = host.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
        if (name.isBlank() || name.equals("localhost") || name.endsWith(".localhost") || name.equals(OVER_SSH)) return true;
        try {
            return LITERAL.matcher(name).matches() && InetAddress.ofLiteral(name.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isSocket(Request request) {
        return request.getConnectionMetaData().getConnection().getEndPoint() instanceof SocketChannelEndPoint socket && isSocket(socket);
    }

    private static boolean isSocket(SocketChannelEndPoint socket) {
        try {
            return socket.getChannel().getLocalAddress() instanceof UnixDomainSocketAddress;
        } catch (IOException e) {
            return false;
        }
    }

    /** Who it is: which user of this host, where the kernel says, else the address. */
    static String words(Request request) {
        if (request.getConnectionMetaData().getConnection().getEndPoint() instanceof SocketChannelEndPoint socket && isSocket(socket))
            try {
                return "user " + socket.getChannel().getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName() + " of this host";
            } catch (IOException | UnsupportedOperationException e) {
                return "a process of this host";
            }
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress from
                ? from.getAddress().getHostAddress() + ":" + from.getPort()
                : "a process of this host";
    }
}
