package io.cardume.agent.balance;

import io.cardume.agent.balance.Balances.Link;
import io.cardume.agent.balance.Balances.Target;
import io.cardume.agent.balance.Balances.Virtual;
import io.cardume.api.Ipv4;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The table of nftables that leads connections to services: a pure function of what is to be done. Every address and
 * port has a chain of its own, which gives connections to its back ends in turn, and maps lead to the chains, so neither a
 * packet's way nor a change grows with the number of services.
 */
final class Rules {
    private final SortedMap<String, Filling> groups = new TreeMap<>();
    private final SortedMap<String, Ruleset.Chain> chains = new TreeMap<>();
    private final Balances balances;
    private final boolean loopback;

    /** A set or a map that is being filled. */
    private record Filling(String kind, String type, SortedMap<String, String> elements) {}

    private Rules(Balances balances, boolean loopback) {
        this.balances = balances;
        this.loopback = loopback;
    }

    /**
     * The table.
     *
     * @param loopback whether packets from 127.0.0.1 may leave by the bridge of published ports; if not, they are the
     *     listening agent's to pass on
     */
    static Ruleset of(Balances balances, boolean loopback) {
        return new Rules(balances, loopback).made();
    }

    private Ruleset made() {
        virtual();
        ports();
        var before = new ArrayList<String>();
        var own = new ArrayList<String>();
        for (Link link : balances.links()) {
            if (!groups.containsKey(map(link))) continue;
            before.add("iifname \"" + link.bridge() + "\" ip daddr vmap @" + map(link));
            own.add("ip daddr vmap @" + map(link));
        }
        // It stays as it is, for the rules of others too: engines lead ports of all the host's addresses to their containers.
        before.add("ip daddr @virtual dnat to ip daddr");
        own.add("ip daddr @virtual dnat to ip daddr");
        var internal = balances.links().stream().filter(Link::internal).map(link -> '"' + link.bridge() + '"').toList();
        if (!internal.isEmpty()) before.add("iifname { " + String.join(", ", internal) + " } return");
        if (!loopback) own.add("ip daddr 127.0.0.0/8 return");
        before.add("fib daddr type local meta l4proto . th dport vmap @ports");
        own.add("fib daddr type local meta l4proto . th dport vmap @ports");
        chain("prerouting", "type nat hook prerouting priority -105; policy accept;", before);
        chain("output", "type nat hook output priority -105; policy accept;", own);
        chain("postrouting", "type nat hook postrouting priority 95; policy accept;", postrouting());
        // Bridges with route_localnet would let their containers reach what listens on this host's 127.0.0.1 alone.
        balances.ingress().ifPresent(link -> chain("loopback", "type filter hook prerouting priority -300; policy accept;",
                List.of("iifname \"" + link.bridge() + "\" ip daddr 127.0.0.0/8 drop")));
        chain("unserved", "type filter hook prerouting priority -95; policy accept;", List.of("ip daddr @virtual ct state new goto refuse"));
        chain("unserved_own", "type filter hook output priority 0; policy accept;", List.of("ip daddr @virtual ct state new goto refuse"));
        chain("closed", "type filter hook input priority 0; policy accept;", List.of("ct state new meta l4proto . th dport @closed goto refuse"));
        chain("refuse", "", List.of("meta l4proto tcp reject with tcp reset", "reject with icmp type port-unreachable"));
        var filled = new TreeMap<String, Ruleset.Group>();
        groups.forEach((name, group) -> filled.put(name, new Ruleset.Group(group.kind(), group.type(), group.elements())));
        return new Ruleset(filled, chains);
    }

    private void virtual() {
        set("virtual", "type ipv4_addr", balances.virtual(), virtual -> virtual.address().toString());
        for (Virtual virtual : balances.virtual()) {
            var link = balances.links().stream().filter(at -> at.vni() == virtual.vni()).findFirst().orElseThrow();
            if (virtual.backends().isEmpty()) continue;
            var chain = "virtual_%06x_%s".formatted(virtual.vni(), virtual.service());
            chain(chain, "", List.of("dnat to " + inTurn(virtual.backends(), Ipv4::toString, Ipv4::toString)));
            group(map(link), "map", "type ipv4_addr : verdict").put(virtual.address().toString(), "goto " + chain);
        }
    }

    private void ports() {
        for (var protocol : List.of("tcp", "udp"))
            set(protocol + "_ports", "type inet_service", balances.ports().keySet().stream().filter(port -> port.protocol().equals(protocol)).toList(),
                    port -> Integer.toString(port.port()));
        var ports = group("ports", "map", "type inet_proto . inet_service : verdict");
        var closed = group("closed", "set", "type inet_proto . inet_service");
        var near = group("near", "set", "type inet_proto . ipv4_addr . inet_service");
        balances.ports().forEach((published, port) -> {
            var key = published.protocol() + " . " + published.port();
            if (port.backends().isEmpty()) {
                closed.put(key, "");
                return;
            }
            var chain = "port_" + published.protocol() + "_" + published.port();
            chain(chain, "", List.of("meta l4proto " + published.protocol() + " dnat to " + inTurn(port.backends(), to -> to.address() + ":" + to.port(), Rules::written)));
            ports.put(key, "goto " + chain);
            for (Target here : port.near()) near.put(published.protocol() + " . " + written(here), "");
        });
    }

    /** Answers of tasks on other hosts find back to this one by its address on the network. */
    private List<String> postrouting() {
        var rules = new ArrayList<String>();
        for (Link link : balances.links())
            if (groups.containsKey(map(link)))
                rules.add("oifname \"" + link.bridge() + "\" ct status dnat ct original ip daddr @virtual snat to " + link.own());
        balances.ingress().ifPresent(link -> {
            // A client on one of the networks would be answered directly, past what has to turn the answer round.
            rules.add("oifname \"" + link.bridge() + "\" ct status dnat meta l4proto . ip daddr . th dport @near ip saddr != @subnets"
                    + " fib saddr type != local accept");
            for (var protocol : List.of("tcp", "udp"))
                rules.add("oifname \"" + link.bridge() + "\" ct status dnat meta l4proto " + protocol + " ct original proto-dst @" + protocol
                        + "_ports snat to " + link.own());
        });
        set("subnets", "type ipv4_addr; flags interval", balances.links(), link -> link.subnet().toString());
        return rules;
    }

    private static String written(Target target) {
        return target.address() + " . " + target.port();
    }

    private static <T> String inTurn(List<T> backends, Function<T, String> alone, Function<T, String> among) {
        if (backends.size() == 1) return alone.apply(backends.getFirst());
        var text = new StringBuilder("numgen inc mod ").append(backends.size()).append(" map { ");
        for (int i = 0; i < backends.size(); i++) text.append(i == 0 ? "" : ", ").append(i).append(" : ").append(among.apply(backends.get(i)));
        return text.append(" }").toString();
    }

    private static String map(Link link) {
        return "virtual_%06x".formatted(link.vni());
    }

    private SortedMap<String, String> group(String name, String kind, String type) {
        return groups.computeIfAbsent(name, _ -> new Filling(kind, type, new TreeMap<>())).elements();
    }

    private <T> void set(String name, String type, List<T> members, Function<T, String> element) {
        var elements = group(name, "set", type);
        for (T member : members) elements.put(element.apply(member), "");
    }

    private void chain(String name, String hook, List<String> rules) {
        chains.put(name, new Ruleset.Chain(hook, rules));
    }
}
