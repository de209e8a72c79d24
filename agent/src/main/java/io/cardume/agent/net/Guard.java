package io.cardume.agent.net;

import io.cardume.api.ClusterId;
import io.cardume.api.Subnet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps networks apart on this host, as one table of nftables a cluster: what is on another network, on another bridge of
 * this host or behind it does not reach a network by way of this host, but for answers and for published ports; from an
 * internal network nothing is reached but what is on it; and no container speaks as if it were a host. Engines do some of
 * this too, each version differently.
 */
final class Guard {
    private final Commands commands;
    private final int port;
    private final SortedMap<ClusterId, Covered> covered = new TreeMap<>();

    /**
     * What a table covers, and how the kernel shows it.
     *
     * @param bridges the bridges, those of internal networks with the network's addresses
     * @param shown the table in the kernel's words
     */
    private record Covered(SortedMap<String, Optional<Subnet>> bridges, String shown) {}

    /** @param port by which hosts send each other the networks' packets */
    Guard(Commands commands, int port) {
        this.commands = commands;
        this.port = port;
    }

    /** Covers one more network. */
    void cover(Overlay overlay, ClusterId cluster) throws LinkException {
        var known = Optional.ofNullable(covered.get(cluster));
        var all = known.map(before -> new TreeMap<>(before.bridges())).orElseGet(TreeMap::new);
        var before = all.put(overlay.bridge(), internal(overlay));
        if (before == null || !before.equals(internal(overlay))) cover(all, cluster);
    }

    /**
     * Covers these networks and no others; without any the table goes.
     *
     * @param kept devices of networks that nobody is on any more
     */
    void coverJust(Collection<Overlay> overlays, Collection<String> kept, ClusterId cluster) throws LinkException {
        var wanted = new TreeMap<String, Optional<Subnet>>();
        kept.forEach(device -> wanted.put(Overlay.bridgeOf(device), Optional.empty()));
        overlays.forEach(overlay -> wanted.put(overlay.bridge(), internal(overlay)));
        cover(wanted, cluster);
    }

    private static Optional<Subnet> internal(Overlay overlay) {
        return overlay.internal() ? Optional.of(overlay.subnet()) : Optional.empty();
    }

    private void cover(SortedMap<String, Optional<Subnet>> wanted, ClusterId cluster) throws LinkException {
        var shown = shown(cluster);
        if (wanted.isEmpty()) {
            if (shown.isPresent()) commands.must("", "nft", "delete", "table", "ip", table(cluster));
            covered.remove(cluster);
        } else if (shown.isEmpty() || !new Covered(wanted, shown.get()).equals(covered.get(cluster))) {
            commands.must(rules(wanted, cluster), "nft", "-f", "-");
            covered.put(cluster, new Covered(wanted, shown(cluster).orElse("")));
        }
    }

    private Optional<String> shown(ClusterId cluster) throws LinkException {
        var output = commands.run("", "nft", "-s", "list", "table", "ip", table(cluster));
        return output.exit() == 0 ? Optional.of(output.out()) : Optional.empty();
    }

    private static String table(ClusterId cluster) {
        return "cardume_net_" + cluster;
    }

    private String rules(SortedMap<String, Optional<Subnet>> bridges, ClusterId cluster) {
        var all = set(bridges.keySet().stream());
        var same = bridges.keySet().stream().map(bridge -> quoted(bridge) + " . " + quoted(bridge)).collect(Collectors.joining(", ", "{ ", " }"));
        var forward = new ArrayList<String>();
        for (String from : List.of(all, quoted("docker0"), quoted("br-*"))) forward.add("iifname " + from + " udp dport " + port + " drop");
        forward.add("iifname . oifname " + same + " accept");
        var input = new ArrayList<String>();
        var internal = new TreeMap<String, Subnet>();
        bridges.forEach((bridge, subnet) -> subnet.ifPresent(addresses -> internal.put(bridge, addresses)));
        if (!internal.isEmpty()) {
            forward.add("iifname " + set(internal.keySet().stream()) + " ct state established,related accept");
            forward.add("iifname " + set(internal.keySet().stream()) + " reject with icmp net-unreachable");
        }
        internal.forEach((bridge, addresses) -> input.add("iifname " + quoted(bridge) + " ct state new ip daddr != " + addresses + " reject with icmp net-unreachable"));
        for (String what : List.of("ct state established,related accept", "ct status dnat accept", "drop")) forward.add("oifname " + all + " " + what);
        return "add table ip %1$s\ndelete table ip %1$s\ntable ip %1$s {\n".formatted(table(cluster)) + chain("forward", forward) + chain("input", input) + "}\n";
    }

    private static String chain(String hook, List<String> rules) {
        return "chain %1$s {\ntype filter hook %1$s priority filter - 10; policy accept;\n%2$s\n}\n".formatted(hook, String.join("\n", rules));
    }

    private static String set(Stream<String> names) {
        return names.map(Guard::quoted).collect(Collectors.joining(", ", "{ ", " }"));
    }

    private static String quoted(String name) {
        return '"' + name + '"';
    }
}
