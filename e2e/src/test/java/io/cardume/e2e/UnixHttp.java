package io.cardume.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Plain HTTP/1.0 calls on a unix socket, one connection each: the raw view of an engine or of the manager's API,
 * without any library between the test and the wire.
 *
 * @param socket the socket's path
 * @param limit  how long one call may take
 */
public record UnixHttp(Path socket, Duration limit) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ScheduledExecutorService WATCH =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("call-limits").factory());

    /**
     * An answer.
     *
     * @param status the status code; 0 if the server closed the connection without one
     * @param body   the body, as text
     */
    public record Answer(int status, String body) {

        /** The body as JSON, if the status says success; else an error that shows the answer. */
        public JsonNode json() {
            if (status < 200 || status > 299) {
                throw new UncheckedIOException(new IOException("answered " + status + ": " + body));
            }
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException("not JSON: " + body, e);
            }
        }
    }

    /** The JSON that GET of this path answers. */
    public JsonNode get(String path) {
        return call("GET", path, "").json();
    }

    /** One call; the body is JSON, empty for none. */
    public Answer call(String method, String path, String body) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.0\r\nHost: localhost\r\n"
                + (content.length == 0 ? "" : "Content-Type: application/json\r\n")
                + "Content-Length: " + content.length + "\r\n\r\n";
        return raw((head + body).getBytes(StandardCharsets.UTF_8));
    }

    /** Writes these bytes, as they are, and reads until the server closes the connection. */
    public Answer raw(byte[] request) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            ScheduledFuture<?> limited = WATCH.schedule(() -> close(channel), limit.toMillis(), TimeUnit.MILLISECONDS);
            try {
                ByteBuffer out = ByteBuffer.wrap(request);
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                return answer(readAll(channel));
            } catch (AsynchronousCloseException e) {
                throw new IOException("no answer within " + limit + " from " + socket, e);
            } finally {
                limited.cancel(false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private static Answer answer(String text) {
        int end = text.indexOf("\r\n\r\n");
        String[] first = text.split("\\s", 3);
        if (end < 0 || first.length < 2 || !first[1].matches("\\d{3}")) {
            return new Answer(0, text);
        }
        return new Answer(Integer.parseInt(first[1]), text.substring(end + 4));
    }
}
