package io.cardume.agent.engine;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A connection to the engine that was taken over from HTTP: bytes both ways, each side closing its half when it has no
 * more. docker-java's transport takes over too, but never closes its half, so a command would wait for input for ever.
 */
final class Upgraded implements Closeable {
    private static final int LONGEST_HEAD = 64 << 10;

    /** The engine's bytes; interrupting the reading thread closes the connection. */
    final InputStream input = new PieceInput() {
        @Override
        protected int piece(byte[] into, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(into, offset, length));
        }
    };
    private final SocketChannel channel;

    private Upgraded(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Posts a request that asks to take the connection over.
     *
     * @param host as in {@link DockerSettings#host()}
     * @throws EngineException if the engine refuses; with its words
     */
    static Upgraded post(String host, String path, String json) throws IOException, EngineException {
        boolean unix = host.startsWith("unix://");
        SocketAddress address = unix ? UnixDomainSocketAddress.of(host.substring("unix://".length())) : tcp(host);
        var channel = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        try {
            channel.connect(address);
            var upgraded = new Upgraded(channel);
            var body = json.getBytes(StandardCharsets.UTF_8);
            upgraded.write(("POST " + path + " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n"
                    + "Upgrade: tcp\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            upgraded.write(body);
            upgraded.expectTakenOver();
            return upgraded;
        } catch (IOException | EngineException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static InetSocketAddress tcp(String host) {
        var uri = URI.create(host);
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    private void expectTakenOver() throws IOException, EngineException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = input.read();
            if (next < 0 || head.size() == LONGEST_HEAD) throw new EOFException("the engine's answer is no HTTP");
            head.write(next);
        }
        var lines = head.toString(StandardCharsets.ISO_8859_1).split("\r\n");
        var words = lines[0].split(" ");
        int status = words.length > 1 && words[1].matches("[0-9]{3}") ? Integer.parseInt(words[1]) : 0;
        if (status == 101 || status == 200) return;
        int length = 0;
        for (String line : lines) {
            var lower = line.toLowerCase(Locale.ROOT);
            if (lower.matches("content-length: *[0-9]{1,6}")) length = Integer.parseInt(lower.replaceAll("[^0-9]", ""));
        }
        throw EngineCalls.refusal(status, new String(input.readNBytes(length), StandardCharsets.UTF_8), null);
    }

    /** Gives bytes to the engine, as fast as it takes them. */
    void write(byte[] bytes) throws IOException {
        for (var buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining(); ) channel.write(buffer);
    }

    /** There is no more to come from here. */
    void end() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
