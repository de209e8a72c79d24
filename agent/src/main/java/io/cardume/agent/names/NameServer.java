package io.cardume.agent.names;

import io.cardume.api.Ipv4;
import io.cardume.api.Subnet;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A small DNS server on the host's addresses on its networks, which the engine asks for its containers. Names on the
 * container's networks are answered from the table; everything else is passed on to the host's name servers, unless the
 * container has some of its own: then the engine asks those next.
 */
public final class NameServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NameServer.class);
    private static final int TTL_SECONDS = 1;
    private static final int PLAIN_UDP_BYTES = 512;
    private static final int LARGEST_UDP_BYTES = 4_096;
    private static final int LARGEST_BYTES = 65_535;
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int AT_ONCE = 256;
    /** Where any port will do. */
    private static final int PORTS_TRIED = 10;

    private record Doors(Subnet askers, DatagramSocket udp, ServerSocket tcp) {
        void close() {
            udp.close();
            try {
                tcp.close();
            } catch (IOException e) {
                LOG.debug("closing failed", e);
            }
        }
    }

    private final int port;
    private final Supplier<List<InetSocketAddress>> upstreams;
    private final Map<Ipv4, Doors> doors = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(AT_ONCE);
    /** Fewer than {@link #places}: name servers of the host that do not answer must not hold up the cluster's own names. */
    private final Semaphore passedOn = new Semaphore(AT_ONCE / 2);
    private final Semaphore conversations = new Semaphore(AT_ONCE / 4);
    private final AtomicInteger turn = new AtomicInteger();
    private volatile NameTable table = NameTable.EMPTY;

    /**
     * @param port 53, or any other in tests; 0 = any free one
     * @param upstreams who is asked for everything else, in turn
     */
    public NameServer(int port, Supplier<List<InetSocketAddress>> upstreams) {
        this.port = port;
        this.upstreams = upstreams;
    }

    /** The one on port 53 that asks the host's name servers. */
    public static NameServer ofHost() {
        return new NameServer(53, () -> Resolvers.ofHost().stream().map(address -> new InetSocketAddress(address, 53)).toList());
    }

    /** What names lead to from now on. */
    public void table(NameTable next) {
        table = next;
    }

    /**
     * Answers at an address of this host; does nothing if it does so already.
     *
     * @param askers whose questions are answered; all others are refused, or anyone near the host could ask its name servers
     * @throws IOException if the address or port is not to be had
     */
    public synchronized void serve(Ipv4 address, Subnet askers) throws IOException {
        var there = doors.get(address);
        if (there != null && there.askers().equals(askers)) return;
        if (there != null) there.close();
        doors.remove(address);
        var opened = port == 0 ? openAnywhere(inet(address), askers) : open(inet(address), port, askers);
        doors.put(address, opened);
        Thread.ofVirtual().name("names-udp " + address).start(() -> datagrams(opened.udp(), askers));
        Thread.ofVirtual().name("names-tcp " + address).start(() -> connections(opened.tcp(), askers));
    }

    /** A port that is free for datagrams may be taken for connections: another one is tried then. */
    private static Doors openAnywhere(InetAddress at, Subnet askers) throws IOException {
        for (int left = PORTS_TRIED; ; left--)
            try {
                return open(at, 0, askers);
            } catch (BindException e) {
                if (left <= 1) throw e;
            }
    }

    private static Doors open(InetAddress at, int port, Subnet askers) throws IOException {
        var udp = new DatagramSocket(new InetSocketAddress(at, port));
        try {
            return new Doors(askers, udp, new ServerSocket(udp.getLocalPort(), 64, at));
        } catch (IOException e) {
            udp.close();
            throw e;
        }
    }

    /** Answers at these addresses only. */
    public synchronized void keepOnly(Set<Ipv4> addresses) {
        doors.entrySet().removeIf(door -> {
            boolean goes = !addresses.contains(door.getKey());
            if (goes) door.getValue().close();
            return goes;
        });
    }

    /** The port it answers on at an address. */
    int port(Ipv4 address) {
        return doors.get(address).udp().getLocalPort();
    }

    private static InetAddress inet(Ipv4 address) {
        return InetAddress.ofLiteral(address.toString());
    }

    private void datagrams(DatagramSocket socket, Subnet askers) {
        while (!socket.isClosed()) {
            try {
                var packet = new DatagramPacket(new byte[LARGEST_UDP_BYTES], LARGEST_UDP_BYTES);
                socket.receive(packet);
                var query = Arrays.copyOf(packet.getData(), packet.getLength());
                // Who asks more than there is room for asks again: a lost datagram is nothing new to it.
                if (!places.tryAcquire()) continue;
                Thread.ofVirtual().name("names").start(() -> {
                    try {
                        var answer = answer(query, packet.getAddress(), askers, false);
                        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                    } catch (IOException | RuntimeException e) {
                        LOG.debug("no answer to {}: {}", packet.getAddress(), e.toString());
                    } finally {
                        places.release();
                    }
                });
            } catch (IOException e) {
                if (!socket.isClosed()) LOG.debug("a question was lost: {}", e.toString());
            }
        }
    }

    private void connections(ServerSocket door, Subnet askers) {
        while (!door.isClosed()) {
            try {
                var socket = door.accept();
                if (!conversations.tryAcquire()) {
                    socket.close();
                    continue;
                }
                Thread.ofVirtual().name("names").start(() -> {
                    try (socket) {
                        socket.setSoTimeout(PATIENCE_MILLIS);
                        var in = new DataInputStream(socket.getInputStream());
                        var out = new DataOutputStream(socket.getOutputStream());
                        while (true) write(out, answer(read(in), socket.getInetAddress(), askers, true));
                    } catch (IOException | RuntimeException e) {
                        LOG.debug("a conversation ended: {}", e.toString());
                    } finally {
                        conversations.release();
                    }
                });
            } catch (IOException e) {
                if (!door.isClosed()) LOG.debug("a connection was lost: {}", e.toString());
            }
        }
    }

    private static byte[] read(DataInputStream in) throws IOException {
        return in.readNBytes(in.readUnsignedShort());
    }

    private static void write(DataOutputStream out, byte[] message) throws IOException {
        var framed = new byte[message.length + 2];
        framed[0] = (byte) (message.length >>> 8);
        framed[1] = (byte) message.length;
        System.arraycopy(message, 0, framed, 2, message.length);
        out.write(framed);
        out.flush();
    }

    private byte[] answer(byte[] query, InetAddress from, Subnet askers, boolean stream) throws IOException {
        var asked = new Message(query);
        if (asked.getHeader().getFlag(Flags.QR)) throw new IOException("it is an answer, not a question");
        var question = asked.getQuestion();
        int limit = stream ? LARGEST_BYTES : asked.getOPT() == null ? PLAIN_UDP_BYTES : Math.max(PLAIN_UDP_BYTES, asked.getOPT().getPayloadSize());
        if (question == null) return answer(asked, Rcode.FORMERR).toWire(limit);
        var asker = from instanceof Inet4Address ? Ipv4.of(from.getHostAddress()).filter(askers::contains) : Optional.<Ipv4>empty();
        if (asker.isEmpty()) return answer(asked, Rcode.REFUSED).toWire(limit);
        return switch (table.find(asker.get(), question.getName().toString(true))) {
            case NameTable.Found.Here(var addresses) -> here(asked, question, addresses).toWire(limit);
            case NameTable.Found.Nowhere() -> answer(asked, Rcode.NXDOMAIN).toWire(limit);
            case NameTable.Found.OwnResolvers() -> answer(asked, Rcode.SERVFAIL).toWire(limit);
            case NameTable.Found.Elsewhere() -> elsewhere(asked, query, stream, limit);
        };
    }

    private static Message answer(Message asked, int code) {
        var answer = new Message(asked.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        if (asked.getHeader().getFlag(Flags.RD)) answer.getHeader().setFlag(Flags.RD);
        answer.getHeader().setRcode(code);
        if (asked.getQuestion() != null) answer.addRecord(asked.getQuestion(), Section.QUESTION);
        return answer;
    }

    /** Each answer begins with another address, for most who ask take the first. */
    private Message here(Message asked, Record question, List<Ipv4> addresses) throws UnknownHostException {
        var answer = answer(asked, Rcode.NOERROR);
        answer.getHeader().setFlag(Flags.AA);
        if (question.getType() != Type.A && question.getType() != Type.ANY || addresses.isEmpty()) return answer;
        int first = Math.floorMod(turn.getAndIncrement(), addresses.size());
        for (int i = 0; i < addresses.size(); i++)
            answer.addRecord(new ARecord(question.getName(), DClass.IN, TTL_SECONDS, inet(addresses.get((first + i) % addresses.size()))), Section.ANSWER);
        return answer;
    }

    private byte[] elsewhere(Message asked, byte[] query, boolean stream, int limit) {
        if (!passedOn.tryAcquire()) return answer(asked, Rcode.SERVFAIL).toWire(limit);
        try {
            return passOn(asked, query, stream, limit);
        } finally {
            passedOn.release();
        }
    }

    private byte[] passOn(Message asked, byte[] query, boolean stream, int limit) {
        for (InetSocketAddress upstream : upstreams.get()) {
            try {
                var answer = stream ? askStream(query, upstream) : askDatagram(query, upstream);
                if (answer.length >= 2 && answer[0] == query[0] && answer[1] == query[1]) return answer;
            } catch (IOException e) {
                LOG.debug("name server {} does not answer: {}", upstream, e.toString());
            }
        }
        return answer(asked, Rcode.SERVFAIL).toWire(limit);
    }

    private static byte[] askDatagram(byte[] query, InetSocketAddress upstream) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(upstream);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(query, query.length));
            var packet = new DatagramPacket(new byte[LARGEST_BYTES], LARGEST_BYTES);
            socket.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        }
    }

    private static byte[] askStream(byte[] query, InetSocketAddress upstream) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(upstream, PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            write(new DataOutputStream(socket.getOutputStream()), query);
            return read(new DataInputStream(socket.getInputStream()));
        }
    }

    /** Answers nowhere any more. */
    @Override
    public void close() {
        keepOnly(Set.of());
    }
}
