package io.cardume.manager.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.BlobKind;
import io.cardume.api.BlobSpec;
import io.cardume.api.Payload;
import io.cardume.manager.cluster.Blob;
import io.cardume.manager.cluster.Change;
import io.cardume.manager.cluster.Draft;
import io.cardume.manager.gate.Limits;
import io.cardume.manager.gate.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers who take too much, over real sockets: each limit's words, and that others are served meanwhile. */
class LimitsOfTheApiTest {
    private static final Patience SHORT = new Patience(Duration.ofSeconds(1), Duration.ofSeconds(1), 1 << 10, Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(1));
    /** For what must not stand still, however slow this machine is. */
    private static final Patience LONGER = new Patience(Duration.ofSeconds(3), Duration.ofSeconds(3), 1 << 10, Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(1));
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) one.close();
    }

    private ServedCluster served(Limits limits) {
        var cluster = new ServedCluster(limits);
        open.add(cluster);
        return cluster;
    }

    private Socket connect(ServedCluster cluster) throws IOException {
        var socket = new Socket("127.0.0.1", cluster.port());
        open.add(socket);
        socket.setSoTimeout(60_000);
        return socket;
    }

    private Socket connect(ServedCluster cluster, String from) throws IOException {
        var socket = new Socket("127.0.0.1", cluster.port(), InetAddress.ofLiteral(from), 0);
        open.add(socket);
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** All of a body at the bound but its last bytes. */
    private Socket almost(ServedCluster cluster, String from, String header, int missing) throws IOException {
        var socket = connect(cluster, from);
        send(socket, "POST /services/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + "Content-Length: " + Exchange.LARGEST_BODY + "\r\n\r\n"
                + "x".repeat(Exchange.LARGEST_BODY - missing));
        return socket;
    }

    /** What one sends at once, each as much as one may, is bounded; it is told so, and room comes back. */
    @Test
    void bodiesOfOneCallerAreBoundedInWords() throws Exception {
        var cluster = served(Limits.usual().with(Limits.Name.API_BODY_BYTES, 4 << 20));
        var own = List.of(almost(cluster, "127.0.0.1", "", 1), almost(cluster, "127.0.0.1", "", 1));
        var fine = ServedCluster.service("web", 1);
        var ofOne = refusedAt(() -> cluster.post("/services/create", fine));
        assertThat(ofOne.status()).isEqualTo(429);
        assertThat(ofOne.header("Retry-After")).isEqualTo("1");
        assertThat(ofOne.message()).contains("127.0.0.1 has 2097152 bytes of requests' bodies in work", "api-body-bytes", "try again in 1 s");
        assertThat(cluster.get("/services").status()).as("reading goes on").isEqualTo(200);
        for (Socket one : own) {
            send(one, "x");
            assertThat(rest(one)).startsWith("HTTP/1.1 400");
        }
        assertThat(cluster.post("/services/create", ServedCluster.service("last", 1)).status()).isEqualTo(201);
    }

    /** A user is one caller, from wherever; and what comes without end gives way after some seconds where others have no room. */
    @Test
    void whoTricklesBodiesGivesWayToOthers() throws Exception {
        var cluster = served(Limits.usual().with(Limits.Name.API_BODY_BYTES, 4 << 20));
        var ana = cluster.user("{\"Name\":\"ana\",\"Role\":\"deployer\"}");
        var token = "Authorization: Bearer " + ana + "\r\n";
        var trickling = almost(cluster, "127.0.0.1", token, 1_000);
        // The others come later for sure.
        await(() -> queued(trickling.getLocalPort(), cluster.port()).startsWith("00000000:")
                && queued(cluster.port(), trickling.getLocalPort()).endsWith(":00000000"));
        var sender = Thread.ofVirtual().start(() -> {
            try {
                // Ends with the connection.
                while (true) {
                    send(trickling, "x");
                    LockSupport.parkNanos(100_000_000);
                }
            } catch (IOException e) {
                // it gave way
            }
        });
        var slow = almost(cluster, "127.0.1.1", token, 1);
        var more = " ".repeat(2_000) + ServedCluster.service("web", 1);
        assertThat(refusedAt(() -> cluster.as(ana, "POST", "/services/create", more)).message()).contains("user ana has 2097152 bytes of requests' bodies in work");
        var other = almost(cluster, "127.0.1.2", "", 1);
        var statuses = new ArrayList<Integer>();
        // What was sent last may not have come yet.
        for (long end = System.nanoTime() + 60_000_000_000L; sender.isAlive() && System.nanoTime() < end; )
            statuses.add(cluster.post("/services/create", " ".repeat(2_000) + ServedCluster.service("s" + statuses.size(), 1)).status());
        assertThat(sender.isAlive()).as("it was cut off; others were answered with " + statuses).isFalse();
        assertThat(cluster.post("/services/create", ServedCluster.service("last", 1)).status()).isEqualTo(201);
        await(() -> cluster.audit.newest(1_000).stream().anyMatch(entry -> entry.status() == 503 && entry.message().orElse("").contains("came too slowly")));
        for (Socket one : List.of(slow, other)) {
            send(one, "x");
            assertThat(rest(one)).as("who has less, and came later, is waited for").startsWith("HTTP/1.1 400");
        }
    }

    /** What is on its way may not have come yet. */
    private static ServedCluster.Answer refusedAt(Supplier<ServedCluster.Answer> asked) {
        var last = asked.get();
        for (long end = System.nanoTime() + 60_000_000_000L; last.status() < 429 && System.nanoTime() < end; ) last = asked.get();
        return last;
    }

    /** The kernel asks whether the other host is still there. */
    @Test
    void aStreamWhoseHostIsGoneIsFoundOut() throws Exception {
        var cluster = served(Limits.usual());
        var events = connect(cluster);
        send(events, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(events.getInputStream().read()).isEqualTo('H');
        await(() -> timer(cluster.port(), events.getLocalPort()).startsWith("02:"));
    }

    /** The timer that runs for one end of a connection of this host, as the kernel says it: 02 is that of keep-alive. */
    private static String timer(int local, int remote) {
        return kernelSays(local, remote, 5);
    }

    /** The bytes that one end of a connection of this host has sent and are not acknowledged, and those that it has not read yet; in hexadecimal digits. */
    private static String queued(int local, int remote) {
        return kernelSays(local, remote, 4);
    }

    private static String kernelSays(int local, int remote, int column) {
        try {
            for (String file : List.of("/proc/net/tcp", "/proc/net/tcp6"))
                for (String line : Files.readAllLines(Path.of(file))) {
                    var words = line.strip().split(" +");
                    if (words[1].endsWith(":%04X".formatted(local)) && words[2].endsWith(":%04X".formatted(remote))) return words[column];
                }
            return "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    /** All that comes until the manager closes. */
    private static String rest(Socket socket) throws IOException {
        try {
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        } catch (SocketException e) {
            return "";
        }
    }

    /** What comes until the end of an answer whose length is said. */
    private static String answer(Socket socket) throws IOException {
        var text = new StringBuilder();
        int missing = -1;
        while (missing != 0) {
            int next = socket.getInputStream().read();
            if (next < 0) return text.toString();
            text.append((char) next);
            if (missing > 0) missing--;
            else if (text.indexOf("\r\n\r\n") >= 0)
                missing = Integer.parseInt(text.toString().split("(?i)content-length: *")[1].split("\r")[0]);
        }
        return text.toString();
    }

    @Test
    void idleConnectionsGiveWayToNewOnes() throws Exception {
        var cluster = served(Limits.usual().with(Limits.Name.API_CONNECTIONS_PER_CALLER, 8));
        for (int i = 0; i < 40; i++) {
            connect(cluster);
            var kept = connect(cluster);
            send(kept, "GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(answer(kept)).as("connection " + i).startsWith("HTTP/1.1 200");
        }
        assertThat(cluster.get("/services").status()).isEqualTo(200);
    }

    @Test
    void whereAllConnectionsAreInUseOneMoreIsToldSo() throws Exception {
        var cluster = served(Limits.usual().with(Limits.Name.API_CONNECTIONS_PER_CALLER, 4));
        for (int i = 0; i < 4; i++) {
            var stream = connect(cluster);
            send(stream, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(stream.getInputStream().read()).isEqualTo('H');
        }
        var one = connect(cluster);
        send(one, "GET /services HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(rest(one)).startsWith("HTTP/1.1 503").contains("Retry-After: 1").contains("api-connections-per-caller");
    }

    @Test
    void aHeadThatDoesNotEndIsCutOffInWords() throws Exception {
        var cluster = served(Limits.usual().with(SHORT));
        var silent = connect(cluster);
        var slow = connect(cluster);
        send(slow, "GET /services HTTP/1.1\r\nHost: localhost\r\nX: ");
        var kept = connect(cluster);
        send(kept, "GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
        answer(kept);
        send(kept, "GET /ser");
        for (Socket one : List.of(silent, slow, kept))
            assertThat(rest(one)).startsWith("HTTP/1.1 408").contains("the request's head did not come within 1 s");
    }

    @Test
    void aHeadThatIsTooLargeIsRefusedInWords() throws Exception {
        var cluster = served(Limits.usual());
        var headers = connect(cluster);
        send(headers, "GET /_ping HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(70_000) + "\r\n\r\n");
        assertThat(rest(headers)).startsWith("HTTP/1.1 431").contains("larger than 65536 bytes, which is the most");
        var line = connect(cluster);
        send(line, "GET /" + "x".repeat(70_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(rest(line)).startsWith("HTTP/1.1 414").contains("larger than 65536 bytes, which is the most");
    }

    @Test
    void aBodyThatStandsStillOrTricklesIsGivenUpInWords() throws Exception {
        var cluster = served(Limits.usual().with(SHORT));
        var still = connect(cluster);
        send(still, "POST /services/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
        var longer = served(Limits.usual().with(LONGER));
        var trickling = connect(longer);
        send(trickling, "POST /services/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{");
        var sender = Thread.ofVirtual().start(() -> {
            try {
                // Ends with the connection.
                while (true) {
                    send(trickling, " ");
                    trickling.getOutputStream().flush();
                    LockSupport.parkNanos(100_000_000);
                }
            } catch (IOException e) {
                // cut off
            }
        });
        assertThat(rest(still)).startsWith("HTTP/1.1 408").contains("comes too slowly: nothing came for 1 s");
        assertThat(answer(trickling)).startsWith("HTTP/1.1 408").contains("comes too slowly").contains("the least is 1024 a second");
        trickling.close();
        sender.join();
        for (var each : List.of(cluster, longer)) assertThat(each.get("/_ping").status()).isEqualTo(200);
    }

    @Test
    void whoReadsNoAnswerIsCutOff() throws Exception {
        var cluster = served(Limits.usual().with(LONGER));
        for (int i = 0; i < 20; i++) {
            var socket = connect(cluster);
            var body = big("s" + i);
            send(socket, "POST /services/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            assertThat(rest(socket)).startsWith("HTTP/1.1 201");
        }
        await(() -> cluster.api.connections() == 0);
        var deaf = connect(cluster);
        deaf.setReceiveBufferSize(4_096);
        for (int i = 0; i < 10; i++) send(deaf, "GET /services HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(deaf.getInputStream().read()).isEqualTo('H');
        assertThat(cluster.api.connections()).isEqualTo(1);
        // What the manager writes fills the kernel's buffers; from then on its patience runs.
        await(() -> cluster.api.connections() == 0);
    }

    private static String big(String name) {
        return "{\"Name\":\"" + name + "\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"web:1\",\"Env\":[\"A=" + "x".repeat(500_000) + "\"]}}}";
    }

    private static void await(BooleanSupplier met) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!met.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in vain").isLessThan(end);
            LockSupport.parkNanos(10_000_000);
        }
    }

    @Test
    void whoAsksTooOftenIsToldWhenToAskAgain() {
        var cluster = served(Limits.usual().with(Limits.Name.API_REQUESTS_PER_SECOND, 1).with(Limits.Name.API_REQUESTS_AT_ONCE, 5));
        var last = cluster.get("/_ping");
        for (int i = 0; i < 20 && last.status() == 200; i++) last = cluster.get("/_ping");
        assertThat(last.status()).isEqualTo(429);
        assertThat(last.header("Retry-After")).isEqualTo("1");
        assertThat(last.message()).contains("too many requests from 127.0.0.1").contains("api-requests-per-second").contains("try again in 1 s");
    }

    @Test
    void streamsAreCountedWhateverTheyAre() throws Exception {
        var cluster = served(Limits.usual().with(Limits.Name.API_STREAMS_PER_CALLER, 2));
        cluster.post("/services/create", ServedCluster.service("web", 1));
        cluster.agentsAct();
        var events = connect(cluster);
        send(events, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var logs = connect(cluster);
        send(logs, "GET /services/web/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        for (Socket one : List.of(events, logs)) assertThat(one.getInputStream().read()).isEqualTo('H');
        for (String more : List.of("/events", "/services/web/logs?stdout=1&follow=1")) {
            var refused = cluster.get(more);
            assertThat(refused.status()).as(more).isEqualTo(429);
            assertThat(refused.message()).contains("127.0.0.1 has 2 open streams already (api-streams-per-caller)");
        }
        logs.close();
        await(() -> cluster.get("/services/web/logs?stdout=1").status() == 200);
    }

    /** However much happens: what waits for it is bounded, and then it is let go. */
    @Test
    void whoReadsNoEventsIsLetGo() throws Exception {
        var cluster = served(Limits.usual().with(Limits.Name.API_REQUESTS_AT_ONCE, 1_000_000));
        var deaf = connect(cluster);
        deaf.setReceiveBufferSize(4_096);
        send(deaf, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(deaf.getInputStream().read()).isEqualTo('H');
        int made = 0;
        for (; cluster.api.connections() > 0 && made < 200_000; made += 500) cluster.done(LimitsOfTheApiTest::manyConfigs);
        assertThat(made).isBetween(1_000, 199_999);
        assertThat(cluster.get("/_ping").status()).isEqualTo(200);
    }

    /** Those of before go, and as many others come. */
    private static Void manyConfigs(Draft draft) {
        draft.state().blobs().keySet().forEach(id -> draft.add(new Change.BlobRemoved(id)));
        for (int i = 0; i < 500; i++)
            draft.put(Blob.of(draft.newBlobId(), BlobKind.CONFIG, new BlobSpec("config-" + i, new TreeMap<>(), Payload.NONE, Optional.empty()), draft.now()));
        return null;
    }

    @Test
    void jsonIsBoundedInDepthAndCountAndLengthsInWords() {
        var cluster = served(Limits.usual());
        for (var row : List.of(
                List.of("{\"a\":".repeat(101) + "1" + "}".repeat(101), "nesting depth (101) exceeds the maximum allowed (100)"),
                List.of("{\"a\":[" + "[],".repeat(150_000) + "[]]}", "Token count (200001) exceeds the maximum allowed (200000)"),
                List.of("{\"a\":" + "9".repeat(101) + "}", "Number value length (101) exceeds the maximum allowed (100)"),
                List.of("{\"" + "a".repeat(5_000) + "\":1}", "Name length"))) {
            var answer = cluster.post("/services/create", row.getFirst());
            assertThat(answer.status()).as(row.getLast()).isEqualTo(400);
            assertThat(answer.message()).contains(row.getLast()).doesNotContain("StreamReadConstraints");
        }
    }
}
