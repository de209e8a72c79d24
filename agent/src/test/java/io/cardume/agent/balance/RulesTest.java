package io.cardume.agent.balance;

import static io.cardume.agent.balance.Tables.backend;
import static io.cardume.agent.balance.Tables.balances;
import static io.cardume.agent.balance.Tables.local;
import static io.cardume.agent.balance.Tables.service;
import static io.cardume.agent.balance.Tables.tcp;
import static io.cardume.agent.balance.Tables.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.cardume.api.Ipv4;
import io.cardume.api.NetworkId;
import io.cardume.api.link.BalancedService;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RulesTest {
    @Test
    void addressesAndPortsLeadToBackendsInTurn() {
        var text = Rules.of(balances(service("web", "10.9.200.1", 2, tcp(8080))), true).whole("t");
        assertThat(text.lines())
                .startsWith("add table ip t", "delete table ip t", "add table ip t")
                .contains(
                        "add rule ip t prerouting iifname \"cdmbr000100\" ip daddr vmap @virtual_000100",
                        "add rule ip t output ip daddr vmap @virtual_000100",
                        "add element ip t virtual_000100 { 10.9.200.1 : goto virtual_000100_web }",
                        "add element ip t ports { tcp . 8080 : goto port_tcp_8080 }",
                        "add rule ip t postrouting oifname \"cdmbr000100\" ct status dnat ct original ip daddr @virtual snat to 10.9.0.2",
                        "add rule ip t postrouting oifname \"cdmbr000100\" ct status dnat meta l4proto tcp ct original proto-dst @tcp_ports snat to 10.9.0.2");
        assertThat(text).containsPattern("add rule ip t virtual_000100_web dnat to numgen inc mod 2 map \\{ 0 : 10.9.0.1[12], 1 : 10.9.0.1[12] }");
        assertThat(text).containsPattern("add rule ip t port_tcp_8080 meta l4proto tcp dnat to numgen inc mod 2 map \\{ 0 : 10.9.0.1[12] . 80, 1 : 10.9.0.1[12] . 80 }");
    }

    @Test
    void whatHasNoBackendIsRefused() {
        var text = Rules.of(balances(service("web", "10.9.200.1", 0, tcp(8080), udp(53))), true).whole("t");
        assertThat(text.lines())
                .contains("add element ip t closed { tcp . 8080, udp . 53 }", "add element ip t virtual { 10.9.200.1 }",
                        "add rule ip t unserved ip daddr @virtual ct state new goto refuse",
                        "add rule ip t closed ct state new meta l4proto . th dport @closed goto refuse")
                .noneMatch(line -> line.contains("numgen") || line.contains("goto virtual") || line.contains("goto port"));
    }

    @Test
    void whoDoesNotAnswerOnAPortIsNotLedToByIt() {
        var old = backend("web", 0);
        var nowhere = new TreeMap<>(Map.of("8080/tcp", BalancedService.Backend.NOWHERE));
        var backends = List.of(new BalancedService.Backend(old.task(), old.node(), old.addresses(), nowhere), backend("web", 1));
        var balances = balances(service("web", "10.9.200.1", backends, tcp(8080), tcp(9090)));
        assertThat(balances.ports().get(new Published("tcp", 8080)).backends()).hasSize(1);
        assertThat(balances.ports().get(new Published("tcp", 9090)).backends()).hasSize(2);
        assertThat(balances.virtual().getFirst().backends()).hasSize(2);
    }

    @Test
    void loneBackendIsLedToWithoutCounting() {
        assertThat(Rules.of(balances(service("web", "10.9.200.1", 1, tcp(8080))), true).whole("t").lines())
                .contains("add rule ip t virtual_000100_web dnat to 10.9.0.11", "add rule ip t port_tcp_8080 meta l4proto tcp dnat to 10.9.0.11:80");
    }

    @Test
    void localBackendsAreFirstOrAloneAndSeeTheClient() {
        var all = service("web", "10.9.200.1", 3, tcp(8080));
        var far = service("web", "10.9.200.1", List.of(backend("web", 1), backend("web", 2)), tcp(8080));
        assertThat(balances(all).ports().firstEntry().getValue().backends()).hasSize(3);
        assertThat(Rules.of(balances(local(all, "prefer")), true).whole("t").lines())
                .contains("add rule ip t port_tcp_8080 meta l4proto tcp dnat to 10.9.0.11:80", "add element ip t near { tcp . 10.9.0.11 . 80 }");
        assertThat(Rules.of(balances(local(far, "prefer")), true).whole("t").lines()).anyMatch(line -> line.contains("port_tcp_8080") && line.contains("mod 2"))
                .noneMatch(line -> line.startsWith("add element ip t near"));
        assertThat(Rules.of(balances(local(far, "only")), true).whole("t").lines()).contains("add element ip t closed { tcp . 8080 }");
    }

    @Test
    void containersOfInternalNetworksDoNotReachPublishedPorts() {
        var inner = Tables.network(new NetworkId("inner0id"), "inner", 0x101, "10.10.0.0/16", true);
        var rules = Rules.of(Balances.of(List.of(Tables.NETWORK, inner), List.of(service("web", "10.9.200.1", 1, tcp(8080))), Tables.HERE), true);
        assertThat(rules.chains().get("prerouting").rules())
                .containsExactly("iifname \"cdmbr000100\" ip daddr vmap @virtual_000100", "ip daddr @virtual dnat to ip daddr", "iifname { \"cdmbr000101\" } return",
                        "fib daddr type local meta l4proto . th dport vmap @ports");
    }

    @Test
    void changeOfOneServiceIsTheDifferenceAlone() {
        var other = service("other", "10.9.200.2", 5, tcp(8081));
        var before = Rules.of(balances(service("web", "10.9.200.1", 3, tcp(8080)), other), true);
        var after = Rules.of(balances(service("web", "10.9.200.1", 2, tcp(8080)), other), true);
        assertThat(after.since(before, "t").lines().filter(line -> !line.contains(" is_")))
                .hasSize(4)
                .allMatch(line -> line.startsWith("flush chain ip t port_tcp_8080") || line.startsWith("flush chain ip t virtual_000100_web")
                        || line.startsWith("add rule ip t port_tcp_8080 ") || line.startsWith("add rule ip t virtual_000100_web "));
        assertThat(after.since(after, "t")).isEmpty();
        assertThat(after.mark()).isNotEqualTo(before.mark());
    }

    @Test
    void flushedTableIsNotAsItWasLeft() {
        var rules = Rules.of(balances(service("web", "10.9.200.1", 1, tcp(8080))), true);
        assertThat(rules.whole("t").lines()).contains("add chain ip t " + rules.mark(), "add rule ip t " + rules.mark() + " return")
                .noneMatch(line -> line.startsWith("flush"));
        assertThat(Ruleset.marked("table ip t {\n\tchain " + rules.mark() + " {\n\t\treturn\n\t}\n}\n")).isTrue();
        assertThat(Ruleset.marked("table ip t {\n\tchain " + rules.mark() + " {\n\t}\n}\n")).isFalse();
        assertThat(Ruleset.marked("")).isFalse();
    }

    @Test
    void serviceThatGoesTakesAllOfItsOwn() {
        var other = service("other", "10.9.200.2", 5, tcp(8081));
        var before = Rules.of(balances(service("web", "10.9.200.1", 3, tcp(8080)), other), true);
        var after = Rules.of(balances(other), true);
        assertThat(after.since(before, "t").lines())
                .contains("delete element ip t virtual_000100 { 10.9.200.1 : goto virtual_000100_web }", "delete element ip t virtual { 10.9.200.1 }",
                        "delete element ip t ports { tcp . 8080 : goto port_tcp_8080 }", "delete element ip t tcp_ports { 8080 }",
                        "delete chain ip t port_tcp_8080", "delete chain ip t virtual_000100_web");
    }

    @Test
    void portThatIsTakenIsLeftOut() {
        var both = balances(service("web", "10.9.200.1", 1, tcp(8080), tcp(8081)));
        assertThat(Rules.of(both.without(List.of(new Published("tcp", 8080))), true).whole("t")).contains("8081").doesNotContain("8080");
    }

    @Test
    void flowsThatLeadElsewhereAreStale() {
        var balances = balances(service("dns", "10.9.200.1", 2, udp(53)));
        var lines = List.of(
                "udp      17 29 src=192.0.2.9 dst=192.0.2.1 sport=5001 dport=53 src=10.9.0.11 dst=10.9.0.2 sport=80 dport=5001 [ASSURED] mark=0 use=1",
                "udp      17 29 src=192.0.2.9 dst=192.0.2.1 sport=5002 dport=53 [UNREPLIED] src=10.9.0.13 dst=10.9.0.2 sport=80 dport=5002 mark=0 use=1",
                "udp      17 29 src=192.0.2.9 dst=192.0.2.1 sport=5003 dport=53 src=192.0.2.1 dst=192.0.2.9 sport=53 dport=5003 mark=0 use=1",
                "udp      17 29 src=192.0.2.9 dst=192.0.2.7 sport=5004 dport=53 src=172.17.0.2 dst=192.0.2.9 sport=53 dport=5004 mark=0 use=1",
                "udp      17 29 src=10.9.0.12 dst=10.9.200.1 sport=5005 dport=9 src=10.9.0.14 dst=10.9.0.2 sport=9 dport=5005 mark=0 use=1",
                "udp      17 29 src=10.9.0.12 dst=10.9.200.1 sport=5006 dport=9 src=10.9.0.12 dst=10.9.0.2 sport=9 dport=5006 mark=0 use=1",
                "udp      17 29 src=192.0.2.9 dst=8.8.8.8 sport=5008 dport=53 src=8.8.8.8 dst=192.0.2.1 sport=53 dport=5008 mark=0 use=1",
                "udp      17 29 src=192.0.2.9 dst=192.0.2.1 sport=5009 dport=53 src=10.9.0.11 dst=10.9.0.2 sport=81 dport=5009 mark=0 use=1",
                "udp      17 29 src=192.0.2.9 dst=192.0.2.1 sport=5010 dport=99 src=10.9.0.20 dst=10.9.0.2 sport=80 dport=5010 mark=0 use=1",
                "tcp      6 10 CLOSE src=1.1.1.1 dst=192.0.2.1 sport=5007 dport=53 src=10.9.0.99 dst=10.9.0.2 sport=53 dport=5007 mark=0 use=1",
                "");
        var stale = Flow.stale(balances, Set.of(Ipv4.parse("192.0.2.1")), Set.of("--orig-port-dst 99 --reply-src 10.9.0.20 --reply-port-src 80"));
        assertThat(lines.stream().map(stale).flatMap(Optional::stream)).containsExactly(
                "--orig-port-dst 53 --reply-src 10.9.0.13 --reply-port-src 80",
                "--orig-dst 192.0.2.1 --reply-src 192.0.2.1 --orig-port-dst 53",
                "--orig-dst 10.9.200.1 --reply-src 10.9.0.14",
                "--orig-port-dst 53 --reply-src 10.9.0.11 --reply-port-src 81",
                "--orig-port-dst 99 --reply-src 10.9.0.20 --reply-port-src 80");
    }

    @Test
    void lostWaysAreFewWords() {
        var before = balances(service("dns", "10.9.200.1", 3, udp(53)), service("web", "10.9.200.2", 1, tcp(80)));
        assertThat(before.lostUdp(before)).isEmpty();
        assertThat(balances(service("dns", "10.9.200.1", 1, udp(53)), service("web", "10.9.200.2", 1, tcp(81))).lostUdp(before)).containsExactly(
                "--orig-dst 10.9.200.1 --reply-src 10.9.0.12", "--orig-dst 10.9.200.1 --reply-src 10.9.0.13",
                "--orig-port-dst 53 --reply-src 10.9.0.12 --reply-port-src 80", "--orig-port-dst 53 --reply-src 10.9.0.13 --reply-port-src 80");
        assertThat(before.lostUdp(balances(service("dns", "10.9.200.1", 3, udp(53))))).containsExactly("--orig-dst 10.9.200.2 --reply-src 10.9.200.2");
    }

    @Test
    void ownersSocketIsFoundInTheKernelsTable() {
        var lines = List.of(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
                "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0",
                "   1: 0100007F:1F90 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0",
                "   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0");
        assertThat(PortOwners.sockets(lines, new Published("tcp", 8080))).containsExactly("4711");
        assertThat(new TreeSet<>(PortOwners.sockets(lines, new Published("udp", 8080)))).containsExactly("4711", "4712");
    }
}
