package io.cardume.agent.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.Ports;
import io.cardume.agent.door.TestClient.Answer;
import io.cardume.api.HttpLabels;
import io.cardume.api.link.PortTrouble;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What reaches which task, and how. */
@Timeout(180)
class DoorTest extends DoorScene {
    @ParameterizedTest
    @CsvSource({
        "shop.example,/,shop", "SHOP.Example,/,shop", "shop.example:8080,/,shop", "shop.example.,/x?y=/api,shop",
        "shop.example,/api,api", "shop.example,/api/1,api", "shop.example,/api?x,api", "shop.example,/apis,shop",
        "a.shop.example,/,wild", "a.b.shop.example,/,wild", "other.example,/,any", "127.0.0.1,/,any", "[::1]:80,/,any"
    })
    void requestsGoByHostAndPath(String host, String path, String to) throws Exception {
        service("shop", Map.of(HttpLabels.HOST, "shop.example"), saying("shop"));
        service("api", Map.of(HttpLabels.HOST, "shop.example", HttpLabels.PATH, "/api"), saying("api"));
        service("wild", Map.of(HttpLabels.HOST, "*.shop.example"), saying("wild"));
        service("any", Map.of(), saying("any"));
        tell();
        assertThat(client().get(host, path).body()).isEqualTo(to);
    }

    @Test
    void whatNoServiceIsReachedAtIsSaid() throws Exception {
        service("shop", Map.of(HttpLabels.HOST, "shop.example", HttpLabels.PATH, "/cart"), saying("shop"));
        tell();
        var answer = client().get("shop.example", "/other");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("no service is reached at shop.example/other\n");
        assertThat(client().get("other.example", "/cart").status()).isEqualTo(404);
    }

    @Test
    void tasksTakeTurnsAndServicesShareByWeight() throws Exception {
        service("stable", Map.of(HttpLabels.WEIGHT, "9"), saying("a"), saying("b"), saying("c"));
        service("canary", Map.of(HttpLabels.WEIGHT, "1"), saying("x"));
        service("dark", Map.of(HttpLabels.WEIGHT, "0"), saying("y"));
        tell();
        var counts = new TreeMap<String, Integer>();
        var client = client();
        for (int i = 0; i < 300; i++) counts.merge(client.get("h", "/").body(), 1, Integer::sum);
        assertThat(counts).isEqualTo(Map.of("a", 90, "b", 90, "c", 90, "x", 30));
    }

