package io.cardume.manager.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.manager.gate.Limits;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Many who connect and say nothing, or a byte now and then, from the address of those who deploy and read meanwhile. The property
 * {@code cardume.crowd} says how many of each; {@code bench/hostile} gives a thousand.
 */
class CrowdTest {
    private static final int MANY = Integer.getInteger("cardume.crowd", 200);
    private static final int REQUESTS = 50;
    private final ServedCluster cluster = new ServedCluster(Limits.usual().with(Limits.Name.API_CONNECTIONS_PER_CALLER, 128));
    private final List<Socket> sockets = new ArrayList<>();
    private volatile boolean over;

    @AfterEach
    void close() throws IOException {
        over = true;
        for (Socket socket : sockets) socket.close();
        cluster.close();
    }

    @Test
    void whoDeploysAndReadsIsServedBesideThem() throws Exception {
        var alone = served("alone");
        for (int i = 0; i < MANY; i++) {
            sockets.add(new Socket("127.0.0.1", cluster.port()));
            var slow = new Socket("127.0.0.1", cluster.port());
            sockets.add(slow);
            say(slow, i % 2 == 0 ? "GET /services HTTP/1.1\r\nHost: x\r\nX: " : "POST /services/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{");
        }
        var trickle = Thread.ofVirtual().start(() -> {
            while (!over) for (int i = 1; i < sockets.size() && !over; i += 2) say(sockets.get(i), "x");
        });
        var beside = served("crowd");
        over = true;
        trickle.join();

        System.out.printf("%d idle and %d slow connections: %s alone, %s beside them%n", MANY, MANY, alone, beside);
        assertThat(cluster.api.connections()).isLessThanOrEqualTo(128 + 64);
    }

    /** What was cut off is not said to. */
    private static void say(Socket socket, String text) {
        try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        } catch (IOException e) {
            // it gave way
        }
    }

    /** Deploys and reads, each by a connection of its own; how long they took. */
    private String served(String name) throws Exception {
        var nanos = new long[REQUESTS];
        for (int i = 0; i < REQUESTS; i++) {
            var body = ServedCluster.service(name + "-" + i, 1);
            long begun = System.nanoTime();
            assertThat(answer("POST /services/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body))
                    .startsWith("HTTP/1.1 201");
            assertThat(answer("GET /services HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 200");
            nanos[i] = System.nanoTime() - begun;
        }
        Arrays.sort(nanos);
        return "a deploy and a read in " + TimeUnit.NANOSECONDS.toMicros(nanos[REQUESTS / 2]) + " us (the slowest "
                + TimeUnit.NANOSECONDS.toMicros(nanos[REQUESTS - 1]) + ")";
    }

    private String answer(String request) throws IOException {
        try (var socket = new Socket("127.0.0.1", cluster.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }
}
