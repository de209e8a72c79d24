package io.cardume.agent;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of this host for tests. */
public final class Ports {
    private Ports() {}

    /** One that is free, and that no connection of whoever else works on this machine is given meanwhile. */
    public static int free() throws IOException {
        for (int tries = 0; ; tries++) {
            int port = ThreadLocalRandom.current().nextInt(12_000, 30_000);
            try (var _ = new ServerSocket(port); var _ = new DatagramSocket(port)) {
                return port;
            } catch (BindException e) {
                if (tries > 100) throw e;
            }
        }
    }
}
