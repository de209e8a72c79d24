package io.cardume.agent.balance;

import io.cardume.api.Ipv4;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A conversation over UDP as the kernel follows it ({@code conntrack -L}). What it once decided of one, it goes by as long
 * as packets come: one that leads to a task which is not led to any more has to be forgotten.
 *
 * @param source who began it
 * @param destination whom it was sent to
 * @param sourcePort its port
 * @param destinationPort the port it was sent to
 * @param answering who answers it
 */
record Flow(Ipv4 source, Ipv4 destination, int sourcePort, int destinationPort, Ipv4 answering) {
    /** The one a line says, if it is one over UDP and IPv4. */
    static Optional<Flow> of(String line) {
        if (!line.startsWith("udp ")) return Optional.empty();
        var values = new TreeMap<String, List<String>>();
        for (String word : line.split(" +")) {
            int equals = word.indexOf('=');
            if (equals > 0) values.computeIfAbsent(word.substring(0, equals), _ -> new ArrayList<>()).add(word.substring(equals + 1));
        }
        var sources = values.getOrDefault("src", List.of());
        if (sources.size() != 2 || !values.keySet().containsAll(Set.of("dst", "sport", "dport"))) return Optional.empty();
        var source = Ipv4.of(sources.getFirst());
        var destination = Ipv4.of(values.get("dst").getFirst());
        var answering = Ipv4.of(sources.getLast());
        if (source.isEmpty() || destination.isEmpty() || answering.isEmpty()) return Optional.empty();
        return Optional.of(new Flow(source.get(), destination.get(), Integer.parseInt(values.get("sport").getFirst()),
                Integer.parseInt(values.get("dport").getFirst()), answering.get()));
    }

    /** Those of the lines that lead where a host's balancers do not. */
    static List<Flow> stale(List<String> lines, Balances balances) {
        SortedMap<Ipv4, Set<Ipv4>> virtual = new TreeMap<>();
        balances.virtual().forEach(one -> virtual.put(one.address(), new TreeSet<>(one.backends())));
        SortedMap<Integer, Set<Ipv4>> ports = new TreeMap<>();
        balances.ports().forEach((published, port) -> {
            if (published.protocol().equals("udp")) ports.put(published.port(), port.backends().stream().map(Balances.Target::address).collect(Collectors.toSet()));
        });
        var ingress = balances.ingress().map(Balances.Link::subnet);
        return lines.stream().map(Flow::of).flatMap(Optional::stream).filter(flow -> {
            var ofAddress = virtual.get(flow.destination);
            if (ofAddress != null) return !ofAddress.contains(flow.answering);
            var ofPort = ports.get(flow.destinationPort);
            // Only one that was led into the network of published ports, or one to the host itself, can be ours.
            return ofPort != null && !ofPort.contains(flow.answering)
                    && (flow.answering.equals(flow.destination) || ingress.filter(subnet -> subnet.contains(flow.answering)).isPresent());
        }).toList();
    }
}
