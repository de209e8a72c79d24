package io.cardume.agent.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cardume.api.ClusterId;
import io.cardume.api.Ipv4;
import io.cardume.api.Subnet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's devices, in a network namespace of the test's own. */
class IpLinksIT {
    private static final ClusterId OURS = new ClusterId("ours");
    private static final ClusterId OTHERS = new ClusterId("others");
    private static final Set<String> NOTHING = Set.of();

    private final String space = "cdmit" + ProcessHandle.current().pid();
    private final Commands here = new Commands(List.of());
    private final Commands host = new Commands(List.of("nsenter", "--net=/run/netns/" + space));
    private IpLinks links;

    @BeforeEach
    void aHost() throws LinkException {
        here.must("", "ip", "netns", "add", space);
        // Engines make the bridges; what they are joined to is of no interest here.
        host.must("link add eth0 type bridge\naddr add 10.9.0.1/24 dev eth0\nlink set eth0 up\n"
                + "link add cdmbr000007 type bridge\naddr add 10.1.0.1/24 dev cdmbr000007\nlink set cdmbr000007 up\n"
                + "link add cdmbr000008 type bridge\naddr add 10.2.0.1/24 dev cdmbr000008\nlink set cdmbr000008 up\n", "ip", "-batch", "-");
        links = new IpLinks(host);
        assertThat(links.obstacle()).isEmpty();
    }

    @AfterEach
    void goes() throws LinkException {
        here.must("", "ip", "netns", "del", space);
    }

    @Test
    void whatIsMissingIsAddedAndWhatIsOursAndNotWantedGoes() throws LinkException {
        var wanted = overlay(7, Set.of("10.1.0.90", "10.1.0.91"), Map.of("10.1.0.3", "10.9.0.2", "10.1.0.4", "10.9.0.3"));
        links.make(wanted, OURS);
        var asMade = shown();
        assertThat(asMade).contains("02:42:0a:01:00:03 10.9.0.2", "10.1.0.4 02:42:0a:01:00:04", "virtual 10.1.0.90 src 10.1.0.2", "route 10.1.0.0/24 src 10.1.0.2", "10.1.0.2/32",
                "cdmbr000007 mac 02:42:0a:01:00:02", "table ip cardume_net_ours", "mtu 1450");
        assertThat(settled(List.of(wanted))).isEmpty();
        assertThat(shown()).isEqualTo(asMade);

        for (String damage : List.of("ip link del cdmvx000007", "bridge fdb del 02:42:0a:01:00:03 dev cdmvx000007 dst 10.9.0.2",
                "bridge fdb replace 02:42:0a:01:00:03 dev cdmvx000007 dst 10.9.0.77", "bridge fdb append 02:42:0a:01:00:09 dev cdmvx000007 dst 10.9.0.9",
                "ip neigh del 10.1.0.3 dev cdmvx000007", "ip neigh replace 10.1.0.3 lladdr 02:42:00:00:00:01 dev cdmvx000007 nud permanent",
                "ip neigh replace 10.1.0.55 lladdr 02:42:00:00:00:01 dev cdmvx000007 nud permanent",
                "ip link set cdmvx000007 nomaster", "ip link set cdmvx000007 down", "ip link set cdmvx000007 mtu 1400",
                "ip addr del 10.1.0.2/32 dev cdmbr000007", "ip addr add 10.1.0.60/32 dev cdmbr000007",
                "ip route del local 10.1.0.90 dev cdmbr000007 table local proto 201", "ip route replace local 10.1.0.91 dev cdmbr000007 table local proto 201",
                "ip route add local 10.1.0.92 dev cdmbr000007 table local proto 201",
                "ip link set cdmbr000007 address 02:00:00:00:00:01", "ip route replace 10.1.0.0/24 dev cdmbr000007 src 10.1.0.1",
                "nft flush table ip cardume_net_ours", "nft delete table ip cardume_net_ours",
                "nft add rule ip cardume_net_ours forward accept")) {
            host.must("", damage.split(" "));
            assertThat(shown()).as(damage).isNotEqualTo(asMade);
            assertThat(settled(List.of(wanted))).as(damage).isEmpty();
            assertThat(shown()).as(damage).isEqualTo(asMade);
        }

        var other = overlay(8, Set.of(), Map.of());
        assertThat(settled(List.of(other, overlay(7, Set.of("10.1.0.90"), Map.of("10.1.0.3", "10.9.0.4"))))).isEmpty();
        assertThat(shown()).contains("cdmvx000008", "reject with icmp net-unreachable", "02:42:0a:01:00:03 10.9.0.4").doesNotContain("10.1.0.91", "10.1.0.4", "10.9.0.2");
        assertThat(links.settle(List.of(other), Set.of("cdmvx000007"), OURS)).isEmpty();
        assertThat(shown()).as("kept as it is").contains("02:42:0a:01:00:03 10.9.0.4");
        assertThat(settled(List.of())).isEmpty();
        assertThat(shown()).doesNotContain("cdmvx", "cardume_net");
    }

