package io.cardume.agent.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.Ports;
import io.cardume.api.HttpLabels;
import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.NodeId;
import io.cardume.api.Payload;
import io.cardume.api.ServiceId;
import io.cardume.api.TaskId;
import io.cardume.api.link.BalancedService;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A door with services whose tasks are servers of this test, and clients of it; all ends with the test. */
abstract class DoorScene {
    private static final NetworkId INGRESS = new NetworkId("ingressingressingressingr");

    final List<AutoCloseable> opened = new ArrayList<>();
    final SortedMap<String, BalancedService> services = new TreeMap<>();
    int port;
    HttpServer door;

    @BeforeEach
    void open() throws IOException {
        port = Ports.free();
        door = server(HttpServer.Patience.DEFAULT);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) one.close();
    }

    HttpServer server(HttpServer.Patience patience) {
        return server(patience, HttpServer.Crowds.DEFAULT);
    }

    HttpServer server(HttpServer.Patience patience, HttpServer.Crowds crowds) {
        var server = new HttpServer(new DoorSettings(port, 0), patience, crowds, _ -> Optional.of("nginx (process 7)"));
        opened.add(server);
        return server;
    }

    TestServer saying(String words) throws IOException {
        var server = TestServer.saying(words);
        opened.add(server);
        return server;
    }

    TestClient client() throws IOException {
        var client = new TestClient(port);
        opened.add(client);
        return client;
    }

    /** One that has had this answer; whoever is cut off because this machine stood still for a moment comes again. */
    TestClient answered(String request, int status) throws IOException {
        for (int tries = 0; ; tries++) {
            var client = client();
            try {
                assertThat(client.send(request).answer().status()).isEqualTo(status);
                return client;
            } catch (IOException e) {
                if (tries > 20) throw e;
            }
        }
    }

    void service(String name, Map<String, String> labels, TestServer... servers) {
        service(name, labels, List.of(servers).stream().map(TestServer::port).toList());
    }

    /** A service whose tasks are on so many ports: all of this host, which only a test has. */
    void service(String name, Map<String, String> labels, List<Integer> ports) {
        var all = new TreeMap<>(labels);
        all.put(HttpLabels.PORT, "1");
        services.put(name, new BalancedService(new ServiceId(id(name)), name, Collections.emptySortedMap(), List.of(), all, ports.stream()
                .map(port -> new BalancedService.Backend(new TaskId(id(name + port)), new NodeId(id("node")), new TreeMap<>(Map.of(INGRESS, new Ipv4(port)))))
                .toList()));
    }

    static String id(String name) {
        return (name.toLowerCase().replaceAll("[^a-z0-9]", "") + "0".repeat(25)).substring(0, 25);
    }

    DoorTable table() {
        var plain = DoorTable.of(services.values(), INGRESS, Optional.empty(), new TreeMap<String, Payload>());
        return new DoorTable(plain.members().stream().map(member -> new Member(member.service(), member.name(), member.labels(),
                member.targets().stream().map(target -> Target.of(target.task(), here(target))).toList())).toList(), Optional.empty(), plain.certificates());
    }

    static InetSocketAddress here(Target target) {
        var octets = target.address().getAddress().getAddress();
        return new InetSocketAddress("127.0.0.1", (octets[2] & 255) << 8 | octets[3] & 255);
    }

    void tell() {
        assertThat(door.tell(table())).isEmpty();
    }

    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) throw new IllegalStateException("waited in vain");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        var turn = new CountDownLatch(1);
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); !condition.getAsBoolean(); )
            if (System.nanoTime() > end) throw new AssertionError("waited in vain");
            else turn.await(2, TimeUnit.MILLISECONDS);
    }
}
