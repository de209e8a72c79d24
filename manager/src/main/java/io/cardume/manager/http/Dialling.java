package io.cardume.manager.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * How the manager speaks to what others name. Anything but what is trusted is spoken to by HTTPS only, and never at an address that
 * means this host or its link: there are doors that ask nobody who comes from here. What is looked at is the address that is
 * dialled, not the name, which may stand for another one the next time it is asked.
 */
final class Dialling {
    private static final int MOST_REDIRECTS = 5;

    /** Where it is not gone to. */
    static final class Forbidden extends IOException {
        private static final long serialVersionUID = 1;

        Forbidden(String message) {
            super(message);
        }
    }

    private final SSLSocketFactory outside = new Outside();
    private final Duration connect;
    private final Duration read;

    Dialling(Duration connect, Duration read) {
        this.connect = connect;
        this.read = read;
    }

    /** Where something is: scheme, host and port. */
    static String origin(URI uri) {
        var scheme = String.valueOf(uri.getScheme());
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return scheme + "://" + uri.getHost() + ":" + port;
    }

    /**
     * Asks, and follows where that leads to; what proves who asks goes to the first origin only.
     *
     * @param uri what
     * @param trusted the origin that may be anywhere and in the clear; empty = none
     * @param headers of the request
     * @param form to be posted; empty = it is a GET
     */
    HttpURLConnection answer(URI uri, Optional<String> trusted, Map<String, String> headers, Optional<byte[]> form) throws IOException {
        var at = uri;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            var connection = open(at, trusted);
            for (var header : headers.entrySet())
                if (origin(at).equals(origin(uri)) || !header.getKey().equals("Authorization")) connection.setRequestProperty(header.getKey(), header.getValue());
            if (form.isPresent()) {
                connection.setDoOutput(true);
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(form.get());
                }
            }
            int status = connection.getResponseCode();
            var location = connection.getHeaderField("Location");
            // What is posted is a secret: it goes nowhere else.
            if (form.isPresent() || location == null || !(status >= 301 && status <= 303 || status == 307 || status == 308)) return connection;
            connection.disconnect();
            at = at.resolve(location);
        }
        throw new IOException("it leads on and on");
    }

    /** The body of an answer, whatever its status. */
    static InputStream body(HttpURLConnection answer) throws IOException {
        var body = answer.getResponseCode() >= 400 ? answer.getErrorStream() : answer.getInputStream();
        return body == null ? InputStream.nullInputStream() : body;
    }

    private HttpURLConnection open(URI uri, Optional<String> trusted) throws IOException {
        boolean known = uri.getHost() != null && trusted.filter(origin(uri)::equals).isPresent();
        if (!known && (uri.getHost() == null || !"https".equals(uri.getScheme()))) throw new Forbidden(uri.getScheme() + "://" + uri.getHost() + " is not spoken to: it is not HTTPS");
        // A proxy would choose the address.
        var connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        if (!known && connection instanceof HttpsURLConnection secure) secure.setSSLSocketFactory(outside);
        connection.setConnectTimeout((int) connect.toMillis());
        connection.setReadTimeout((int) read.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        return connection;
    }

    /** Whether an address means this host, its link, or nobody. */
    static boolean isInside(InetAddress address) throws SocketException {
        return address.isLoopbackAddress() || address.isLinkLocalAddress() || address.isAnyLocalAddress() || address.isMulticastAddress()
                || address.getAddress().length == 4 && (address.getAddress()[0] == 0 || (address.getAddress()[0] & 0xf0) == 0xf0)
                || NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                        .anyMatch(own -> Arrays.equals(own.getAddress(), address.getAddress()));
    }

    /** Sockets that go to other hosts only. */
    private static final class Outward extends Socket {
        @Override
        public void connect(SocketAddress to, int timeout) throws IOException {
            if (!(to instanceof InetSocketAddress address) || address.isUnresolved()) throw new IOException("its name is not known");
            if (isInside(address.getAddress())) throw new Forbidden(address.getHostString() + " is " + address.getAddress().getHostAddress() + ", which means this host or its link");
            super.connect(to, timeout);
        }

        @Override
        public void connect(SocketAddress to) throws IOException {
            connect(to, 0);
        }
    }

    /** TLS over them. A connection is made before TLS begins on it: none of the methods that do both at once is there. */
    private static final class Outside extends SSLSocketFactory {
        private final SSLSocketFactory tls = (SSLSocketFactory) SSLSocketFactory.getDefault();

        @Override
        public Socket createSocket() {
            return new Outward();
        }

        @Override
        public Socket createSocket(Socket connected, String host, int port, boolean close) throws IOException {
            if (!(connected instanceof Outward)) throw new IOException("it was dialled by another way");
            return tls.createSocket(connected, host, port, close);
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new IOException("not dialled this way");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
            throw new IOException("not dialled this way");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new IOException("not dialled this way");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
            throw new IOException("not dialled this way");
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return tls.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return tls.getSupportedCipherSuites();
        }
    }
}
