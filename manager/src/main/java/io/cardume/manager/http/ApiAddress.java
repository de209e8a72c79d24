package io.cardume.manager.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;

/** Where the API is served: {@code unix://PATH}, {@code tcp://ADDR:PORT} or {@code tls://ADDR:PORT}. */
public sealed interface ApiAddress {
    /** A unix socket; an absolute path. */
    record Unix(Path path) implements ApiAddress {
        @Override
        public String toString() {
            return "unix://" + path;
        }
    }

    /** A TCP address; port 0 = any free one. */
    record Tcp(String host, int port) implements ApiAddress {
        @Override
        public String toString() {
            return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** A TCP address where TLS is spoken, and users prove who they are; port 0 = any free one. */
    record Tls(String host, int port) implements ApiAddress {
        @Override
        public String toString() {
            return "tls://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is none; says what one looks like
     */
    static ApiAddress parse(String text) {
        if (text.startsWith("unix:///")) return new Unix(Path.of(text.substring("unix://".length())));
        if (text.startsWith("tcp://") || text.startsWith("tls://")) {
            var rest = text.substring("tcp://".length());
            int colon = rest.lastIndexOf(':');
            if (colon > 0 && rest.substring(colon + 1).matches("\\d{1,5}")) {
                int port = Integer.parseInt(rest.substring(colon + 1));
                var host = rest.substring(0, colon);
                if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
                if (port <= 65_535 && !host.isEmpty()) return text.startsWith("tls://") ? new Tls(host, port) : new Tcp(host, port);
            }
        }
        throw new IllegalArgumentException(
                "\"" + text + "\" is no API address; it is unix:///absolute/path, tcp://127.0.0.1:PORT or tls://ADDRESS:PORT");
    }

    /** Whether only this host can reach it. */
    default boolean isLocal() {
        return switch (this) {
            case Unix _ -> true;
            case Tls _ -> false;
            case Tcp(var host, _) -> {
                try {
                    yield InetAddress.getByName(host).isLoopbackAddress();
                } catch (UnknownHostException e) {
                    yield false;
                }
            }
        };
    }
}
