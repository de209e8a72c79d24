package io.cardume.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Services are reached by HTTP on every host, by path, by weight, by cookie and over TLS, and an update loses no request. */
@ExtendWith(OnFleet.class)
@Order(77)
class DoorwayIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    /** Answers a WebSocket's handshake and says again what is said. */
    private static final String ECHO = "printf '#!/bin/sh\\nwhile read -r l; do [ ${#l} -le 1 ] && break; done\\n"
            + "printf \"HTTP/1.1 101 Switching Protocols\\\\r\\\\nUpgrade: websocket\\\\r\\\\nConnection: Upgrade\\\\r\\\\n\\\\r\\\\n\"\\nexec cat\\n' > /bin/echoes; "
            + "busybox chmod 755 /bin/echoes; exec nc -ll -p 9000 -e /bin/echoes";

    private final Cluster cluster;
    private final Cli cli;

    DoorwayIT(Cluster cluster) {
        this.cluster = cluster;
        this.cli = cluster.cli();
    }

    @Test
    void servicesAreReachedOnEveryHostAndUpdatesLoseNothing(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("pem"), pem(directory));
        cli.run("secret", "create", "cert", directory.resolve("pem").toString()).ok();
        try (HttpClient http = client()) {
            service("shop", 3, List.of("port=8080", "weight=3", "sticky=lane"), "cardume/web:1");
            service("next", 1, List.of("port=8080"), "cardume/web:2");
            service("cart", 1, List.of("port=8080", "path=/cart", "tls=cert"), "cardume/web:1", "sh", "-c",
                    "busybox mkdir -p /www/cart; echo cart > /www/cart/index.html; exec /bin/web");
            service("chat", 1, List.of("port=9000", "path=/chat"), "cardume/web:1", "sh", "-c", ECHO);
            Map.of("shop", 3, "next", 1, "cart", 1, "chat", 1).forEach(cluster::awaitRunning);
            for (Host host : cluster.fleet().hosts()) {
                Await.until("the shop answers on " + host, SOON, () -> status(http, "http://" + host.address() + "/"), Integer.valueOf(200)::equals);
                Await.until("the cart answers on " + host, SOON, () -> body(http, "https://" + host.address() + "/cart/"), "cart\n"::equals);
                assertThat(get(http, "http://" + host.address() + "/cart/").headers().firstValue("Location"))
                        .hasValue("https://" + host.address() + "/cart/");
                echoes(host);
            }
            sharesByWeightAndSticks(http);
            updateLosesNothing();
            for (String service : List.of("shop", "cart", "chat")) cli.run("service", "rm", service).ok();
            Await.until("nobody answers any more", SOON, () -> isClosed(cluster.fleet().host(1)));
            Await.until("the secret goes", SOON, () -> cli.run("secret", "rm", "cert").exit() == 0);
        }
    }

    private void sharesByWeightAndSticks(HttpClient http) throws Exception {
        String url = "http://" + cluster.fleet().host(1).address() + "/";
        Await.until("each of the shop's three and the one of the next has its share", SOON, () -> {
            Map<String, Integer> counts = new TreeMap<>();
            for (int i = 0; i < 40; i++) counts.merge(get(http, url).body().strip(), 1, Integer::sum);
            return counts;
        }, counts -> List.copyOf(counts.values()).equals(List.of(10, 10, 10, 10)) && counts.keySet().stream().filter(who -> who.startsWith("v1 ")).count() == 3);
        HttpResponse<String> first = Await.until("a task of the shop answers", SOON, () -> get(http, url), answer -> answer.body().startsWith("v1"));
        String cookie = first.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
        for (Host host : cluster.fleet().hosts())
            Await.until("it is the same on " + host, SOON, () -> http.send(HttpRequest.newBuilder(URI.create("http://" + host.address() + "/")).timeout(ANSWER)
                    .header("Cookie", cookie).build(), BodyHandlers.ofString()).body(), first.body()::equals);
    }

    /** Clients that stay connected ask all the time, on every host, through an update, a way back, and fewer tasks. */
    private void updateLosesNothing() {
        var failures = new ConcurrentLinkedQueue<String>();
        var asked = new AtomicInteger();
        var versions = new ConcurrentLinkedQueue<String>();
        var stop = new AtomicBoolean();
        List<Thread> clients = new ArrayList<>();
        for (Host host : cluster.fleet().hosts())
            clients.add(Thread.ofPlatform().start(() -> {
                try (Socket socket = new Socket(host.address(), 80)) {
                    socket.setSoTimeout(Math.toIntExact(ANSWER.toMillis()));
                    while (!stop.get()) {
                        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: any\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                        String answer = answer(socket);
                        if (!answer.startsWith("HTTP/1.1 200")) failures.add(answer);
                        versions.add(answer.contains("v2 ") ? "v2" : "v1");
                        asked.incrementAndGet();
                    }
                } catch (IOException | RuntimeException e) {
                    failures.add(host + ": " + e);
                }
            }));
        cli.run("service", "rm", "next").ok();
        cli.run("service", "update", "--image", "cardume/web:2", "--update-parallelism", "1", "--update-monitor", "1s", "shop").ok();
        versions.clear();
        Await.until("only the new version answers", SOON, () -> versions.size() > 30);
        assertThat(List.copyOf(versions)).containsOnly("v2");
        cli.run("service", "scale", "shop=1").ok();
        cluster.awaitRunning("shop", 1);
        stop.set(true);
        Await.until("the clients end", SOON, () -> clients.stream().noneMatch(Thread::isAlive));
        assertThat(failures).as("of %d requests", asked.get()).isEmpty();
        assertThat(asked.get()).isGreaterThan(100);
    }

    private static String answer(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) text.append(next(socket));
        int length = Integer.parseInt(text.toString().replaceAll("(?is).*\r\nContent-Length: *([0-9]+)\r\n.*", "$1"));
        for (int i = 0; i < length; i++) text.append(next(socket));
        return text.toString();
    }

    private static char next(Socket socket) throws IOException {
        int next = socket.getInputStream().read();
        if (next < 0) throw new IOException("the connection was closed");
        return (char) next;
    }

    private static void echoes(Host host) {
        Await.until("a WebSocket goes through " + host, SOON, () -> {
            try (Socket socket = new Socket(host.address(), 80)) {
                socket.setSoTimeout(Math.toIntExact(ANSWER.toMillis()));
                socket.getOutputStream().write(("GET /chat HTTP/1.1\r\nHost: any\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\n"
                        + "Sec-WebSocket-Version: 13\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) head.append(next(socket));
                if (!head.toString().startsWith("HTTP/1.1 101")) return false;
                socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                return new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII).equals("hello");
            }
        });
    }

    private static boolean isClosed(Host host) throws IOException {
        try (Socket _ = new Socket(host.address(), 80)) {
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    private void service(String name, int replicas, List<String> labels, String... imageAndCommand) {
        List<String> command = new ArrayList<>(List.of("service", "create", "-d", "--no-resolve-image", "--name", name, "--replicas", String.valueOf(replicas)));
        for (String label : labels) command.addAll(List.of("--label", "cardume.http." + label));
        command.addAll(List.of(imageAndCommand));
        cli.run(command.toArray(String[]::new)).ok();
    }

    private static HttpResponse<String> get(HttpClient http, String url) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url)).timeout(ANSWER).build(), BodyHandlers.ofString());
    }

    private static int status(HttpClient http, String url) throws InterruptedException {
        try {
            return get(http, url).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private static String body(HttpClient http, String url) throws InterruptedException {
        try {
            return get(http, url).body();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static HttpClient client() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ANSWER).sslContext(context).build();
    }

    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static String pem(Path directory) throws GeneralSecurityException, IOException {
        Path store = directory.resolve("store");
        Ran.of(SOON, Map.of(), List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "a", "-keyalg", "EC",
                "-dname", "CN=doorway", "-storetype", "PKCS12", "-storepass", "secret", "-keystore", store.toString())).ok();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, "secret".toCharArray());
        }
        return block("CERTIFICATE", keys.getCertificate("a").getEncoded()) + block("PRIVATE KEY", keys.getKey("a", "secret".toCharArray()).getEncoded());
    }

    private static String block(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind + "-----\n";
    }
}
