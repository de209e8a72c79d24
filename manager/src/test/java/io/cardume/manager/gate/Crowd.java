package io.cardume.manager.gate;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * Many who connect and say nothing, and as many who say a byte now and then, from several addresses of this host. Who is cut off comes
 * again at once, so that they are as many all the time.
 */
public final class Crowd implements AutoCloseable {
    private static final int PER_ADDRESS = 100;
    private static final long PAUSE_NANOS = 20_000_000;

    private final int port;
    private final int many;
    private final IntFunction<byte[]> begun;
    private final Socket[] sockets;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;
    private volatile long again;

    /**
     * Comes at once.
     *
     * @param many as many say nothing, and as many are slow
     * @param begun what the slow one of a number begins with
     */
    public Crowd(int port, int many, IntFunction<byte[]> begun) throws IOException {
        this.port = port;
        this.many = many;
        this.begun = begun;
        this.sockets = new Socket[2 * many];
        for (int i = 0; i < sockets.length; i++) sockets[i] = come(i);
        threads.add(Thread.ofVirtual().start(this::trickle));
    }

    private Socket come(int number) throws IOException {
        var from = InetAddress.ofLiteral("127.0." + (1 + number / PER_ADDRESS / 200) + "." + (1 + number / PER_ADDRESS % 200));
        var socket = new Socket("127.0.0.1", port, from, 0);
        if (number >= many) socket.getOutputStream().write(begun.apply(number));
        return socket;
    }

    private void trickle() {
        while (!over) {
            for (int i = 0; i < sockets.length && !over; i++)
                try {
                    if (sockets[i].getInputStream().available() > 0) throw new IOException("it was told that it is cut off");
                    if (i >= many) sockets[i].getOutputStream().write('x');
                } catch (IOException e) {
                    comeAgain(i);
                }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void comeAgain(int number) {
        try {
            sockets[number].close();
            if (over) return;
            sockets[number] = come(number);
            again++;
        } catch (IOException e) {
            // the next time
        }
    }

    /** How often one that was cut off has come again. */
    public long again() {
        return again;
    }

    @Override
    public void close() throws IOException {
        over = true;
        try {
            for (Thread thread : threads) thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : sockets) socket.close();
    }
}
