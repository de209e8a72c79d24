package io.cardume.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.agent.Ports;
import io.cardume.api.Ipv4;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class PublishedPortsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final List<String> warnings = new CopyOnWriteArrayList<>();

    private static void lead(PublishedPorts ports, Published published, int backend) {
        assertThat(ports.hold(new TreeSet<>(List.of(published)))).isEmpty();
        var leading = new TreeMap<Published, Balances.Port>();
        leading.put(published, new Balances.Port(List.of(new Balances.Target(Ipv4.parse("127.0.0.1"), backend)), List.of()));
        ports.lead(leading);
    }

    @Test
    void takenPortIsWarnedOfOnce() throws Exception {
        try (var ports = new PublishedPorts(warnings::add); var other = new ServerSocket(0)) {
            var wanted = new TreeSet<>(List.of(new Published("tcp", other.getLocalPort())));
            assertThat(ports.hold(wanted)).hasSize(1);
            assertThat(ports.hold(wanted)).hasSize(1);
            assertThat(warnings).singleElement().asString().startsWith("port " + other.getLocalPort() + "/tcp is taken on this host by ");
            // Once nobody wants it the next one who does is told again.
            ports.hold(new TreeSet<>());
            ports.hold(wanted);
            assertThat(warnings).hasSize(2);
        }
    }

    @Test
    void connectionsAreAskedWhetherTheyLive() throws Exception {
        try (var ports = new PublishedPorts(warnings::add); var backend = new ServerSocket(0)) {
            var published = new Published("tcp", Ports.free());
            lead(ports, published, backend.getLocalPort());
            try (var client = new Socket(HERE, published.port()); var there = backend.accept()) {
                there.getOutputStream().write(1);
                assertThat(client.getInputStream().read()).isEqualTo(1);
                // As the kernel lists them: 01 is a connection, 02: the timer by which it asks, once what was sent is known to have come.
                for (long end = System.nanoTime() + 60_000_000_000L; !timers(published.port(), backend.getLocalPort()).equals(List.of("02", "02")); LockSupport.parkNanos(10_000_000))
                    assertThat(System.nanoTime()).as("timers %s", timers(published.port(), backend.getLocalPort())).isLessThan(end);
            }
        }
    }

    /** Of the connections that were taken at one port and made to the other. */
    private static List<String> timers(int taken, int made) throws IOException {
        return Files.readAllLines(Path.of("/proc/net/tcp6")).stream().map(line -> line.strip().split(" +"))
                .filter(words -> words[3].equals("01") && (words[1].endsWith(":%04X".formatted(taken)) || words[2].endsWith(":%04X".formatted(made))))
                .map(words -> words[5].split(":")[0]).toList();
    }

    @Test
    void whoIsSilentForLongestMakesRoom() throws Exception {
        var clients = new ArrayList<DatagramSocket>();
        try (var ports = new PublishedPorts(warnings::add); var backend = new DatagramSocket(0, HERE)) {
            Thread.ofVirtual().start(() -> echo(backend));
            int port = Ports.free();
            lead(ports, new Published("udp", port), backend.getLocalPort());
            for (int i = 0; i < 300; i++) {
                var client = new DatagramSocket();
                clients.add(client);
                client.connect(new InetSocketAddress(HERE, port));
                client.setSoTimeout(60_000);
                // Twice, as one who has had his one answer is not kept for long.
                for (int j = 0; j < 2; j++) assertThat(asked(client, i)).isEqualTo(i % 100);
            }
            assertThat(asked(clients.getFirst(), 7)).isEqualTo(7);
            assertThat(warnings).singleElement().asString().contains("256");
        } finally {
            clients.forEach(DatagramSocket::close);
        }
    }

    private static int asked(DatagramSocket client, int what) throws IOException {
        client.send(new DatagramPacket(new byte[] {(byte) (what % 100)}, 1));
        var answer = new DatagramPacket(new byte[1], 1);
        client.receive(answer);
        return answer.getData()[0];
    }

    private static void echo(DatagramSocket backend) {
        var packet = new DatagramPacket(new byte[1], 1);
        try {
            while (true) {
                backend.receive(packet);
                backend.send(packet);
            }
        } catch (IOException e) {
            // The test is over.
        }
    }
}
