package io.cardume.manager;

import com.sun.management.OperatingSystemMXBean;
import io.cardume.api.NodeDescription;
import io.cardume.api.Platform;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** What the manager knows of its own host without an engine. */
final class HostFacts {
    /** An address of the documentation range: no packet is sent to it, it only picks the route. */
    private static final InetSocketAddress SOMEWHERE = new InetSocketAddress("192.0.2.1", 9);

    private HostFacts() {}

    /** The host, with an empty engine version: there is no engine to run tasks. */
    static NodeDescription description() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var arch = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        var os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return new NodeDescription(hostname(), new Platform(arch, os), system.getAvailableProcessors() * 1_000_000_000L,
                system.getTotalMemorySize(), "", new TreeMap<>(), List.of());
    }

    /** The address this host has towards others; the loopback address if it has none. */
    static String address() {
        try (var socket = new DatagramSocket()) {
            socket.connect(SOMEWHERE);
            var address = socket.getLocalAddress();
            return address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
        } catch (IOException | RuntimeException e) {
            return "127.0.0.1";
        }
    }

    /** The kernel's word, as the engine uses it: a name looked up may be another one. */
    private static String hostname() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }
}
