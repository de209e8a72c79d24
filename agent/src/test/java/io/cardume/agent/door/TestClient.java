package io.cardume.agent.door;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** A client that sends what a test writes, byte for byte. */
final class TestClient implements AutoCloseable {
    /** An answer: its head and its body, chunks put together. */
    record Answer(String head, String body) {
        int status() {
            return Integer.parseInt(head.split(" ")[1]);
        }

        Optional<String> header(String name) {
            var matcher = Pattern.compile("(?mi)^" + Pattern.quote(name) + ": *(.*?)\r?$").matcher(head);
            return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
        }
    }

    final Socket socket;
    final InputStream in;

    TestClient(int port) throws IOException {
        this(new Socket("127.0.0.1", port));
    }

    TestClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    TestClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return this;
    }

    Answer get(String host, String path, String... headers) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + lines(headers) + "\r\n").answer();
    }

    Answer post(String host, String path, String body) throws IOException {
        return send("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).answer();
    }

    private static String lines(String... headers) {
        var lines = new StringBuilder();
        for (String header : headers) lines.append(header).append("\r\n");
        return lines.toString();
    }

    /** The next answer. */
    Answer answer() throws IOException {
        var head = TestServer.head(in).orElseThrow(() -> new IOException("the connection was closed without an answer"));
        var answer = new Answer(head, "");
        if (answer.status() == 100) return answer();
        if (answer.status() == 101 || answer.status() == 204 || answer.status() == 304) return answer;
        if (answer.header("Transfer-Encoding").isPresent()) return new Answer(head, chunks());
        var length = answer.header("Content-Length");
        var body = length.isPresent() ? in.readNBytes(Integer.parseInt(length.get())) : in.readAllBytes();
        if (length.isPresent() && body.length < Integer.parseInt(length.get())) throw new IOException("the answer was cut off");
        return new Answer(head, new String(body, StandardCharsets.ISO_8859_1));
    }

    private String chunks() throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            var line = new StringBuilder();
            int next;
            while ((next = in.read()) != '\n') {
                if (next < 0) throw new IOException("the answer was cut off");
                line.append((char) next);
            }
            int size = Integer.parseInt(line.toString().strip(), 16);
            body.writeBytes(in.readNBytes(size));
            in.readNBytes(2);
            if (size == 0) return body.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** Whether the other side has closed, possibly after having said something. */
    boolean closed() {
        try {
            in.readAllBytes();
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
