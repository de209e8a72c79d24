package io.cardume.agent.probe;

import io.cardume.api.GoDuration;
import io.cardume.api.Probe;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks at the container's address: opens a connection, and with HTTP asks for a path and reads the status line. */
final class AddressCheck implements Check {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (([0-9]{3}).*)");
    private static final int LONGEST_STATUS = 1024;
    private static final int LONGEST_BODY = 1 << 16;

    private final Probe probe;
    private final String address;
    private final int port;
    private final Optional<String> path;
    private long end;

    AddressCheck(Probe probe, String address, Probe.Target.Http http) {
        this(probe, address, http.port(), Optional.of(http.path()));
    }

    AddressCheck(Probe probe, String address, Probe.Target.Tcp tcp) {
        this(probe, address, tcp.port(), Optional.empty());
    }

    private AddressCheck(Probe probe, String address, int port, Optional<String> path) {
        this.probe = probe;
        this.address = address;
        this.port = port;
        this.path = path;
    }

    @Override
    public Outcome run() {
        end = System.nanoTime() + probe.timeout().toNanos();
        var trouble = connect();
        return trouble.isEmpty() ? new Outcome.Passed() : new Outcome.Failed(probe.target() + ": " + trouble.get());
    }

    private Optional<String> connect() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), left());
            return path.isEmpty() ? Optional.empty() : ask(socket, path.get());
        } catch (SocketTimeoutException e) {
            return Optional.of("no answer within " + GoDuration.text(probe.timeout()));
        } catch (IOException e) {
            return Optional.of(words(e));
        }
    }

    private Optional<String> ask(Socket socket, String path) throws IOException {
        String host = address.contains(":") ? "[" + address + "]" : address;
        socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + port
                + "\r\nUser-Agent: cardume-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        var line = new StringBuilder();
        while (line.length() < LONGEST_STATUS) {
            socket.setSoTimeout(left());
            int next = in.read();
            if (next < 0 || next == '\n') break;
            line.append((char) next);
        }
        String answer = line.toString().strip();
        if (answer.isEmpty()) return Optional.of("the connection was closed without an answer");
        Matcher status = STATUS.matcher(answer);
        if (!status.matches()) return Optional.of("not an HTTP answer: " + answer);
        int code = Integer.parseInt(status.group(2));
        if (code < 200 || code > 399) return Optional.of(status.group(1).strip());
        drain(socket, in);
        return Optional.empty();
    }

    /** Reads what else is sent, within reason, for servers that complain in their log when nobody listens. */
    private void drain(Socket socket, InputStream in) {
        var buffer = new byte[4096];
        try {
            for (int read = 0, total = 0; read >= 0 && total < LONGEST_BODY; total += read) {
                socket.setSoTimeout(left());
                read = in.read(buffer);
            }
        } catch (IOException e) {
            // The status line has said it all.
        }
    }

    private int left() throws SocketTimeoutException {
        long millis = Duration.ofNanos(end - System.nanoTime()).toMillis();
        if (millis <= 0) throw new SocketTimeoutException();
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    private static String words(IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        int more = message.indexOf(" (");
        return (more < 0 ? message : message.substring(0, more)).toLowerCase(Locale.ROOT);
    }
}
