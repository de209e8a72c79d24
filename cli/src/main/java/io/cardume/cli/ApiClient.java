package io.cardume.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.Json;
import io.cardume.manager.http.ApiAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the manager on this host, which takes whoever may open its socket or its loopback address for an admin. */
final class ApiClient {
    private static final Duration LIMIT = Duration.ofSeconds(70);

    private final ApiAddress address;

    /**
     * Asks at the first of the addresses that is one of this host.
     *
     * @throws UsageException if there is none
     */
    ApiClient(List<String> addresses) {
        try {
            this.address = addresses.stream().map(ApiAddress::parse).filter(ApiAddress::isLocal).findFirst().orElseThrow(() -> notOfThisHost(addresses));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--api: " + e.getMessage());
        }
    }

    private static UsageException notOfThisHost(List<String> addresses) {
        return new UsageException("--api " + String.join(",", addresses) + ": it is an address of the manager's own host, unix:///PATH or tcp://127.0.0.1:PORT");
    }

    /** An answer that says no; the message is the manager's. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    /**
     * Asks once.
     *
     * @param body JSON; "" for none
     * @return the answer's JSON; nothing where it has no body
     * @throws Refused if the answer is an error
     */
    JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        var asking = new FutureTask<>(() -> asked(method, path, body));
        Thread.ofVirtual().name("asking " + address).start(asking);
        try {
            return asking.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            asking.cancel(true);
            throw new IOException("the manager at " + address + " has not answered within " + LIMIT.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refused refused) throw refused;
            throw new IOException("the manager at " + address + " cannot be asked", e.getCause());
        }
    }

    private JsonNode asked(String method, String path, String body) throws IOException {
        try (var channel = open()) {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            // An answer in HTTP/1.0 is in one piece and ends with its connection.
            var head = method + " " + path + " HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n";
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
            for (var rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) channel.write(rest);
            var answer = new ByteArrayOutputStream();
            Channels.newInputStream(channel).transferTo(answer);
            return read(answer.toByteArray());
        }
    }

    private SocketChannel open() throws IOException {
        return switch (address) {
            case ApiAddress.Unix(var path) -> SocketChannel.open(UnixDomainSocketAddress.of(path));
            case ApiAddress.Tcp(var host, var port) -> SocketChannel.open(new InetSocketAddress(host, port));
            case ApiAddress.Tls _ -> throw new IOException("it is asked on its own host");
        };
    }

    private static JsonNode read(byte[] answer) throws IOException {
        var text = new String(answer, StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0 || !text.matches("(?s)HTTP/1\\.[01] [0-9]{3}.*")) throw new IOException("it did not answer in HTTP");
        int status = Integer.parseInt(text.substring(9, 12));
        var body = Json.lenient().readTree(text.substring(end + 4));
        if (status >= 400) throw new Refused(body.path("message").asText("status " + status));
        return body;
    }
}
