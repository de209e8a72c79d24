package io.cardume.bench;

import io.cardume.agent.door.Door;
import io.cardume.agent.door.DoorSettings;
import io.cardume.agent.door.DoorTable;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.link.BalancedService;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The two Java parts of {@code bench/door}: a door on its own, and clients of it that send a little and wait. */
public final class DoorBenchmark {
    private static final int BACKENDS = 3;
    private static final int PATIENCE_MILLIS = 20_000;

    private DoorBenchmark() {}

    /** Arguments: {@code door HTTP-PORT HTTPS-PORT BACKEND-PORT CERTIFICATE-AND-KEY}, or {@code stuck PORT CLIENTS KIND SECONDS}. */
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("door")) door(arguments);
        else stuck(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]), Kind.valueOf(arguments[3].toUpperCase(Locale.ROOT)), Integer.parseInt(arguments[4]));
    }

    private static void door(String[] arguments) throws Exception {
        var network = new NetworkId("ingress0id");
        var labels = new TreeMap<>(Map.of("cardume.http.port", arguments[3]));
        var secure = new TreeMap<>(labels);
        secure.putAll(Map.of("cardume.http.host", "secure", "cardume.http.tls", "pair"));
        var backends = new ArrayList<BalancedService.Backend>();
        for (int i = 1; i <= BACKENDS; i++)
            backends.add(new BalancedService.Backend(new TaskId("task" + i), new NodeId("here"), new TreeMap<>(Map.of(network, Ipv4.parse("127.0.0." + i)))));
        var services = List.of(
                new BalancedService(new ServiceId("plain"), "plain", new TreeMap<>(), List.of(), labels, backends),
                new BalancedService(new ServiceId("secure"), "secure", new TreeMap<>(), List.of(), secure, backends));
        var pair = new TreeMap<>(Map.of("pair", Payload.of(Files.readAllBytes(Path.of(arguments[4])))));
        var troubles = new Door(new DoorSettings(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2])))
                .tell(DoorTable.of(services, network, Optional.empty(), pair));
        if (!troubles.isEmpty()) throw new IllegalStateException(troubles.toString());
        new CountDownLatch(1).await();
    }

    /** What a client sends before it waits. */
    private enum Kind {
        /** Half of a request's head. */
        HEAD("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n"),
        /** Three bytes of a body of a hundred. */
        BODY("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc"),
        /** The same over TLS. */
        TLS("POST / HTTP/1.1\r\nHost: secure\r\nContent-Length: 100\r\n\r\nabc"),
        IDLE("");

        private final byte[] sent;

        Kind(String sent) {
            this.sent = sent.getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** What good clients have seen. */
    private record Seen(int asked, List<Long> millis) {
        @Override
        public String toString() {
            return "%d of %d answered".formatted(millis.size(), asked)
                    + (millis.isEmpty() ? "" : ", half within %d ms, all within %d ms".formatted(millis.get(millis.size() / 2), millis.getLast()));
        }
    }

    private static void stuck(int port, int clients, Kind kind, int seconds) throws Exception {
        var stuck = Collections.synchronizedList(new ArrayList<Socket>());
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
            for (int i = 0; i < clients; i++)
                threads.execute(() -> {
                    try {
                        stuck.add(opened(port, kind));
                    } catch (IOException e) {
                        // It was not let in.
                    }
                });
            TimeUnit.SECONDS.sleep(2);
            System.out.printf(Locale.ROOT, "  %,d of %,d wait (%s); beside them %s%n", stuck.size(), clients, kind, asked(port, kind, seconds));
        }
        long open = stuck.stream().filter(DoorBenchmark::isOpen).count();
        for (Socket socket : stuck) socket.close();
        System.out.printf(Locale.ROOT, "  %,d of them were not closed by then; after they have gone %s%n", open, asked(port, kind, 5));
    }

    private static boolean isOpen(Socket socket) {
        try {
            socket.setSoTimeout(1);
            // The back end answers before it has the whole of a request.
            socket.getInputStream().readAllBytes();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Socket opened(int port, Kind kind) throws IOException {
        var plain = new Socket();
        plain.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
        plain.setSoTimeout(PATIENCE_MILLIS);
        var socket = kind == Kind.TLS ? secured(plain, port) : plain;
        socket.getOutputStream().write(kind.sent);
        return socket;
    }

    private static SSLSocket secured(Socket plain, int port) throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
            var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true);
            socket.startHandshake();
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Trusting() implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Five requests a second, each on a connection of its own. */
    private static Seen asked(int port, Kind kind, int seconds) throws Exception {
        var answers = new ArrayList<Future<Long>>();
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
            for (int i = 0; i < seconds * 5; i++) {
                answers.add(threads.submit(() -> millis(port, kind)));
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
        var millis = new ArrayList<Long>();
        for (Future<Long> answer : answers) if (answer.get() >= 0) millis.add(answer.get());
        Collections.sort(millis);
        return new Seen(answers.size(), millis);
    }

    /** How long an answer took; -1 if there was none. */
    private static long millis(int port, Kind kind) {
        long began = System.nanoTime();
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
            plain.setSoTimeout(PATIENCE_MILLIS);
            var socket = kind == Kind.TLS ? secured(plain, port) : plain;
            var host = kind == Kind.TLS ? "secure" : "h";
            socket.getOutputStream().write(("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.startsWith("HTTP/1.1 200 ") ? TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) : -1;
        } catch (IOException e) {
            return -1;
        }
    }
}
