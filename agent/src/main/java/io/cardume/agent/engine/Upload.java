package io.cardume.agent.engine;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A body of unknown length that is posted to the engine piece by piece. One that breaks off is never ended: the connection
 * is closed, so that the engine cannot take the part for the whole.
 */
final class Upload implements Closeable {
    private static final int BUFFER = 64 << 10;
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final byte[] LINE = {'\r', '\n'};
    private static final byte[] LAST = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final EngineSocket socket;

    private Upload(EngineSocket socket) {
        this.socket = socket;
    }

    /** @param host as in {@link DockerSettings#host()} */
    static Upload post(String host, String path, String type) throws IOException {
        var socket = EngineSocket.connect(host);
        try {
            socket.write(ByteBuffer.wrap(("POST " + path + " HTTP/1.1\r\nHost: docker\r\nContent-Type: " + type
                    + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
            return new Upload(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Sends the whole body.
     *
     * @param sent is run after each piece
     * @throws EngineException if the engine has refused it before it was whole; with its words
     */
    void send(InputStream body, Runnable sent) throws IOException, EngineException {
        var buffer = new byte[BUFFER];
        for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
            if (read > 0) write(ByteBuffer.wrap((Integer.toHexString(read) + "\r\n").getBytes(StandardCharsets.US_ASCII)),
                    ByteBuffer.wrap(buffer, 0, read), ByteBuffer.wrap(LINE));
            sent.run();
        }
        write(ByteBuffer.wrap(LAST));
    }

    /** An engine that closes the connection has mostly said why before. */
    private void write(ByteBuffer... parts) throws IOException, EngineException {
        try {
            socket.write(parts);
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) throw e;
            try {
                answer();
            } catch (IOException unsaid) {
                e.addSuppressed(unsaid);
            }
            throw e;
        }
    }

    /**
     * The engine's answer.
     *
     * @throws EngineException if it is no success; with the engine's words
     */
    String answer() throws IOException, EngineException {
        var head = socket.head();
        var body = head.header("transfer-encoding").equals("chunked") ? chunks() : socket.input.readNBytes(head.length());
        var text = new String(body, StandardCharsets.UTF_8);
        if (head.status() < 200 || head.status() >= 300) throw EngineCalls.refusal(head.status(), text, null);
        return text;
    }

    private byte[] chunks() throws IOException {
        var whole = new ByteArrayOutputStream();
        while (true) {
            int length = Integer.parseInt(line(), 16);
            if (length == 0) return whole.toByteArray();
            if (length < 0 || whole.size() + length > LONGEST_ANSWER) throw new IOException("the engine's answer is too long");
            whole.write(socket.input.readNBytes(length));
            line();
        }
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = socket.input.read(); next != '\n'; next = socket.input.read()) {
            if (next < 0 || line.size() == BUFFER) throw new EOFException("the engine's answer is no HTTP");
            line.write(next);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
