package io.cardume.e2e.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Calls over one kept connection to a unix socket, one after the other, with as little as possible between the caller and the socket. */
final class Wire implements AutoCloseable {
    private final SocketChannel channel;
    private final InputStream in;

    Wire(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    }

    /** Sends a request and reads its answer whole; a status of failure is an error. Gives the length of the body. */
    int call(String method, String path, String body) throws IOException {
        var content = body.getBytes(StandardCharsets.UTF_8);
        var head = method + " " + path + " HTTP/1.1\r\nHost: docker\r\n" + (content.length == 0 ? "" : "Content-Type: application/json\r\n")
                + "Content-Length: " + content.length + "\r\n\r\n";
        var request = ByteBuffer.wrap((head + body).getBytes(StandardCharsets.UTF_8));
        while (request.hasRemaining()) channel.write(request);
        var status = line();
        int length = 0;
        boolean chunked = false;
        for (var header = line(); !header.isEmpty(); header = line()) {
            var small = header.toLowerCase(Locale.ROOT);
            if (small.startsWith("content-length:")) length = Integer.parseInt(small.substring(15).strip());
            if (small.startsWith("transfer-encoding:")) chunked = small.contains("chunked");
        }
        var answer = new ByteArrayOutputStream();
        if (!chunked) read(length, answer);
        else
            for (int chunk = Integer.parseInt(line(), 16);; chunk = Integer.parseInt(line(), 16)) {
                read(chunk, answer);
                line();
                if (chunk == 0) break;
            }
        if (!status.matches("HTTP/1.1 2\\d\\d.*")) throw new IOException(method + " " + path + " answered " + status + ": " + answer.toString(StandardCharsets.UTF_8));
        return answer.size();
    }

    private void read(int length, ByteArrayOutputStream into) throws IOException {
        var bytes = in.readNBytes(length);
        if (bytes.length < length) throw new EOFException("the answer broke off");
        into.writeBytes(bytes);
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) throw new EOFException("closed without an answer");
            if (c != '\r') line.append((char) c);
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
