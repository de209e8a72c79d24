package io.cardume.agent.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A connection to the engine that was taken over from HTTP: bytes both ways, each side closing its half when it has no
 * more. docker-java's transport takes over too, but never closes its half, so a command would wait for input for ever.
 */
final class Upgraded implements Closeable {
    /** The engine's bytes; interrupting the reading thread closes the connection. */
    final InputStream input;
    private final EngineSocket socket;

    private Upgraded(EngineSocket socket) {
        this.socket = socket;
        this.input = socket.input;
    }

    /**
     * Posts a request that asks to take the connection over.
     *
     * @param host as in {@link DockerSettings#host()}
     * @throws EngineException if the engine refuses; with its words
     */
    static Upgraded post(String host, String path, String json) throws IOException, EngineException {
        var socket = EngineSocket.connect(host);
        try {
            var body = json.getBytes(StandardCharsets.UTF_8);
            var head = "POST " + path + " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n"
                    + "Upgrade: tcp\r\nContent-Length: " + body.length + "\r\n\r\n";
            socket.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)), ByteBuffer.wrap(body));
            var answer = socket.head();
            if (answer.status() != 101 && answer.status() != 200)
                throw EngineCalls.refusal(answer.status(), new String(socket.input.readNBytes(answer.length()), StandardCharsets.UTF_8), null);
            return new Upgraded(socket);
        } catch (IOException | EngineException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Gives bytes to the engine, as fast as it takes them. */
    void write(byte[] bytes) throws IOException {
        socket.write(ByteBuffer.wrap(bytes));
    }

    /** There is no more to come from here. */
    void end() throws IOException {
        socket.end();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