    @Test
    void whatIsNotOursIsLeftAlone() throws LinkException {
        links.make(overlay(8, Set.of(), Map.of()), OTHERS);
        host.must("", "ip", "link", "add", "cdmvx000007", "type", "vxlan", "id", "7", "dstport", "4789", "nolearning", "proxy");
        host.must("", "nft", "add", "table", "ip", "theirs");
        var before = shown();
        var wanted = overlay(7, Set.of(), Map.of("10.1.0.3", "10.9.0.2"));
        assertThatThrownBy(() -> links.make(wanted, OURS)).hasMessageContaining("cdmvx000007").hasMessageContaining("not the cluster's");
        assertThat(settled(List.of(wanted))).containsOnlyKeys("cdmvx000007");
        assertThat(settled(List.of(overlay(8, Set.of(), Map.of())))).containsOnlyKeys("cdmvx000008");
        assertThat(settled(List.of())).isEmpty();
        assertThat(shown()).isEqualTo(before);
    }

    private TreeMap<String, String> settled(List<Overlay> wanted) throws LinkException {
        return new TreeMap<>(links.settle(wanted, NOTHING, OURS));
    }

    private static Overlay overlay(int vni, Set<String> virtual, Map<String, String> remotes) {
        SortedSet<Ipv4> addresses = new TreeSet<>();
        virtual.forEach(address -> addresses.add(Ipv4.parse(address)));
        var by = new TreeMap<Ipv4, String>();
        remotes.forEach((address, at) -> by.put(Ipv4.parse(address), at));
        var subnet = Subnet.parse(vni == 7 ? "10.1.0.0/24" : "10.2.0.0/24");
        return new Overlay(vni, 1450, subnet, vni == 8, "10.9.0.1", Optional.of(subnet.first().plus(2)), addresses, by);
    }

    /** What was said of a link; what it is found to be, whether it has a carrier, is known a little later. */
    private static SortedSet<String> flags(JsonNode link) {
        var flags = new TreeSet<String>();
        link.path("flags").forEach(flag -> flags.add(flag.asText()));
        flags.removeAll(List.of("NO-CARRIER", "LOWER_UP"));
        return flags;
    }

    /** All of the host's network that anybody could have changed, without what differs each time. */
    private String shown() throws LinkException {
        var now = HostNow.of(host);
        var text = new StringBuilder();
        now.links().forEach((name, link) -> {
            text.append(name).append(" mtu ").append(link.path("mtu").asInt()).append(" master ").append(link.path("master").asText())
                    .append(' ').append(flags(link)).append(' ').append(link.path("ifalias").asText()).append('\n');
            if (name.startsWith("cdmbr")) text.append(name).append(" mac ").append(link.path("address").asText()).append('\n');
            var addresses = new TreeSet<String>();
            link.path("addr_info").forEach(address -> {
                if (address.path("family").asText().equals("inet")) addresses.add(address.path("local").asText() + "/" + address.path("prefixlen").asInt());
            });
            text.append(addresses).append('\n');
            var entries = new TreeSet<String>();
            now.ways(name).forEach(way -> entries.add("way " + way.path("mac").asText() + " " + way.path("dst").asText()));
            now.neighbours(name).forEach(one -> entries.add("neighbour " + one.path("dst").asText() + " " + one.path("lladdr").asText()));
            now.routes(name).forEach(route -> entries.add("route " + route.path("dst").asText() + " src " + route.path("prefsrc").asText()));
            now.virtual(name).forEach(route -> entries.add("virtual " + route.path("dst").asText() + " src " + route.path("prefsrc").asText()));
            entries.forEach(entry -> text.append(entry).append('\n'));
        });
        return text + host.must("", "nft", "-s", "list", "ruleset");
    }
}
