package io.cardume.e2e;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that ask for {@code /} one request after the other and never a second time: what is not answered whole, with 200, is
 * a failure. Each has one door and keeps to it; with keep-alive it opens a new connection only when the server said that the last
 * one ends.
 */
public final class Load implements AutoCloseable {
    private static final int CONNECTS = 5_000;
    private static final int ANSWERS = 20_000;

    private final boolean keepAlive;
    private final Duration pause;
    private final List<Thread> clients = new ArrayList<>();
    private final List<Phase> phases = new ArrayList<>();
    private volatile Phase phase = new Phase("before");
    private volatile boolean done;

    /** What was asked and what came of it from one moment to the next. */
    public static final class Phase {
        private final String name;
        private final AtomicLong asked = new AtomicLong();
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

        private Phase(String name) {
            this.name = name;
        }

        /** What happened meanwhile. */
        public String name() {
            return name;
        }

        /** How many requests began. */
        public long asked() {
            return asked.get();
        }

        /** Those that were lost, each in words. */
        public List<String> failures() {
            return List.copyOf(failures);
        }

        @Override
        public String toString() {
            return "%-28s %7d requests, %d failed%s".formatted(name, asked(), failures.size(),
                    failures.isEmpty() ? "" : ", such as " + failures.stream().limit(3).toList());
        }
    }

    /** The server has said that its connection ends, or it never was one to be kept. */
    private record Answer(boolean ends) {
    }

    private Load(boolean keepAlive, Duration pause) {
        this.keepAlive = keepAlive;
        this.pause = pause;
    }

    /**
     * Begins to ask.
     *
     * @param doors where; each has so many clients
     * @param pause after each answer
     */
    public static Load on(List<InetSocketAddress> doors, int clients, boolean keepAlive, Duration pause) {
        Load load = new Load(keepAlive, pause);
        load.phase("before");
        for (InetSocketAddress door : doors)
            for (int i = 0; i < clients; i++) load.clients.add(Thread.ofVirtual().start(() -> load.ask(door)));
        return load;
    }

    /** Waits until a door answers one request after the other. */
    public static void awaitAnswers(InetSocketAddress door) {
        Await.until("it answers at " + door, Cluster.SETTLES, () -> {
            try (Load load = on(List.of(door), 1, false, Duration.ZERO)) {
                Phase phase = load.phase("probe");
                Await.until("a few answers", Cluster.SETTLES, () -> phase.asked() > 2 || !phase.failures().isEmpty());
                return phase.failures().isEmpty();
            }
        });
    }

    /** From now on requests are counted under another name. */
    public Phase phase(String name) {
        Phase next = new Phase(name);
        phases.add(next);
        phase = next;
        return next;
    }

    /** All phases so far. */
    public List<Phase> phases() {
        return List.copyOf(phases);
    }

    private void ask(InetSocketAddress door) {
        while (!done) {
            Phase began = phase;
            try (Socket socket = new Socket()) {
                began.asked.incrementAndGet();
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(ANSWERS);
                socket.connect(door, CONNECTS);
                InputStream answers = new BufferedInputStream(socket.getInputStream());
                boolean ends = request(socket, answers);
                while (!ends && !done) {
                    began = phase;
                    began.asked.incrementAndGet();
                    ends = request(socket, answers);
                }
            } catch (IOException e) {
                if (!done) began.failures.add(LocalTime.now(ZoneOffset.UTC) + " " + door.getHostString() + ": " + e.getMessage());
            }
        }
    }

    private boolean request(Socket socket, InputStream answers) throws IOException {
        socket.getOutputStream().write(("GET / HTTP/1.1\r\nHost: web\r\n" + (keepAlive ? "" : "Connection: close\r\n") + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        boolean ends = answer(answers).ends() || !keepAlive;
        LockSupport.parkNanos(pause.toNanos());
        return ends;
    }

    private static Answer answer(InputStream in) throws IOException {
        String status = line(in);
        if (!status.contains(" 200 ")) throw new IOException("answered " + status);
        boolean ends = status.startsWith("HTTP/1.0");
        int length = -1;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            String small = header.toLowerCase(Locale.ROOT);
            if (small.startsWith("content-length:")) length = Integer.parseInt(small.substring(15).strip());
            if (small.startsWith("connection:") && small.contains("close")) ends = true;
        }
        if (length < 0) throw new IOException("an answer without a length");
        if (in.readNBytes(length).length < length) throw new EOFException("the answer broke off");
        return new Answer(ends);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) throw new EOFException(line.isEmpty() ? "closed without an answer" : "the answer broke off");
            if (c != '\r') line.append((char) c);
        }
        return line.toString();
    }

    /** Stops asking; what is being asked is not counted as lost. */
    @Override
    public void close() {
        done = true;
        for (Thread client : clients) {
            try {
                client.join(Duration.ofMillis(ANSWERS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
