package io.cardume.agent.balance;

import io.cardume.api.Ipv4;
import io.cardume.api.link.PortTrouble;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on published ports, so that nobody else on the host takes them for free. Over IPv4 the kernel leads connections
 * on before they come here; what does come, over IPv6, is passed on to the back ends in turn.
 */
final class PublishedPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedPorts.class);
    private static final int BACKLOG = 1_024;
    private static final int CONNECTIONS = 1_024;
    private static final int TALKS = 256;
    private static final int PACKET = 65_535;
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration TALK = Duration.ofSeconds(30);

    private interface Listening extends AutoCloseable {
        @Override
        void close();
    }

    private final PortOwners owners = new PortOwners(Path.of("/proc"));
    private final SortedMap<Published, Listening> held = new TreeMap<>();
    private final Semaphore connections = new Semaphore(CONNECTIONS);
    private final Semaphore talks = new Semaphore(TALKS);
    private volatile SortedMap<Published, Balances.Port> leading = new TreeMap<>();

    /** Listens on these ports and no others; on which of them it cannot, and why. */
    synchronized List<PortTrouble> hold(SortedSet<Published> wanted) {
        for (Published old : List.copyOf(held.keySet())) if (!wanted.contains(old)) held.remove(old).close();
        var troubles = new ArrayList<PortTrouble>();
        for (Published published : wanted) {
            if (held.containsKey(published)) continue;
            try {
                held.put(published, published.protocol().equals("udp") ? new Talks(published) : new Connections(published));
            } catch (IOException e) {
                troubles.add(new PortTrouble(published.protocol(), published.port(), words(published, e)));
            }
        }
        return troubles;
    }

    private String words(Published published, IOException e) {
        return owners.of(published).map(owner -> "port " + published + " is taken on this host by " + owner)
                .orElseGet(() -> "port " + published + " cannot be listened on: " + e.getMessage());
    }

    /** Passes on to these from now on. */
    void lead(SortedMap<Published, Balances.Port> ports) {
        leading = ports;
    }

    /** Where the next one on a port is to be passed on, the others after it. */
    private List<InetSocketAddress> backends(Published published, AtomicInteger turn) {
        var port = leading.get(published);
        if (port == null || port.backends().isEmpty()) return List.of();
        var all = new ArrayList<InetSocketAddress>();
        int first = Math.floorMod(turn.getAndIncrement(), port.backends().size());
        for (int i = 0; i < port.backends().size(); i++) {
            var target = port.backends().get((first + i) % port.backends().size());
            all.add(new InetSocketAddress(target.address().toString(), target.port()));
        }
        return all;
    }

    @Override
    public synchronized void close() {
        held.values().forEach(Listening::close);
        held.clear();
    }

    private final class Connections implements Listening {
        private final Published published;
        private final ServerSocket server;
        private final AtomicInteger turn = new AtomicInteger();

        Connections(Published published) throws IOException {
            this.published = published;
            this.server = new ServerSocket(published.port(), BACKLOG);
            Thread.ofVirtual().name("port-" + published).start(this::accept);
        }

        private void accept() {
            while (!server.isClosed()) {
                try {
                    var client = server.accept();
                    if (connections.tryAcquire()) Thread.ofVirtual().name("port-" + published + "/pass").start(() -> pass(client));
                    else client.close();
                } catch (IOException e) {
                    if (!server.isClosed()) LOG.debug("port {}: {}", published, e.getMessage());
                }
            }
        }

        private void pass(Socket client) {
            try (client) {
                for (InetSocketAddress backend : backends(published, turn)) {
                    try (var there = new Socket()) {
                        try {
                            there.connect(backend, (int) CONNECT.toMillis());
                        } catch (IOException e) {
                            continue;
                        }
                        client.setTcpNoDelay(true);
                        there.setTcpNoDelay(true);
                        var back = Thread.ofVirtual().start(() -> copy(there, client));
                        copy(client, there);
                        back.join();
                        return;
                    }
                }
                // Nobody takes it: it ends as a refused one does.
                client.setSoLinger(true, 0);
            } catch (IOException e) {
                LOG.debug("port {}: {}", published, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                connections.release();
            }
        }

        /** What one says the other hears, until it has said all. */
        private void copy(Socket from, Socket to) {
            try {
                from.getInputStream().transferTo(to.getOutputStream());
                to.shutdownOutput();
            } catch (IOException e) {
                try {
                    from.close();
                    to.close();
                } catch (IOException closing) {
                    LOG.debug("port {}: {}", published, closing.getMessage());
                }
            }
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                LOG.debug("port {}: {}", published, e.getMessage());
            }
        }
    }

    private final class Talks implements Listening {
        private final Published published;
        private final DatagramSocket server;
        private final AtomicInteger turn = new AtomicInteger();
        private final Map<SocketAddress, DatagramSocket> open = new ConcurrentHashMap<>();

        Talks(Published published) throws IOException {
            this.published = published;
            this.server = new DatagramSocket(published.port());
            Thread.ofVirtual().name("port-" + published).start(this::receive);
        }

        private void receive() {
            var packet = new DatagramPacket(new byte[PACKET], PACKET);
            while (!server.isClosed()) {
                try {
                    packet.setLength(PACKET);
                    server.receive(packet);
                    var client = packet.getSocketAddress();
                    var talk = Optional.ofNullable(open.get(client)).filter(this::leads);
                    if (talk.isEmpty()) talk = begin(client);
                    if (talk.isPresent())
                        talk.get().send(new DatagramPacket(packet.getData(), packet.getLength(), talk.get().getRemoteSocketAddress()));
                } catch (IOException e) {
                    if (!server.isClosed()) LOG.debug("port {}: {}", published, e.getMessage());
                }
            }
        }

        private boolean leads(DatagramSocket talk) {
            var port = leading.get(published);
            return port != null && !talk.isClosed() && Ipv4.of(talk.getInetAddress().getHostAddress())
                    .map(address -> new Balances.Target(address, talk.getPort())).filter(port.backends()::contains).isPresent();
        }

        private Optional<DatagramSocket> begin(SocketAddress client) throws IOException {
            Optional.ofNullable(open.remove(client)).ifPresent(DatagramSocket::close);
            var backends = backends(published, turn);
            if (backends.isEmpty() || !talks.tryAcquire()) return Optional.empty();
            var talk = new DatagramSocket();
            talk.connect(backends.getFirst());
            talk.setSoTimeout((int) TALK.toMillis());
            open.put(client, talk);
            Thread.ofVirtual().name("port-" + published + "/talk").start(() -> answer(client, talk));
            return Optional.of(talk);
        }

        private void answer(SocketAddress client, DatagramSocket talk) {
            var packet = new DatagramPacket(new byte[PACKET], PACKET);
            try (talk) {
                while (!server.isClosed()) {
                    packet.setLength(PACKET);
                    talk.receive(packet);
                    server.send(new DatagramPacket(packet.getData(), packet.getLength(), client));
                }
            } catch (SocketTimeoutException e) {
                LOG.trace("port {}: {} is silent", published, client);
            } catch (IOException e) {
                LOG.debug("port {}: {}", published, e.getMessage());
            } finally {
                open.remove(client, talk);
                talks.release();
            }
        }

        @Override
        public void close() {
            server.close();
            open.values().forEach(DatagramSocket::close);
        }
    }
}
