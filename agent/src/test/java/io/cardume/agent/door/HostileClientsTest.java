package io.cardume.agent.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that want to be understood in two ways, that are slow, or that are too many. */
@Timeout(180)
class HostileClientsTest extends DoorScene {
    @ParameterizedTest
    @ValueSource(strings = {
        "POST / HTTP/1.1|Host: h|Content-Length: 5|Transfer-Encoding: chunked||0||GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked|Content-Length: 5||0||GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Content-Length: 5|Content-Length: 6||12345GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Content-Length: 5, 6||12345GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Content-Length: -5||12345",
        "POST / HTTP/1.1|Host: h|Content-Length: +5||12345",
        "POST / HTTP/1.1|Host: h|Content-Length: 5x||12345",
        "POST / HTTP/1.1|Host: h|Transfer-Encoding: xchunked||0||GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked, identity||0||GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked|Transfer-Encoding: identity||0||GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.1|Host: h|Transfer-Encoding : chunked||0||GET /smuggled HTTP/1.1|Host: h||",
        "POST / HTTP/1.0|Host: h|Transfer-Encoding: chunked||0||GET /smuggled HTTP/1.1|Host: h||",
        "GET / HTTP/1.1|Host: h|Host: i||", "GET / HTTP/1.1||", "GET / HTTP/1.1|Host:||", "GET / HTTP/1.1|Host: a b||",
        "GET / HTTP/1.1|Host: a/b||", "GET / HTTP/1.1|Host: h@evil||", "GET / HTTP/1.1|Host: h:port||", "GET / HTTP/1.1|Host: ..||",
        "GET http://other/ HTTP/1.1|Host: h||", "GET http://h@other/ HTTP/1.1|Host: h||", "GET ftp://other HTTP/1.1|Host: h||",
        "CONNECT h:80 HTTP/1.1|Host: h||", "TRACE / HTTP/1.1|Host: h||", "OPTIONS * HTTP/1.1|Host: h||", "GET x HTTP/1.1|Host: h||",
        "GET /\u0001 HTTP/1.1|Host: h||", "GET / HTTP/1.1|Host: h|X: a\u0000b||", "GET / HTTP/1.1|Host: h| folded: x||"
    })
    void whatCouldBeReadInTwoWaysIsRefused(String request) throws Exception {
        var server = saying("a");
        service("shop", Map.of(), server);
        tell();
        var client = client().send(request.replace("|", "\r\n"));
        var answer = client.answer();
        assertThat(answer.status()).as("%s", answer).isBetween(400, 501);
        if (answer.status() != 405) assertThat(client.closed()).isTrue();
        assertThat(server.asked).isEmpty();
    }

    @Test
    void hostThatIsTooLongIsRefused() throws Exception {
        var server = saying("a");
        service("shop", Map.of(), server);
        tell();
        for (String host : List.of("a".repeat(256), "a.".repeat(128), "a.".repeat(30_000), "a".repeat(250) + ":65535")) {
            var client = client();
            assertThat(client.get(host, "/")).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.body()).isEqualTo("the Host header is longer than 255 characters\n");
            });
            assertThat(client.closed()).isTrue();
        }
        assertThat(server.asked).isEmpty();
        assertThat(client().get("a.".repeat(127) + "a", "/").body()).isEqualTo("a");
    }

    @Test
    void headersWithoutEndAreCutOff() throws Exception {
        service("shop", Map.of(), saying("a"));
        tell();
        var large = client().send("GET / HTTP/1.1\r\nHost: h\r\nX: " + "x".repeat(100_000));
        assertThat(large.closed()).isTrue();
        var many = client().send("GET / HTTP/1.1\r\nHost: h\r\n" + "X: y\r\n".repeat(500));
        assertThat(many.closed()).isTrue();
        assertThat(client().get("h", "/", "X: " + "x".repeat(30_000)).status()).isEqualTo(200);
    }

    @Test
    void slowClientsAreCutOff() throws Exception {
        port = Ports.free();
        door = server(new HttpServer.Patience(Duration.ofMillis(200), Duration.ofMillis(300), Duration.ofMillis(200)));
        var server = saying("a");
        service("shop", Map.of(), server);
        tell();
        assertThat(client().send("GET / HTTP/1.1\r\nHost: ").closed()).isTrue();
        assertThat(client().send("").closed()).isTrue();
        assertThat(answered("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200).closed()).isTrue();
        assertThat(client().send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc").closed()).isTrue();
        await(() -> server.connections.size() <= 1);
    }

    @Test
    void inACrowdThoseGoWhoAreWaitedForAndNobodyElse() throws Exception {
        port = Ports.free();
        var small = new Doorway.Crowd(20, 6, Duration.ofMillis(500), Duration.ofMillis(1_000));
        door = server(HttpServer.Patience.DEFAULT, new HttpServer.Crowds(small, small));
        var go = new CountDownLatch(1);
        var server = TestServer.that((asked, in, out) -> {
            if (asked.line().contains("/ws")) {
                out.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                for (int next; (next = in.read()) >= 0; ) out.write(next + 1);
                return false;
            }
            if (asked.line().contains("/half")) out.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
            if (asked.line().contains("/half") || asked.line().contains("/slow")) awaited(go);
            if (asked.line().contains("/half")) out.write("half".getBytes(StandardCharsets.US_ASCII));
            return asked.line().contains("/half") || TestServer.say(out, "a");
        });
        opened.add(server);
        service("shop", Map.of(), server);
        tell();
        var chat = client().send("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        assertThat(chat.answer().status()).isEqualTo(101);
        var slow = client().send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
        var half = client().send("GET /half HTTP/1.1\r\nHost: h\r\n\r\n");
        for (int i = 0; i < 12; i++) {
            client().send("GET / HTTP/1.1\r\nHost: ");
            client().send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
            client();
            // It is kept alive and says no more.
            assertThat(client().get("h", "/").body()).isEqualTo("a");
        }
        go.countDown();
        assertThat(chat.send("x").in.read()).isEqualTo('y');
        assertThat(slow.answer().body()).isEqualTo("a");
        assertThat(half.answer().body()).isEqualTo("halfhalf");
    }

    private static void awaited(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
