package io.cardume.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.cardume.api.Probe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProberTest {
    private final Prober prober = new Prober(InstantSource.system());
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger status = new AtomicInteger(200);
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/health", exchange -> {
            byte[] body = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(status.get(), body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
    }

    @AfterEach
    void stopServing() {
        server.stop(0);
    }

    @Test
    void answeringContainerIsHealthyAndFailsWhenItTurnsBad() throws Exception {
        try (var _ = begin(http("/health"))) {
            assertThat(next()).isEqualTo("healthy");
            status.set(503);
            assertThat(next()).isEqualTo("failed " + http("/health") + ": 503 Service Unavailable");
        }
    }

    @Test
    void redirectIsHealthy() throws Exception {
        status.set(301);
        try (var _ = begin(http("/health"))) {
            assertThat(next()).isEqualTo("healthy");
        }
    }

    @Test
    void unknownPathFails() throws Exception {
        try (var _ = begin(http("/elsewhere"))) {
            assertThat(next()).isEqualTo("failed " + http("/elsewhere") + ": 404 Not Found");
        }
    }

    @Test
    void openPortIsHealthy() throws Exception {
        try (var _ = begin(new Probe.Target.Tcp(server.getAddress().getPort()))) {
            assertThat(next()).isEqualTo("healthy");
        }
    }

    @Test
    void closedPortFailsInWords() throws Exception {
        server.stop(0);
        var target = new Probe.Target.Tcp(server.getAddress().getPort());
        try (var _ = begin(target)) {
            assertThat(next()).isEqualTo("failed " + target + ": connection refused");
        }
    }

    @Test
    void silentServerFailsWithinTheTimeout() throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var _ = begin(new Probe.Target.Http(silent.getLocalPort(), "/"))) {
            assertThat(next()).endsWith(": no answer within 200ms");
        }
    }

    @Test
    void serverThatSpeaksAnotherProtocolFails() throws Exception {
        try (var other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> greet(other));
            try (var _ = begin(new Probe.Target.Http(other.getLocalPort(), "/"))) {
                assertThat(next()).endsWith(": not an HTTP answer: SSH-2.0-OpenSSH");
            }
        }
    }

    private static void greet(ServerSocket server) {
        try {
            while (true) {
                try (var socket = server.accept()) {
                    socket.getOutputStream().write("SSH-2.0-OpenSSH\r\n".getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private Probe.Target http(String path) {
        return new Probe.Target.Http(server.getAddress().getPort(), path);
    }

    private AutoCloseable begin(Probe.Target target) {
        var probe = new Probe(target, Duration.ofMillis(20), Duration.ofMillis(200), 2, Duration.ZERO);
        return prober.begin(probe, "127.0.0.1", Instant.now(), new Prober.Verdicts() {
            @Override
            public void healthy() {
                heard.add("healthy");
            }

            @Override
            public void failed(String words) {
                heard.add("failed " + words);
            }
        });
    }

    private String next() throws InterruptedException {
        String next = heard.poll(20, TimeUnit.SECONDS);
        assertThat(next).as("a verdict").isNotNull();
        return next;
    }
}
