package io.cardume.manager.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection that a client may keep is served on, whatever became of the request before; else the answer says so. */
class KeptConnectionsTest {
    private static final int MEGABYTE = 1 << 20;

    private final ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    private record Answer(int status, SortedMap<String, String> headers) {
        boolean closes() {
            return headers.getOrDefault("connection", "").equalsIgnoreCase("close");
        }
    }

    @Test
    void afterABodyThatNobodyWantedTheConnectionIsServedOn() throws Exception {
        try (var connection = new Connection()) {
            for (String request : List.of("POST /services/create", "PUT /services/web", "POST /secrets/create", "POST /nothing/here",
                    "DELETE /services/web", "POST /nodes/worker/update?version=x", "GET /_ping", "POST /exec/none/start")) {
                var refused = connection.asks(request, 6 * MEGABYTE);
                assertThat(refused.status()).as(request).isIn(200, 400, 404);
                assertThat(refused.closes()).as(request).isFalse();
                assertThat(connection.asks("GET /_ping", 0).status()).as("after " + request).isEqualTo(200);
            }
        }
    }

    /** Who sends first and looks at the answer after it must not find the connection broken. */
    @Test
    void aRefusedBodyIsReadBeforeTheAnswerIsGiven() throws Exception {
        try (var connection = new Connection()) {
            connection.send("POST /services/create", 6 * MEGABYTE, 6 * MEGABYTE);

            assertThat(connection.answer().status()).isEqualTo(400);
        }
    }

    @Test
    void ofABodyWithoutEndTheAnswerSaysThatTheConnectionIsClosed() throws Exception {
        try (var connection = new Connection()) {
            connection.send("POST /services/create", Long.MAX_VALUE, Exchange.LARGEST_BODY + 1 + Exchange.LARGEST_REST);

            var refused = connection.answer();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.closes()).isTrue();
        }
    }

    private final class Connection implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Connection() throws IOException {
            socket = new Socket("127.0.0.1", cluster.port());
            socket.setSoTimeout(60_000);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** As many clients do: it sends the request, and reads meanwhile. */
        Answer asks(String request, long body) throws Exception {
            var sending = Thread.ofVirtual().start(() -> {
                try {
                    send(request, body, body);
                } catch (IOException e) {
                    // the reader sees what came of it
                }
            });
            var answer = answer();
            sending.join();
            return answer;
        }

        void send(String request, long said, long sent) throws IOException {
            var out = socket.getOutputStream();
            out.write((request + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + said + "\r\n\r\n").getBytes(ISO_8859_1));
            for (long left = sent; left > 0; left -= MEGABYTE) out.write(new byte[(int) Math.min(left, MEGABYTE)]);
        }

        Answer answer() throws IOException {
            var status = Integer.parseInt(line().split(" ")[1]);
            var headers = new TreeMap<String, String>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
            }
            in.readNBytes(Integer.parseInt(headers.get("content-length")));
            return new Answer(status, headers);
        }

        private String line() throws IOException {
            var line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) throw new IOException("closed after '" + line + "'");
                if (next != '\r') line.append((char) next);
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
