package io.cardume.agent.net;

import io.cardume.api.ClusterId;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Keeps networks apart on this host, as one table of nftables a cluster: what is on another network, on another bridge of
 * this host or behind it does not reach a network by way of this host, but for answers and for published ports; and no
 * container speaks as if it were a host. Engines do some of this too, each version differently.
 */
final class Guard {
    private final Commands commands;
    private final int port;
    private final SortedMap<ClusterId, Covered> covered = new TreeMap<>();

    /** The bridges a table covers, and how the kernel shows the table. */
    private record Covered(TreeSet<String> bridges, String shown) {}

    /** @param port by which hosts send each other the networks' packets */
    Guard(Commands commands, int port) {
        this.commands = commands;
        this.port = port;
    }

    /** Covers one more bridge. */
    void cover(String bridge, ClusterId cluster) throws LinkException {
        var known = covered.get(cluster);
        if (known != null && known.bridges().contains(bridge)) return;
        var all = known == null ? new TreeSet<String>() : new TreeSet<>(known.bridges());
        all.add(bridge);
        coverJust(all, cluster);
    }

    /** Covers these bridges and no others; without any the table goes. */
    void coverJust(Collection<String> bridges, ClusterId cluster) throws LinkException {
        var wanted = new TreeSet<>(bridges);
        var shown = shown(cluster);
        var known = Optional.ofNullable(covered.get(cluster));
        if (wanted.isEmpty()) {
            if (shown.isPresent()) commands.must("", "nft", "delete", "table", "ip", table(cluster));
            covered.remove(cluster);
        } else if (!shown.isPresent() || !known.equals(Optional.of(new Covered(wanted, shown.get())))) {
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

    private String rules(TreeSet<String> bridges, ClusterId cluster) {
        var all = bridges.stream().map(bridge -> '"' + bridge + '"').collect(Collectors.joining(", "));
        var same = bridges.stream().map(bridge -> '"' + bridge + "\" . \"" + bridge + '"').collect(Collectors.joining(", "));
        return """
                add table ip %1$s
                delete table ip %1$s
                table ip %1$s {
                    chain forward {
                        type filter hook forward priority filter - 10; policy accept;
                        iifname { %2$s } udp dport %4$d drop
                        iifname "docker0" udp dport %4$d drop
                        iifname "br-*" udp dport %4$d drop
                        iifname . oifname { %3$s } accept
                        oifname { %2$s } ct state established,related accept
                        oifname { %2$s } ct status dnat accept
                        oifname { %2$s } drop
                    }
                }
                """.formatted(table(cluster), all, same, port);
    }
}
