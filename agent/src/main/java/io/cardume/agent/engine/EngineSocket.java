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
import java.util.List;
import java.util.Locale;

/** A bare connection to the engine, and as much of HTTP as its two uses need. */
final class EngineSocket implements Closeable {
    private static final int LONGEST_HEAD = 64 << 10;

    /** The engine's bytes; interrupting the reading thread closes the connection. */
    final InputStream input = new PieceInput() {
        @Override
        protected int piece(byte[] into, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(into, offset, length));
        }
    };
    private final SocketChannel channel;

    private EngineSocket(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * The beginning of an answer.
     *
     * @param status of HTTP; 0 = none that can be read
     * @param lines all its lines
     */
    record Head(int status, List<String> lines) {
        /** A header in lower case; "" if it was not given. */
        String header(String name) {
            return lines.stream().map(line -> line.toLowerCase(Locale.ROOT)).filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).strip()).findFirst().orElse("");
        }

        /** How long the body is; 0 where that is not said. */
        int length() {
            var said = header("content-length");
            return said.matches("[0-9]{1,6}") ? Integer.parseInt(said) : 0;
        }
    }

    /** @param host as in {@link DockerSettings#host()} */
    static EngineSocket connect(String host) throws IOException {
        boolean unix = host.startsWith("unix://");
        SocketAddress address = unix ? UnixDomainSocketAddress.of(host.substring("unix://".length())) : tcp(host);
        var channel = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        try {
            channel.connect(address);
            return new EngineSocket(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static InetSocketAddress tcp(String host) {
        var uri = URI.create(host);
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /** Reads an answer up to its body. */
    Head head() throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = input.read();
            if (next < 0 || head.size() == LONGEST_HEAD) throw new EOFException("the engine's answer is no HTTP");
            head.write(next);
        }
        var lines = List.of(head.toString(StandardCharsets.ISO_8859_1).split("\r\n"));
        var words = lines.getFirst().split(" ");
        return new Head(words.length > 1 && words[1].matches("[0-9]{3}") ? Integer.parseInt(words[1]) : 0, lines);
    }

    /** Gives bytes to the engine, as fast as it takes them. */
    void write(ByteBuffer... parts) throws IOException {
        long left = 0;
        for (ByteBuffer part : parts) left += part.remaining();
        while (left > 0) left -= channel.write(parts);
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
