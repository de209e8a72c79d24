package io.cardume.agent.names;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The name servers of a host, as its {@code resolv.conf} says now. */
public final class Resolvers {
    private static final Path CONF = Path.of("/etc/resolv.conf");

    private Resolvers() {}

    /** Those of this host. */
    public static List<InetAddress> ofHost() {
        try {
            return in(Files.readAllLines(CONF));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Those of this host that a container can reach too. */
    public static List<InetAddress> reachableFromContainers() {
        return ofHost().stream().filter(address -> !address.isLoopbackAddress()).toList();
    }

    static List<InetAddress> in(List<String> lines) {
        var found = new ArrayList<InetAddress>();
        for (String line : lines) {
            var words = line.strip().split("\\s+");
            if (words.length < 2 || !words[0].equals("nameserver")) continue;
            try {
                found.add(InetAddress.ofLiteral(words[1]));
            } catch (IllegalArgumentException e) {
                // A line the C library would not understand either.
            }
        }
        return found;
    }
}
