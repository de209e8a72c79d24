package io.cardume.manager.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.manager.gate.Crowd;
import io.cardume.manager.gate.Limits;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many who connect and say nothing, or a byte now and then, while others deploy and read. The property {@code cardume.crowd} says how
 * many of each; {@code bench/hostile} gives a thousand.
 */
class CrowdTest {
    private static final int MANY = Integer.getInteger("cardume.crowd", 100);
    private static final int REQUESTS = 50;
    private ServedCluster cluster = new ServedCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    /** Whether there is room for all of them, or they give way. */
    @ParameterizedTest
    @ValueSource(ints = {4_096, 128})
    void whoDeploysAndReadsIsServedBesideThem(int room) throws Exception {
        cluster.close();
        cluster = new ServedCluster(Limits.usual().with(Limits.Name.API_CONNECTIONS, room).with(Limits.Name.API_REQUESTS_AT_ONCE, 100_000));
        var alone = served("alone");
        try (var crowd = new Crowd(cluster.port(), MANY, number -> (number % 2 == 0 ? "GET /services HTTP/1.1\r\nHost: localhost\r\nX: "
                : "POST /services/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{").getBytes(ISO_8859_1))) {
            int open = cluster.api.connections();
            var beside = served("crowd");
            System.out.printf("the API's port, %d idle and %d slow connections, %d open of %d (%d came again): %s alone, %s beside them%n",
                    MANY, MANY, open, room, crowd.again(), alone, beside);
            assertThat(cluster.api.connections()).isLessThanOrEqualTo(room + 64);
        }
    }

    /** Deploys and reads, each by a connection of its own; how long they took. */
    private String served(String name) throws Exception {
        var nanos = new long[REQUESTS];
        for (int i = 0; i < REQUESTS; i++) {
            var body = ServedCluster.service(name + "-" + i, 1);
            long begun = System.nanoTime();
            assertThat(answer("POST /services/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body))
                    .startsWith("HTTP/1.1 201");
            assertThat(answer("GET /services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 200");
            nanos[i] = System.nanoTime() - begun;
        }
        Arrays.sort(nanos);
        return "a deploy and a read in " + TimeUnit.NANOSECONDS.toMicros(nanos[REQUESTS / 2]) + " us (the slowest "
                + TimeUnit.NANOSECONDS.toMicros(nanos[REQUESTS - 1]) + ")";
    }

    private String answer(String request) throws IOException {
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }
}
