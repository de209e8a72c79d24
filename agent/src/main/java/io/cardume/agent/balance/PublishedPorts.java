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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;
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
    /** Most have but a question and its answer, as those with name servers do. */
    private static final Duration ANSWERED = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** Who has vanished without a word is found out within a minute. */
    private static final int SILENT_SECONDS = 30;
    private static final int ASKED_EVERY_SECONDS = 10;
    private static final int ASKED_TIMES = 3;

    private interface Listening extends AutoCloseable {
        @Override
        void close();
    }

    private final PortOwners owners = new PortOwners(Path.of("/proc"));
    private final SortedMap<Published, Listening> held = new TreeMap<>();
    private final Semaphore connections = new Semaphore(CONNECTIONS);
    /** Those over UDP, who has been silent for longest first. */
    private final Set<Talk> talks = new LinkedHashSet<>();
    private final SortedMap<Published, String> warned = new TreeMap<>();
    private final Consumer<String> warning;
    private boolean crowded;
    private volatile SortedMap<Published, Balances.Port> leading = new TreeMap<>();

    PublishedPorts() {
        this(LOG::warn);
    }

    /** @param warning hears what the host's owner ought to know, once */
    PublishedPorts(Consumer<String> warning) {
        this.warning = warning;
    }

    /** Listens on these ports and no others; on which of them it cannot, and why. */
    synchronized List<PortTrouble> hold(SortedSet<Published> wanted) {
        for (Published old : List.copyOf(held.keySet())) if (!wanted.contains(old)) held.remove(old).close();
        warned.keySet().retainAll(wanted);
        var troubles = new ArrayList<PortTrouble>();
        for (Published published : wanted) {
            if (held.containsKey(published)) continue;
            try {
                held.put(published, published.isUdp() ? new Talks(published) : new Connections(published));
                warned.remove(published);
            } catch (IOException e) {
                var words = words(published, e);
                if (!words.equals(warned.put(published, words))) warning.accept(words);
                troubles.add(new PortTrouble(PortTrouble.Kind.PUBLISHED, published.toString(), words));
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
                    if (server.isClosed()) return;
                    LOG.debug("port {}: {}", published, e.getMessage());
                    // Mostly as there are too many open files, which goes on for a while.
                    LockSupport.parkNanos(PAUSE.toNanos());
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
                        settle(client);
                        settle(there);
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

        private void settle(Socket socket) throws IOException {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, SILENT_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, ASKED_EVERY_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, ASKED_TIMES);
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

    /** What somebody has to say to a back end over UDP, and what he is answered. */
    private static final class Talk {
        private final SocketAddress client;
        private final DatagramSocket socket;
        private volatile long last = System.nanoTime();
        private volatile int questions;
        private volatile int answers;

        Talk(SocketAddress client, DatagramSocket socket) {
            this.client = client;
            this.socket = socket;
        }

        /** How long it is kept if nothing more is said. */
        private int leftMillis() {
            var life = questions == 1 && answers == 1 ? ANSWERED : TALK;
            return (int) Math.max(0, life.toMillis() - Duration.ofNanos(System.nanoTime() - last).toMillis());
        }
    }

    /** Something was said; where there are too many, who has been silent for longest ends. */
    private void heard(Talk talk) {
        talk.last = System.nanoTime();
        synchronized (talks) {
            talks.remove(talk);
            if (talk.socket.isClosed()) return;
            if (talks.size() >= TALKS) {
                if (!crowded) warning.accept("more than " + TALKS + " speak over IPv6 to UDP ports at once: those that are silent for longest are forgotten");
                crowded = true;
                var oldest = talks.iterator().next();
                talks.remove(oldest);
                oldest.socket.close();
            }
            talks.add(talk);
        }
    }

    private void ended(Talk talk) {
        talk.socket.close();
        synchronized (talks) {
            talks.remove(talk);
        }
    }

    private final class Talks implements Listening {
        private final Published published;
        private final DatagramSocket server;
        private final AtomicInteger turn = new AtomicInteger();
        private final Map<SocketAddress, Talk> open = new ConcurrentHashMap<>();

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
                    if (talk.isPresent()) say(talk.get(), packet);
                } catch (IOException e) {
                    if (!server.isClosed()) LOG.debug("port {}: {}", published, e.getMessage());
                }
            }
        }

        private void say(Talk talk, DatagramPacket packet) throws IOException {
            // Before it is sent, as the answer may come at once.
            talk.questions = Math.min(2, talk.questions + 1);
            heard(talk);
            talk.socket.send(new DatagramPacket(packet.getData(), packet.getLength(), talk.socket.getRemoteSocketAddress()));
        }

        private boolean leads(Talk talk) {
            var port = leading.get(published);
            return port != null && !talk.socket.isClosed() && Ipv4.of(talk.socket.getInetAddress().getHostAddress())
                    .map(address -> new Balances.Target(address, talk.socket.getPort())).filter(port.backends()::contains).isPresent();
        }

        private Optional<Talk> begin(SocketAddress client) throws IOException {
            Optional.ofNullable(open.remove(client)).ifPresent(old -> old.socket.close());
            var backends = backends(published, turn);
            if (backends.isEmpty()) return Optional.empty();
            var socket = new DatagramSocket();
            socket.connect(backends.getFirst());
            var talk = new Talk(client, socket);
            open.put(client, talk);
            heard(talk);
            Thread.ofVirtual().name("port-" + published + "/talk").start(() -> answer(talk));
            return Optional.of(talk);
        }

        private void answer(Talk talk) {
            var packet = new DatagramPacket(new byte[PACKET], PACKET);
            try {
                for (int left = talk.leftMillis(); left > 0 && !server.isClosed(); left = talk.leftMillis()) {
                    talk.socket.setSoTimeout(left);
                    packet.setLength(PACKET);
                    try {
                        talk.socket.receive(packet);
                    } catch (SocketTimeoutException e) {
                        // He may have asked meanwhile.
                        continue;
                    }
                    talk.answers = Math.min(2, talk.answers + 1);
                    heard(talk);
                    server.send(new DatagramPacket(packet.getData(), packet.getLength(), talk.client));
                }
            } catch (IOException e) {
                if (!talk.socket.isClosed()) LOG.debug("port {}: {}", published, e.getMessage());
            } finally {
                open.remove(talk.client, talk);
                ended(talk);
            }
        }

        @Override
        public void close() {
            server.close();
            open.values().forEach(talk -> talk.socket.close());
        }
    }
}
