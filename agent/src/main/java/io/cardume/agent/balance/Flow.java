package io.cardume.agent.balance;

import io.cardume.api.Ipv4;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A conversation over UDP, or the beginning of a connection over TCP, as the kernel follows it ({@code conntrack -L}). What it once
 * decided of one, it goes by as long as packets come: one that leads to a task which is not led to any more has to be forgotten.
 * Which ones, {@code conntrack -D} is told by filters of what they have in common, as there may be thousands.
 *
 * @param destination whom it was sent to
 * @param port the port it was sent to
 * @param answering who answers it, and from which port
 */
record Flow(Ipv4 destination, int port, Balances.Target answering) {
    /** The one a line says, if it is one over this protocol and IPv4. */
    private static Optional<Flow> of(String line, String protocol) {
        if (!line.startsWith(protocol + " ")) return Optional.empty();
        var values = new TreeMap<String, List<String>>();
        for (String word : line.split(" +")) {
            int equals = word.indexOf('=');
            if (equals > 0) values.computeIfAbsent(word.substring(0, equals), _ -> new ArrayList<>()).add(word.substring(equals + 1));
        }
        for (String twice : List.of("src", "dst", "sport", "dport")) if (values.getOrDefault(twice, List.of()).size() != 2) return Optional.empty();
        var destination = Ipv4.of(values.get("dst").getFirst());
        var answering = Ipv4.of(values.get("src").getLast());
        if (destination.isEmpty() || answering.isEmpty()) return Optional.empty();
        return Optional.of(new Flow(destination.get(), Integer.parseInt(values.get("dport").getFirst()),
                new Balances.Target(answering.get(), Integer.parseInt(values.get("sport").getLast()))));
    }

    /** The filter of those that lead from an address to someone. */
    static String led(Ipv4 virtual, Ipv4 backend) {
        return "--orig-dst " + virtual + " --reply-src " + backend;
    }

    /** The filter of those that lead from a published port to someone. */
    static String led(int port, Balances.Target backend) {
        return "--orig-port-dst " + port + " --reply-src " + backend.address() + " --reply-port-src " + backend.port();
    }

    /**
     * Finds the filter of a line's conversation, if a host's balancers do not lead where it does.
     *
     * @param own the host's own addresses
     * @param lost filters of what is not led any more
     */
    static Function<String, Optional<String>> stale(Balances balances, Set<Ipv4> own, Set<String> lost) {
        var virtual = virtual(balances);
        var ports = ports(balances, true);
        var ingress = balances.ingress().map(Balances.Link::subnet);
        return line -> Flow.of(line, "udp").flatMap(flow -> {
            var who = flow.answering.address();
            for (String filter : List.of(led(flow.destination, who), led(flow.port, flow.answering))) if (lost.contains(filter)) return Optional.of(filter);
            var ofAddress = virtual.get(flow.destination);
            if (ofAddress != null) return ofAddress.contains(who) ? Optional.empty() : Optional.of(led(flow.destination, who));
            var ofPort = ports.get(flow.port);
            if (ofPort == null || ofPort.contains(flow.answering)) return Optional.empty();
            // Only one to the host itself, or one that was led into the network of published ports, can be ours.
            if (who.equals(flow.destination)) return own.contains(who) ? Optional.of(led(who, who) + " --orig-port-dst " + flow.port) : Optional.empty();
            return ingress.filter(subnet -> subnet.contains(who)).map(_ -> led(flow.port, flow.answering));
        });
    }

    /**
     * Finds the filter of the connection that a line says to have begun, if a host's balancers do not lead where it does. Only such a
     * one that nobody has answered yet may be asked for: the client tries again, and is led on anew.
     */
    static Function<String, Optional<String>> unanswered(Balances balances) {
        var virtual = virtual(balances);
        var ports = ports(balances, false);
        var ingress = balances.ingress().map(Balances.Link::subnet);
        return line -> Flow.of(line, "tcp").flatMap(flow -> {
            var who = flow.answering.address();
            var ofAddress = virtual.get(flow.destination);
            if (ofAddress != null) return ofAddress.contains(who) ? Optional.empty() : Optional.of(led(flow.destination, who));
            var ofPort = ports.get(flow.port);
            if (ofPort == null || ofPort.contains(flow.answering) || who.equals(flow.destination)) return Optional.empty();
            return ingress.filter(subnet -> subnet.contains(who)).map(_ -> led(flow.port, flow.answering));
        });
    }

    private static SortedMap<Ipv4, Set<Ipv4>> virtual(Balances balances) {
        var virtual = new TreeMap<Ipv4, Set<Ipv4>>();
        balances.virtual().forEach(one -> virtual.put(one.address(), new TreeSet<>(one.backends())));
        return virtual;
    }

    private static SortedMap<Integer, Set<Balances.Target>> ports(Balances balances, boolean udp) {
        var ports = new TreeMap<Integer, Set<Balances.Target>>();
        balances.ports().forEach((published, port) -> {
            if (published.isUdp() == udp) ports.put(published.port(), new TreeSet<>(port.backends()));
        });
        return ports;
    }
}