    @Test
    void clientsStickToTheirTask() throws Exception {
        service("shop", Map.of(HttpLabels.STICKY, "lane", HttpLabels.PATH, "/shop"), saying("a"), saying("b"), saying("c"));
        tell();
        var client = client();
        var first = client.get("h", "/shop");
        var cookie = first.header("Set-Cookie").orElseThrow();
        assertThat(cookie).matches("lane=[0-9a-f]{16}; [Pp]ath=/shop; (?i)HttpOnly; SameSite=Lax");
        for (int i = 0; i < 10; i++) {
            var again = client.get("h", "/shop", "Cookie: other=1; " + cookie.split(";")[0]);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.header("Set-Cookie")).isEmpty();
        }
        service("shop", Map.of(HttpLabels.STICKY, "lane", HttpLabels.PATH, "/shop"));
        service("shop2", Map.of(HttpLabels.STICKY, "lane", HttpLabels.PATH, "/shop"), saying("z"));
        tell();
        var elsewhere = client.get("h", "/shop", "Cookie: " + cookie.split(";")[0]);
        assertThat(elsewhere.body()).isEqualTo("z");
        assertThat(elsewhere.header("Set-Cookie")).isPresent();
    }

    @Test
    void tasksHearWhoAskedAndNotWhatTheClientPretends() throws Exception {
        var server = saying("a");
        service("shop", Map.of(), server);
        tell();
        client().get("shop.example:8080", "/a%2Fb;c=d/../e?x=%20|y", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: evil", "X-Forwarded-Prefix: /evil", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6",
                "Connection: keep-alive, X-Secret, Content-Length", "X-Secret: 1", "Keep-Alive: timeout=5", "TE: trailers", "X-Kept: 1",
                "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__");
        var asked = server.asked.getFirst();
        assertThat(asked.line()).isEqualTo("GET /a%2Fb;c=d/../e?x=%20|y HTTP/1.1");
        assertThat(asked.headers()).containsEntry("host", "shop.example:8080")
                .containsEntry("x-forwarded-for", "127.0.0.1")
                .containsEntry("x-forwarded-proto", "http")
                .containsEntry("x-forwarded-host", "shop.example:8080")
                .containsEntry("x-kept", "1")
                .doesNotContainKeys("x-forwarded-prefix", "forwarded", "x-real-ip", "x-secret", "keep-alive", "te", "upgrade", "http2-settings", "transfer-encoding");
    }

    @Test
    void clientStaysConnectedWhenItsTaskCloses() throws Exception {
        var server = TestServer.closing("HTTP/1.1 200 OK\r\nConnection: close\r\nKeep-Alive: timeout=1\r\n\r\nuntil the end");
        opened.add(server);
        service("shop", Map.of(), server);
        tell();
        var client = client();
        for (int i = 0; i < 3; i++) {
            var answer = client.get("h", "/");
            assertThat(answer.body()).isEqualTo("until the end");
            assertThat(answer.header("Connection")).isEmpty();
            assertThat(answer.header("Keep-Alive")).isEmpty();
        }
    }

    @Test
    void refusedConnectionIsTriedElsewhere() throws Exception {
        var good = saying("good");
        service("shop", Map.of(), List.of(Ports.free(), good.port(), Ports.free(), Ports.free()));
        tell();
        var client = client();
        for (int i = 0; i < 10; i++) {
            assertThat(client.get("h", "/").body()).isEqualTo("good");
            assertThat(client.post("h", "/", "body" + i).body()).isEqualTo("good");
        }
        assertThat(good.asked.stream().map(TestServer.Asked::body).filter(body -> !body.isEmpty())).hasSize(10);
    }

    @Test
    void onlyWhatMayBeSentTwiceIsSentTwice() throws Exception {
        var dropping = TestServer.that((_, _, _) -> false);
        opened.add(dropping);
        var good = saying("good");
        service("shop", Map.of(), dropping, good);
        tell();
        for (int i = 0; i < 4; i++) assertThat(client().get("h", "/").body()).isEqualTo("good");
        int before = dropping.asked.size() + good.asked.size();
        var answers = List.of(client().post("h", "/", "once"), client().post("h", "/", "once"));
        assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 502);
        assertThat(dropping.asked.size() + good.asked.size()).isEqualTo(before + 2);
    }

    @ParameterizedTest
    @CsvSource({"PUT,true", "PUT,false", "DELETE,true", "DELETE,false", "GET,false"})
    void bodyThatOneTaskHasTakenIsNotSentWithoutItToAnother(String method, boolean chunked) throws Exception {
        var dropping = TestServer.that((asked, in, _) -> {
            whole(asked, in);
            return false;
        });
        var bodies = new ConcurrentLinkedQueue<String>();
        var good = TestServer.that((asked, in, out) -> bodies.add(whole(asked, in)) && TestServer.say(out, "good"));
        opened.add(dropping);
        opened.add(good);
        service("shop", Map.of(), dropping, good);
        tell();
        var head = method + " / HTTP/1.1\r\nHost: h\r\n" + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 4\r\n\r\n");
        var body = chunked ? "4\r\nbody\r\n0\r\n\r\n" : "body";
        // Head and body at once, and apart.
        var answers = List.of(client().send(head + body).answer(), client().send(head + body).answer(),
                client().send(head).send(body).answer(), client().send(head).send(body).answer());
        assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 200, 502, 502);
        assertThat(dropping.asked).hasSize(2);
        assertThat(bodies).hasSize(2).allSatisfy(each -> assertThat(each).contains("body"));
    }

    /** A request's body; chunks as they come. */
    private static String whole(TestServer.Asked asked, InputStream in) throws IOException {
        if (asked.header("transfer-encoding").isEmpty()) return asked.body();
        var text = new StringBuilder();
        while (!text.toString().endsWith("0\r\n\r\n")) {
            int next = in.read();
            if (next < 0) break;
            text.append((char) next);
        }
        return text.toString();
    }

    @Test
    void whyNothingIsAnsweredIsSaid() throws Exception {
        service("none", Map.of(HttpLabels.HOST, "none"), List.of());
        service("gone", Map.of(HttpLabels.HOST, "gone"), List.of(Ports.free(), Ports.free()));
        var slow = TestServer.that((_, in, _) -> in.read() >= 0);
        opened.add(slow);
        service("slow", Map.of(HttpLabels.HOST, "slow", HttpLabels.TIMEOUT, "100ms"), slow, slow);
        tell();
        var client = client();
        assertThat(client.get("none", "/")).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("no task of service none takes requests\n");
        });
        assertThat(client.get("gone", "/")).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("service gone cannot be reached").contains("tasks tried: 2");
        });
        assertThat(client().get("slow", "/")).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).isEqualTo("a task of service slow has not begun to answer in time\n");
        });
        assertThat(client().post("slow", "/", "x").status()).isEqualTo(504);
        await(() -> slow.connections.isEmpty());
        assertThat(slow.asked).hasSize(2);
    }

    @Test
    void answerThatBreaksOffIsNoWholeAnswer() throws Exception {
        var server = TestServer.closing("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
        opened.add(server);
        service("shop", Map.of(), server);
        tell();
        var client = client().send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(TestServer.head(client.in)).isPresent();
        assertThat(client.closed()).isTrue();
    }

    @Test
    void whoIsTakenOutGetsNothingNewAndFinishes() throws Exception {
        var hold = new CountDownLatch(1);
        var old = TestServer.that((asked, _, out) -> {
            if (asked.line().contains("/slow")) await(hold);
            return TestServer.say(out, "old");
        });
        opened.add(old);
        service("shop", Map.of(), old);
        tell();
        var idle = client();
        assertThat(idle.get("h", "/").body()).isEqualTo("old");
        var busy = client().send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
        await(() -> old.asked.size() == 2);
        service("shop", Map.of(), saying("new"));
        tell();
        await(() -> old.connections.size() == 1);
        assertThat(idle.get("h", "/").body()).isEqualTo("new");
        assertThat(client().get("h", "/slow").body()).isEqualTo("new");
        hold.countDown();
        assertThat(busy.answer().body()).isEqualTo("old");
        await(() -> old.connections.isEmpty());
        assertThat(busy.get("h", "/").body()).isEqualTo("new");
    }

    @Test
    void changeThatWasNotMadeIsNotTakenForMade() throws Exception {
        service("shop", Map.of(), saying("old"));
        tell();
        var before = table();
        var client = client();
        assertThat(client.get("h", "/").body()).isEqualTo("old");
        service("shop", Map.of(), saying("new"));
        for (int i = 0; i < 2; i++) {
            // The wait for the threads that still send by the old table breaks off.
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> door.tell(table())).isInstanceOf(IllegalStateException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(door.tell(before)).isEmpty();
        assertThat(client.get("h", "/").body()).isEqualTo("old");
        tell();
        assertThat(client.get("h", "/").body()).isEqualTo("new");
    }

    @Test
    void nothingIsLostHoweverOftenTheTableChanges() throws Exception {
        var servers = new ArrayList<TestServer>();
        var in = new ArrayList<AtomicBoolean>();
        var wrong = new ConcurrentLinkedQueue<String>();
        for (int i = 0; i < 4; i++) {
            var there = new AtomicBoolean(true);
            in.add(there);
            int number = i;
            var server = TestServer.that((asked, _, out) -> {
                if (!there.get()) wrong.add("server " + number + " is out and was sent " + asked.line());
                return TestServer.say(out, "s" + number);
            });
            opened.add(server);
            servers.add(server);
        }
        service("shop", Map.of(), servers.toArray(TestServer[]::new));
        tell();
        var stop = new AtomicBoolean();
        var answered = new AtomicIntegerArray(6);
        var clients = new ArrayList<Thread>();
        for (int i = 0; i < answered.length(); i++) {
            int caller = i;
            boolean posts = i % 2 == 0;
            clients.add(Thread.ofVirtual().start(() -> {
                try (var client = new TestClient(port)) {
                    while (!stop.get()) {
                        var answer = posts ? client.post("h", "/p", "body") : client.get("h", "/g");
                        if (answer.status() != 200) wrong.add(answer.head() + answer.body());
                        answered.incrementAndGet(caller);
                    }
                } catch (IOException e) {
                    wrong.add(e.toString());
                }
            }));
        }
        for (int round = 0; round < 150; round++) {
            int out = round % 4;
            var rest = new ArrayList<>(servers);
            rest.remove(out);
            service("shop", Map.of(), rest.toArray(TestServer[]::new));
            tell();
            // Requests that were sent before may wait for the server's own threads to take them: each caller has one at most.
            awaitAnswers(answered, wrong);
            in.get(out).set(false);
            awaitAnswers(answered, wrong);
            in.get(out).set(true);
            service("shop", Map.of(), servers.toArray(TestServer[]::new));
            tell();
        }
        stop.set(true);
        for (Thread client : clients) client.join();
        assertThat(wrong).isEmpty();
    }

    /** Until each caller has had one more answer, or something went wrong. */
    private static void awaitAnswers(AtomicIntegerArray answered, Queue<String> wrong) throws InterruptedException {
        int[] before = IntStream.range(0, answered.length()).map(answered::get).toArray();
        await(() -> !wrong.isEmpty() || IntStream.range(0, before.length).allMatch(i -> answered.get(i) > before[i]));
    }

    @Test
    void webSocketsGoThrough() throws Exception {
        var server = TestServer.that((asked, in, out) -> {
            if (asked.header("upgrade").isEmpty()) return TestServer.say(out, "plain");
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + asked.header("upgrade") + "\r\nConnection: " + asked.header("connection")
                    + "\r\nSec-WebSocket-Accept: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            int next;
            while ((next = in.read()) >= 0) out.write(next + 1);
            return false;
        });
        opened.add(server);
        service("chat", Map.of(), server);
        tell();
        var client = client();
        assertThat(client.get("h", "/").body()).isEqualTo("plain");
        var answer = client.get("h", "/ws", "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Key: k", "Sec-WebSocket-Version: 13");
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.header("Connection")).hasValue("Upgrade");
        assertThat(answer.header("Upgrade")).hasValue("websocket");
        client.send("abc");
        assertThat(new String(client.in.readNBytes(3), StandardCharsets.US_ASCII)).isEqualTo("bcd");
        // A table that no longer has the task leaves what is under way.
        service("chat", Map.of(), saying("other"));
        tell();
        client.send("x");
        assertThat(client.in.read()).isEqualTo('y');
        client.socket.shutdownOutput();
        assertThat(client.closed()).isTrue();
        await(() -> server.connections.isEmpty());
    }

    @Test
    void silentWebSocketStaysAndRequestForOneDoesNot() throws Exception {
        port = Ports.free();
        door = server(new HttpServer.Patience(Duration.ofMillis(200), Duration.ofMillis(300), Duration.ofMillis(200)));
        var server = TestServer.that((asked, in, out) -> {
            if (asked.line().contains("/plain")) return TestServer.say(out, "plain");
            out.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            int next;
            while ((next = in.read()) >= 0) out.write(next + 1);
            return false;
        });
        opened.add(server);
        service("chat", Map.of(), server);
        tell();
        var asking = "Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        var chat = answered("GET /ws HTTP/1.1\r\n" + asking + "\r\n", 101);
        for (int i = 0; i < 3; i++) {
            // Cut off after longer than the WebSocket would be.
            assertThat(client().send("POST /plain HTTP/1.1\r\n" + asking + "Content-Length: 10\r\n\r\nabc").closed()).isTrue();
            chat.send("x");
            assertThat(chat.in.read()).isEqualTo('y');
        }
        // What was sent last may not be known to have come yet.
        await(() -> keptAlive(port, chat.socket.getLocalPort()) && server.connections.stream().anyMatch(socket -> keptAlive(socket.getPort(), server.port())));
    }

    /** Whether the kernel has its keep-alive timer on a connection, seen from one end of it. */
    private static boolean keptAlive(int own, int other) {
        var ends = Pattern.compile(" *[0-9]+: [0-9A-F]*:%04X [0-9A-F]*:%04X 01 [0-9A-F:]+ 02:.*".formatted(own, other));
        try (var tcp = Files.lines(Path.of("/proc/net/tcp")); var tcp6 = Files.lines(Path.of("/proc/net/tcp6"))) {
            return Stream.concat(tcp, tcp6).anyMatch(line -> ends.matcher(line).matches());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void bodiesAreNotGathered() throws Exception {
        int megabytes = 48;
        var got = new AtomicInteger();
        var server = TestServer.that((asked, in, out) -> {
            int rest = Integer.parseInt(asked.header("x-size")) - asked.body().length();
            var buffer = new byte[65_536];
            while (rest > 0) {
                int read = in.read(buffer, 0, Math.min(buffer.length, rest));
                if (read < 0) return false;
                rest -= read;
                got.addAndGet(read);
            }
            out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + megabytes * 1_048_576 + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < megabytes; i++) out.write(new byte[1_048_576]);
            return true;
        });
        opened.add(server);
        service("files", Map.of(), server);
        tell();
        var client = client();
        int size = megabytes * 1_048_576;
        client.send("POST / HTTP/1.1\r\nHost: h\r\nX-Size: " + size + "\r\nContent-Length: " + size + "\r\n\r\n");
        for (int i = 0; i < megabytes; i++) client.socket.getOutputStream().write(new byte[1_048_576]);
        assertThat(client.answer().body()).hasSize(size);
        assertThat(got.get()).isEqualTo(size - 1_048_576);
    }

    @Test
    void partsOfAnAnswerComeAsTheyAreSent() throws Exception {
        var hold = new CountDownLatch(1);
        var server = TestServer.that((_, _, out) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n".getBytes(StandardCharsets.US_ASCII));
            await(hold);
            out.write("4\r\nlast\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return true;
        });
        opened.add(server);
        service("events", Map.of(), server);
        tell();
        var client = client().send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(TestServer.head(client.in)).isPresent();
        assertThat(new String(client.in.readNBytes(11), StandardCharsets.US_ASCII)).contains("first");
        hold.countDown();
        assertThat(new String(client.in.readNBytes(8), StandardCharsets.US_ASCII)).contains("last");
    }

    @Test
    void bodyIsSentWhenTheTaskWantsIt() throws Exception {
        var server = TestServer.that((asked, in, out) -> {
            if (asked.line().contains("/no")) {
                out.write("HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno".getBytes(StandardCharsets.US_ASCII));
                return false;
            }
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return TestServer.say(out, new String(in.readNBytes(4), StandardCharsets.US_ASCII));
        });
        opened.add(server);
        service("shop", Map.of(), server);
        tell();
        var client = client().send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        assertThat(TestServer.head(client.in)).hasValue("HTTP/1.1 100 Continue");
        assertThat(client.send("body").answer().body()).isEqualTo("body");
        assertThat(client().send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n").answer().status()).isEqualTo(413);
    }

    @Test
    void urlsOfTheHostAreUnderstood() throws Exception {
        var server = saying("a");
        service("shop", Map.of(HttpLabels.HOST, "shop.example", HttpLabels.PATH, "/a"), server);
        tell();
        assertThat(client().get("shop.example", "http://shop.example/a/b?c").body()).isEqualTo("a");
        assertThat(server.asked.getFirst().line()).isEqualTo("GET /a/b?c HTTP/1.1");
        assertThat(client().send("GET /a HTTP/1.0\r\nHost: shop.example\r\n\r\n").answer().body()).isEqualTo("a");
    }

    @Test
    void chunksArePassedOnAsChunksAndEndWhereTheyEnd() throws Exception {
        var server = TestServer.that((_, in, out) -> {
            var text = new StringBuilder();
            while (!text.toString().endsWith("\r\n0\r\n\r\n")) {
                int next = in.read();
                if (next < 0) return false;
                text.append((char) next);
            }
            return TestServer.say(out, text.toString().replace("\r\n", "|"));
        });
        opened.add(server);
        service("shop", Map.of(), server);
        tell();
        var client = client().send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\n\r\n");
        assertThat(client.answer().body()).contains("abc");
        assertThat(server.asked.getFirst().headers()).containsEntry("transfer-encoding", "chunked").doesNotContainKey("content-length");
    }

    @Test
    void takenPortIsSaidAndTakenLater() throws Exception {
        var other = new ServerSocket(port);
        opened.add(other);
        service("shop", Map.of(), saying("a"));
        assertThat(door.tell(table())).singleElement().satisfies(trouble -> {
            assertThat(trouble.kind()).isEqualTo(PortTrouble.Kind.HTTP);
            assertThat(trouble.about()).isEqualTo(port + "/tcp");
            assertThat(trouble.words()).isEqualTo("port " + port + "/tcp, which services are to be reached on by HTTP, is taken on this host by nginx (process 7)");
        });
        other.close();
        assertThat(door.tell(table())).isEmpty();
        assertThat(client().get("h", "/").body()).isEqualTo("a");
    }

    @Test
    void portIsFreeWithoutServices() throws Exception {
        assertThat(door.tell(table())).isEmpty();
        new ServerSocket(port).close();
        service("shop", Map.of(), saying("a"));
        tell();
        assertThat(client().get("h", "/").body()).isEqualTo("a");
        services.clear();
        tell();
        try (var again = new ServerSocket()) {
            again.setReuseAddress(true);
            again.bind(new InetSocketAddress(port));
        }
    }

    @Test
    void doorWithoutServicesDoesNothing() {
        try (var quiet = new Door(new DoorSettings(port, 0))) {
            assertThat(quiet.tell(DoorTable.EMPTY)).isEmpty();
        }
    }
}
