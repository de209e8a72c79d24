package io.cardume.agent.door;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server behind the door that does exactly what a test says, and remembers what it was sent. */
final class TestServer implements AutoCloseable {
    /** Answers one request on a connection; false = the connection is closed. */
    interface Answering {
        boolean answer(Asked asked, InputStream in, OutputStream out) throws IOException;
    }

    /**
     * What was asked.
     *
     * @param line the request line
     * @param headers by name in small letters; several values with a bar between them
     * @param body the body, if it had a Content-Length
     */
    record Asked(String line, TreeMap<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ServerSocket socket;
    private volatile Answering answering;

    private TestServer(Answering answering) throws IOException {
        this.answering = answering;
        this.socket = new ServerSocket();
        socket.bind(new InetSocketAddress("127.0.0.1", 0), 500);
        Thread.ofVirtual().start(this::accept);
    }

    static TestServer that(Answering answering) throws IOException {
        return new TestServer(answering);
    }

    /** One that answers everything with these bytes, head and body, and then closes the connection. */
    static TestServer closing(String answer) throws IOException {
        return that((_, _, out) -> {
            out.write(answer.getBytes(StandardCharsets.US_ASCII));
            return false;
        });
    }

    /** One that says its name and keeps connections open. */
    static TestServer saying(String words) throws IOException {
        return that((_, _, out) -> say(out, words));
    }

    static boolean say(OutputStream out, String words) throws IOException {
        out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + words.length() + "\r\n\r\n" + words).getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return true;
    }

    void now(Answering other) {
        answering = other;
    }

    int port() {
        return socket.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                var connection = socket.accept();
                connection.setTcpNoDelay(true);
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            var in = new BufferedInputStream(connection.getInputStream());
            while (true) {
                var head = head(in);
                if (head.isEmpty()) return;
                var lines = head.get().split("\r\n");
                var headers = new TreeMap<String, String>();
                for (int i = 1; i < lines.length; i++) {
                    int colon = lines[i].indexOf(':');
                    headers.merge(lines[i].substring(0, colon).toLowerCase(), lines[i].substring(colon + 1).strip(), (a, b) -> a + "|" + b);
                }
                var body = headers.containsKey("content-length") && !headers.containsKey("expect")
                        ? new String(in.readNBytes(Math.min(1 << 20, Integer.parseInt(headers.get("content-length")))), StandardCharsets.ISO_8859_1)
                        : "";
                var request = new Asked(lines[0], headers, body);
                asked.add(request);
                if (!answering.answer(request, in, connection.getOutputStream())) return;
            }
        } catch (IOException e) {
            // the other side has gone
        } finally {
            connections.remove(connection);
        }
    }

    /** A message's head, without the empty line; empty at the end of the connection. */
    static Optional<String> head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int state = 0;
        while (state < 4) {
            int next = in.read();
            if (next < 0) return Optional.empty();
            head.write(next);
            state = next == '\r' && state % 2 == 0 || next == '\n' && state % 2 == 1 ? state + 1 : 0;
        }
        return Optional.of(head.toString(StandardCharsets.ISO_8859_1).stripTrailing());
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket connection : connections) connection.close();
    }
}
