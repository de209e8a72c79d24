package io.cardume.agent.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cardume.agent.Ports;
import io.cardume.api.HttpLabels;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.link.PortTrouble;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class DoorTlsTest {
    /** A certificate as it may be in a secret: the key in the form of today, and in the older one of its algorithm. */
    private record Pem(String certificate, String key, String older) {}

    private static final SortedMap<String, Pem> MADE = new TreeMap<>();

    @TempDir
    private static Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private int http;
    private int https;

    @BeforeAll
    static void make() throws Exception {
        MADE.put("rsa", made("rsa", "RSA", "2048"));
        MADE.put("ec", made("ec", "EC", "256"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) one.close();
    }

    @Test
    void everyHostShowsItsCertificate() throws Exception {
        var server = TestServer.saying("a");
        opened.add(server);
        var door = door();
        var certificates = certificates(Map.of("rsa-cert", pem("rsa"), "ec-cert", pem("ec")));
        var table = table(server, certificates, Map.of("a.example", "rsa-cert", "*.b.example", "ec-cert"));
        assertThat(door.tell(table)).isEmpty();
        assertThat(shown("a.example")).isEqualTo("CN=rsa");
        assertThat(shown("x.b.example")).isEqualTo("CN=ec");
        assertThatThrownBy(() -> shown("c.example")).isInstanceOf(IOException.class);
        try (var client = tls("a.example")) {
            var answer = new TestClient(client).get("a.example", "/x");
            assertThat(answer.body()).isEqualTo("a");
            assertThat(server.asked.getFirst().headers()).containsEntry("x-forwarded-proto", "https");
        }
        // The same port, another certificate: nobody is disconnected for it.
        try (var client = tls("a.example")) {
            var kept = new TestClient(client);
            assertThat(kept.get("a.example", "/").body()).isEqualTo("a");
            assertThat(door.tell(table(server, certificates(Map.of("rsa-cert", pem("ec"))), Map.of("a.example", "rsa-cert")))).isEmpty();
            assertThat(kept.get("a.example", "/").body()).isEqualTo("a");
        }
        assertThat(shown("a.example")).isEqualTo("CN=ec");
    }

    @Test
    void plainHttpIsSentToHttps() throws Exception {
        var server = TestServer.saying("a");
        opened.add(server);
        var door = door();
        door.tell(table(server, certificates(Map.of("cert", pem("ec"))), Map.of("a.example", "cert")));
        try (var client = new TestClient(http)) {
            var answer = client.get("a.example:8080", "/x/y?z=1");
            assertThat(answer.status()).isEqualTo(308);
            assertThat(answer.header("Location")).hasValue("https://a.example:" + https + "/x/y?z=1");
        }
        assertThat(server.asked).isEmpty();
    }

    @Test
    void whatIsWrongWithACertificateIsSaid() throws Exception {
        var server = TestServer.saying("a");
        opened.add(server);
        var door = door();
        var hosts = Map.of("a.example", "cert");
        assertThat(door.tell(table(server, new TreeMap<>(), hosts))).singleElement().satisfies(trouble -> {
            assertThat(trouble.kind()).isEqualTo(PortTrouble.Kind.CERTIFICATE);
            assertThat(trouble.about()).isEqualTo("cert");
            assertThat(trouble.words()).isEqualTo("secret cert with a certificate has not been delivered");
        });
        assertThat(door.tell(table(server, certificates(Map.of("cert", "nonsense")), hosts))).singleElement()
                .satisfies(trouble -> assertThat(trouble.words()).startsWith("secret cert: it has no certificate"));
        var rsa = MADE.get("rsa");
        var ec = MADE.get("ec");
        assertThatThrownBy(() -> Identity.parse(bytes(rsa.certificate()))).hasMessageContaining("it has no key");
        assertThatThrownBy(() -> Identity.parse(bytes(rsa.certificate() + "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")))
                .hasMessageContaining("encrypted");
        assertThatThrownBy(() -> Identity.parse(bytes(rsa.certificate() + ec.key()))).isInstanceOfAny(IllegalArgumentException.class, java.security.GeneralSecurityException.class);
    }

    @Test
    void keysAreReadInEveryForm() throws Exception {
        for (Pem pem : MADE.values())
            for (String key : List.of(pem.key(), pem.older())) {
                assertThat(Identity.parse(bytes(pem.certificate() + key)).chain()).hasSize(1);
                assertThat(Identity.parse(bytes(key + "words in between\n" + pem.certificate() + pem.certificate())).chain()).hasSize(2);
            }
    }

    private HttpServer door() throws IOException {
        http = Ports.free();
        https = Ports.free();
        var door = new HttpServer(new DoorSettings(http, https), HttpServer.Patience.DEFAULT, HttpServer.Crowds.DEFAULT, _ -> Optional.of("nginx (process 7)"));
        opened.add(door);
        return door;
    }

    private static DoorTable table(TestServer server, SortedMap<String, Payload> certificates, Map<String, String> secrets) {
        var members = new ArrayList<Member>();
        new TreeMap<>(secrets).forEach((host, secret) -> {
            var labels = new TreeMap<>(Map.of(HttpLabels.PORT, "1", HttpLabels.HOST, host, HttpLabels.TLS, secret));
            var id = ("s" + members.size() + "0".repeat(25)).substring(0, 25);
            members.add(new Member(new ServiceId(id), "shop", HttpLabels.of(labels).orElseThrow(),
                    List.of(Target.of(new TaskId(id), new InetSocketAddress("127.0.0.1", server.port())))));
        });
        return new DoorTable(members, Optional.empty(), certificates);
    }

    private static String pem(String name) {
        return MADE.get(name).certificate() + MADE.get(name).key();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static SortedMap<String, Payload> certificates(Map<String, String> pems) {
        var all = new TreeMap<String, Payload>();
        pems.forEach((secret, pem) -> all.put(secret, Payload.of(bytes(pem))));
        return all;
    }

    private String shown(String host) throws Exception {
        try (var socket = tls(host)) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName();
        }
    }

    private SSLSocket tls(String host) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        var socket = (SSLSocket) context.getSocketFactory().createSocket(new Socket("127.0.0.1", https), host, https, true);
        var parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(host)));
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(60_000);
        socket.startHandshake();
        return socket;
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static Pem made(String name, String algorithm, String size) throws Exception {
        var store = directory.resolve(name + ".p12");
        var keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "a", "-keyalg",
                algorithm, algorithm.equals("EC") ? "-groupname" : "-keysize", algorithm.equals("EC") ? "secp" + size + "r1" : size, "-dname", "CN=" + name,
                "-storetype", "PKCS12", "-storepass", "secret", "-keystore", store.toString()).inheritIO().start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        var keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, "secret".toCharArray());
        }
        var key = keys.getKey("a", "secret".toCharArray()).getEncoded();
        return new Pem(block("CERTIFICATE", keys.getCertificate("a").getEncoded()), block("PRIVATE KEY", key), block(algorithm + " PRIVATE KEY", inner(key)));
    }

    private static String block(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind + "-----\n";
    }

    /** The key that PKCS 8 wraps: the content of the octet string after version and algorithm. */
    private static byte[] inner(byte[] pkcs8) {
        int at = content(pkcs8, 0);
        for (int i = 0; i < 2; i++) at = content(pkcs8, at) + length(pkcs8, at);
        return Arrays.copyOfRange(pkcs8, content(pkcs8, at), content(pkcs8, at) + length(pkcs8, at));
    }

    private static int content(byte[] der, int at) {
        return at + 2 + ((der[at + 1] & 255) < 128 ? 0 : der[at + 1] & 127);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 255;
        if (first < 128) return first;
        int length = 0;
        for (int i = 0; i < (first & 127); i++) length = length << 8 | der[at + 2 + i] & 255;
        return length;
    }
}
